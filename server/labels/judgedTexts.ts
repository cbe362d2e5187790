import { basename, isAbsolute, relative } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { fileErrorInEnglish } from '../files/fileTrouble.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { sha256 } from '../items/hashes.ts'
import { inputMark, readJournal } from '../journal/readJournal.ts'
import { parseResult, readResultTexts } from '../journal/readResults.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'

export interface SourceText {
  id: string
  /** Plain and whole. */
  text: string
  /** Relative to the workspace folder where it is in it. */
  source: string
}

/** The texts that have these hashes, as the run's source has them now; what it no longer has is not in the answer. */
export async function findSourceTexts(
  files: RunFiles,
  request: Pick<RunRequest, 'source' | 'fields' | 'workspaceFolder'>,
  wanted: ReadonlySet<string>,
): Promise<Map<string, SourceText>> {
  const found = new Map<string, SourceText>()
  const opened = await openSource(request, files, defaultSourceLimits)
  if (!opened.ok) return found
  const toPlainText = await loadPlainText()
  const stream = opened.value.read()
  while (found.size < wanted.size) {
    const next = await stream.next()
    if (next.done) break
    for (const entry of next.value) {
      if (entry.kind !== 'readable') continue
      const text = toPlainText(entry.text)
      const inputHash = sha256(text)
      if (!wanted.has(inputHash) || found.has(inputHash)) continue
      const source = entry.file === null ? opened.value.label : placeOf(entry.file, request.workspaceFolder)
      found.set(inputHash, { id: entry.id ?? entry.place, text, source })
    }
  }
  await stream.return({ ok: true, value: null })
  return found
}

function placeOf(file: string, folder: string | undefined): string {
  const inside = folder === undefined ? '..' : relative(folder, file)
  return inside.startsWith('..') || isAbsolute(inside) ? basename(file) : inside.replaceAll('\\', '/')
}

/** What a run judged of these texts, by the hashes of their inputs. Several items may have the same text. */
export async function readJudged(
  files: RunFiles,
  journal: { path: string; runId: string },
  hashes: ReadonlySet<string>,
): Promise<Outcome<Map<string, ResultRecord[]>>> {
  const read = await readJournal(files, journal.path, journal.runId)
  if (!read.ok) return read
  const { index } = read.value
  const marks = new Set([...hashes].map(inputMark))
  const items = index.inOrder().filter((item) => marks.has(index.input(item)))
  const judged = new Map<string, ResultRecord[]>()
  try {
    const handle = await openRegularFile(files, journal.path)
    try {
      for await (const group of readResultTexts(handle, index, items)) {
        for (const result of group.map(parseResult)) {
          if (hashes.has(result.inputHash))
            judged.set(result.inputHash, [...(judged.get(result.inputHash) ?? []), result])
        }
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    return fail({ code: 'run_not_resumable', runId: journal.runId, detail: fileErrorInEnglish(fileErrorCode(error)) })
  }
  return succeed(judged)
}
