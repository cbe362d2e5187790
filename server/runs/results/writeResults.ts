import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { fail, type Outcome, succeed } from '../../../protocol/outcome.ts'
import { csvHeader, csvLine } from '../../../protocol/resultCsv.ts'
import { ResultRecord } from '../../../protocol/results.ts'
import type { ResultFormat } from '../../../protocol/runs.ts'
import type { Clock } from '../clock.ts'
import { fileErrorCode, type RunFiles } from '../files.ts'
import { describeFileError } from '../fileTrouble.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import { writeWhole } from '../journal/journalWriter.ts'
import { readResultTexts } from '../journal/readResults.ts'

/** Copies the final results from the journal, in the order of the source, into the results file: all of it or nothing. */
export async function writeResults(
  files: RunFiles,
  journalPath: string,
  index: ItemIndex,
  output: { path: string; format: ResultFormat; runId: string },
  clock: Clock,
): Promise<Outcome<null>> {
  const temporary = `${output.path}.${output.runId}.tmp`
  try {
    const journal = await files.open(journalPath, 'r')
    try {
      const file = await files.open(temporary, 'w')
      try {
        await writeAll(file, formatResults(readResultTexts(journal, index, index.inOrder()), output.format))
        await file.sync()
      } finally {
        await file.close()
      }
    } finally {
      await journal.close()
    }
    await renameInPlace(files, temporary, output.path, clock)
    return succeed(null)
  } catch (error) {
    const detail = describeFileError(fileErrorCode(error))
    await files.unlink(temporary).catch(fileErrorCode)
    return fail({ code: 'output_invalid', path: output.path, detail })
  }
}

async function writeAll(file: FileHandle, chunks: AsyncIterable<Buffer>): Promise<void> {
  let position = 0
  for await (const chunk of chunks) {
    await writeWhole(file, chunk, position)
    position += chunk.length
  }
}

const lineEnd = Buffer.from('\n')

async function* formatResults(groups: AsyncIterable<Buffer[]>, format: ResultFormat): AsyncGenerator<Buffer> {
  switch (format) {
    case 'jsonl':
      for await (const group of groups) yield Buffer.concat(group.flatMap((text) => [text, lineEnd]))
      return
    case 'csv':
      yield Buffer.from(`${csvHeader}\n`)
      for await (const group of groups)
        yield Buffer.from(group.map((text) => `${csvLine(parseResult(text))}\n`).join(''))
      return
    case 'json': {
      yield Buffer.from('[\n')
      let isFirst = true
      for await (const group of groups) {
        const parts = group.flatMap((text, at) => (isFirst && at === 0 ? [text] : [Buffer.from(',\n'), text]))
        isFirst = false
        yield Buffer.concat(parts)
      }
      yield Buffer.from(isFirst ? ']\n' : '\n]\n')
      return
    }
    default:
      return format satisfies never
  }
}

export function parseResult(text: Buffer): ResultRecord {
  return ResultRecord.parse(JSON.parse(text.toString()))
}

const renameAttempts = 5

/** On Windows a virus scanner or an indexer may hold the old file for a moment. */
async function renameInPlace(files: RunFiles, from: string, to: string, clock: Clock): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await files.rename(from, to)
    } catch (error) {
      const code = fileErrorCode(error)
      if (!['EPERM', 'EBUSY', 'EACCES'].includes(code) || attempt === renameAttempts) throw error
      await clock.wait(50 * 2 ** attempt, new AbortController().signal)
    }
  }
}
