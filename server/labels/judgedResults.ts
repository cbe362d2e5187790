import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { fileErrorInEnglish } from '../files/fileTrouble.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { inputMark, readJournal } from '../journal/readJournal.ts'
import { readResultTexts } from '../journal/readResults.ts'
import { parseResult } from '../results/writeResults.ts'

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
