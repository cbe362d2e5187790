import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFormat } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { type CsvShape, csvHeaderOf, csvLine, csvShapeOf } from '../../shared/resultCsv.ts'
import type { Clock } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { fileErrorInEnglish } from '../files/fileTrouble.ts'
import { openRegularFile } from '../files/regularFile.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { writeWhole } from '../journal/journalWriter.ts'
import { readHeader } from '../journal/readJournal.ts'
import { parseResult, readResultTexts } from '../journal/readResults.ts'
import { DamagedRecord } from '../journal/seal.ts'
import { type ShownLabels, showHuman } from './humanLabels.ts'
import type { ItemPlace } from './locateItems.ts'
import { type SecondOpinion, showOpinions } from './secondOpinion.ts'
import type { SourceTable } from './sourceTable.ts'
import { showTrust, type Trust } from './trust.ts'
import type { Content, WrittenFiles } from './writtenFiles.ts'

/** A source that is copied, with the results beside its rows. `isFiltered`: only rows that have one. */
export type CopiedTable = SourceTable & { isFiltered: boolean }

interface WriteOptions {
  items?: Uint32Array
  labels?: ShownLabels | null
  trust?: Trust | null
  /** With what tells whether the two verdicts on an item differ. */
  second?: { opinion: SecondOpinion; isDifferent(item: number): boolean } | null
  /** For formats that tell of the run; absent: as its journal has it. */
  header?: JournalHeader
  /** Its format is CSV, and `items` are in the order of the source. */
  table?: CopiedTable | null
  /** Is told what the file holds. */
  written: Pick<WrittenFiles, 'note'>
}

/**
 * Copies final results from the journal, in the order of the source or as `items` has them, into a file: all of it or nothing.
 * Those that somebody has corrected say so. Answers which file it is, to see later whether another one has taken its place. Throws
 * `DamagedRecord` where the journal is another than when the index was made.
 */
export async function writeResults(
  files: RunFiles,
  journalPath: string,
  index: ItemIndex,
  output: { path: string; format: ResultFormat; runId: string },
  clock: Clock,
  { items = index.inOrder(), labels = null, trust = null, second = null, header, table = null, written }: WriteOptions,
): Promise<Outcome<string>> {
  const temporary = `${output.path}.${output.runId}.tmp`
  let mark: string
  let content: Content
  try {
    const journal = await openRegularFile(files, journalPath)
    try {
      // A link of that name would be followed, and one that a dead process left is in the way.
      await files.unlink(temporary).catch(ignoreFileErrors)
      const file = await files.open(temporary, 'wx')
      try {
        const { format } = output
        const judged = readResultTexts(journal, index, items)
        const both = second ? showOpinions(judged, items, second.opinion, second.isDifferent) : judged
        const labelled = labels ? showHuman(both, labels) : both
        const trusted = trust || second ? showTrust(labelled, trust) : labelled
        const known = header ?? (await headerOf(journal))
        const groups = showShard(trusted, known)
        const chunks = table
          ? copyTable(groups, table, index, items)
          : isReport(format)
            ? reportResults(groups, format, await prepareReport(files, format, known, index, items))
            : formatResults(groups, format, csvShapeOf(known.profile))
        content = await writeAll(file, chunks)
        await file.sync()
        mark = markOf(await file.stat())
      } finally {
        await file.close()
      }
    } finally {
      await journal.close()
    }
    await written.note(output.path, content)
    await renameInPlace(files, temporary, output.path, clock)
    return succeed(mark)
  } catch (error) {
    await files.unlink(temporary).catch(ignoreFileErrors)
    if (error instanceof DamagedRecord) throw error
    const detail = fileErrorInEnglish(fileErrorCode(error))
    return fail({ code: 'output_invalid', path: output.path, detail })
  }
}

/** The number of a file is given again when it is gone, but hardly within one tick of the clock. */
function markOf({ ino, mtimeMs }: { ino: number; mtimeMs: number }): string {
  return `${ino} ${mtimeMs}`
}

/** Whether the file that stands there is the one that was written. */
export async function isStillThere(files: RunFiles, path: string, mark: string): Promise<boolean> {
  try {
    return markOf(await files.stat(path)) === mark
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}

async function writeAll(file: FileHandle, chunks: AsyncIterable<Buffer>): Promise<Content> {
  const hash = createHash('sha256')
  let position = 0
  for await (const chunk of chunks) {
    await writeWhole(file, chunk, position)
    hash.update(chunk)
    position += chunk.length
  }
  return { size: position, hash: hash.digest('hex') }
}

interface Report {
  header: JournalHeader
  placeOf(nth: number): ItemPlace | null
}

/** Formats that tell of the run itself, and not only of its results. */
function isReport(format: ResultFormat): format is 'sarif' | 'markdown' {
  return format === 'sarif' || format === 'markdown'
}

async function prepareReport(
  files: RunFiles,
  format: 'sarif' | 'markdown',
  header: JournalHeader,
  index: ItemIndex,
  items: Uint32Array,
): Promise<Report> {
  const { locateItems } = await import('./locateItems.ts')
  return { header, placeOf: await locateItems(files, header, index, items, { keepsFindings: format === 'sarif' }) }
}

async function headerOf(journal: FileHandle): Promise<JournalHeader> {
  const header = await readHeader(journal)
  if (header) return header
  throw Object.assign(new Error('the first line of the journal is damaged'), { code: 'EIO' })
}

/** Each result says of which part of its source it is: files of several machines are put together by that. */
function showShard(groups: AsyncIterable<Buffer[]>, { request }: JournalHeader): AsyncIterable<Buffer[]> {
  const shard = request.source.kind === 'paths' ? request.source.shard : undefined
  return shard ? withEnd(groups, Buffer.from(`,"shard":${JSON.stringify(shard)}}`)) : groups
}

async function* withEnd(groups: AsyncIterable<Buffer[]>, end: Buffer): AsyncGenerator<Buffer[]> {
  for await (const group of groups)
    yield group.map((text) => Buffer.concat([text.subarray(0, text.lastIndexOf('}')), end]))
}

async function* reportResults(
  groups: AsyncIterable<Buffer[]>,
  format: 'sarif' | 'markdown',
  { header, placeOf }: Report,
): AsyncGenerator<Buffer> {
  const { writeSarif } = await import('./sarif.ts')
  const { writeReport } = await import('./markdownReport.ts')
  async function* located() {
    let nth = 0
    for await (const group of groups) yield group.map((text) => ({ result: parseResult(text), place: placeOf(nth++) }))
  }
  const texts = format === 'sarif' ? writeSarif(located(), header) : writeReport(located(), header)
  for await (const text of texts) yield Buffer.from(text)
}

async function* copyTable(
  groups: AsyncIterable<Buffer[]>,
  table: CopiedTable,
  index: ItemIndex,
  items: Uint32Array,
): AsyncGenerator<Buffer> {
  const { writeSourceTable } = await import('./sourceTable.ts')
  const lines = writeSourceTable(groups, table, { index, items, isFiltered: table.isFiltered, parse: parseResult })
  for await (const text of lines) yield Buffer.from(text)
}

type PlainFormat = Exclude<ResultFormat, 'sarif' | 'markdown'>

/** Chunks are valid until the next is asked for. */
async function* formatResults(
  groups: AsyncIterable<Buffer[]>,
  format: PlainFormat,
  shape: CsvShape,
): AsyncGenerator<Buffer> {
  const join = createJoiner()
  switch (format) {
    case 'jsonl':
      for await (const group of groups) yield join(group, '', '\n')
      return
    case 'csv':
      yield Buffer.from(`${csvHeaderOf(shape)}\n`)
      for await (const group of groups)
        yield join(
          group.map((text) => csvBytes(text, shape)),
          '',
          '\n',
        )
      return
    case 'json': {
      yield Buffer.from('[')
      let before = '\n'
      for await (const group of groups) {
        yield Buffer.from(before)
        before = ',\n'
        yield join(group, ',\n', '')
      }
      yield Buffer.from('\n]\n')
      return
    }
    default:
      return format satisfies never
  }
}

function csvBytes(text: Buffer, shape: CsvShape): Buffer {
  return Buffer.from(csvLine(parseResult(text), shape))
}

/** Joins into one buffer that is used again: the results of a long run would pass through memory as garbage otherwise. */
function createJoiner() {
  let buffer = Buffer.alloc(0)
  return (parts: readonly Buffer[], between: string, after: string): Buffer => {
    const longest = parts.reduce((sum, part) => sum + part.length + between.length + after.length, 0)
    if (longest > buffer.length) buffer = Buffer.allocUnsafe(longest * 2)
    let end = 0
    parts.forEach((part, index) => {
      if (index > 0) end += buffer.write(between, end)
      end += part.copy(buffer, end)
      end += buffer.write(after, end)
    })
    return buffer.subarray(0, end)
  }
}

const renameAttempts = 5

/** On Windows a virus scanner or an indexer may hold the old file for a moment. */
export async function renameInPlace(files: RunFiles, from: string, to: string, clock: Clock): Promise<void> {
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
