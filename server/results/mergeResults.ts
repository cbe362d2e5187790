import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { MergedPart, MergedResults, ResultMerge } from '../../protocol/resultMerge.ts'
import { ResultRecord } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { type CsvShape, csvHeaderOf, csvLine } from '../../shared/resultCsv.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeFileError, fileErrorInEnglish } from '../files/fileTrouble.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { writeWhole } from '../journal/journalWriter.ts'
import { wholeLines } from '../journal/readJournal.ts'
import { readExactly } from '../journal/readResults.ts'
import { naturalKey } from './naturalOrder.ts'
import { chooseOutput } from './outputPath.ts'

/**
 * Puts results files of one source together, such as those of its shards: what they were judged by has to be the same. Each file is read
 * twice, so that no more than where each result stands is in memory. In the order of files and ids, as a person would count them.
 */
export async function mergeResults({ inputs, output }: ResultMerge): Promise<Outcome<MergedResults>> {
  const sources = inputs.map((path) => ({ path, kind: 'file' as const, size: 0, modifiedAtMs: 0 }))
  const target = await chooseOutput(diskFiles, { ...output, none: false }, sources)
  if (!target.ok) return target
  const merge = new Merge()
  const handles: FileHandle[] = []
  try {
    for (const path of inputs) {
      const handle = await openInput(path)
      if (!handle.ok) return handle
      handles.push(handle.value)
      const read = await readPart(handle.value, path, merge)
      if (!read.ok) return read
    }
    const problem = merge.problem()
    if (problem) return problem
    const written = await writeMerged(merge, handles, { path: output.path, format: output.format })
    return written.ok ? succeed({ path: output.path, ...merge.report() }) : written
  } finally {
    for (const handle of handles) await handle.close().catch(ignoreFileErrors)
  }
}

async function openInput(path: string): Promise<Outcome<FileHandle>> {
  try {
    return succeed(await openRegularFile(diskFiles, path))
  } catch (error) {
    const code = fileErrorCode(error)
    const problem = code === 'ENOENT' ? 'missing' : 'unreadable'
    return fail({ code: 'source_invalid', source: path, problem, ...withMessage('detail', describeFileError(code)) })
  }
}

async function readPart(handle: FileHandle, path: string, merge: Merge): Promise<Outcome<null>> {
  let number = 0
  let end = 0
  merge.begin(path)
  for await (const lines of wholeLines(handle)) {
    for (const { bytes, start, length } of lines) {
      number++
      end = start + length + 1
      const text = bytes === null ? null : recordText(bytes)
      if (text === '') continue
      const record = text === null ? undefined : parseRecord(text)
      if (!record) return notResults(path, number)
      const refused = merge.add(record, { start, length })
      if (refused) return refused
    }
  }
  const { size } = await handle.stat()
  return size > end ? notResults(path, number + 1) : succeed(null)
}

/** A line of JSON Lines, or of an array that has a result on each line. */
function recordText(bytes: Buffer): string {
  const text = bytes.toString().trim()
  return text === '[' || text === ']' ? '' : text.replace(/,$/, '')
}

function parseRecord(text: string): ResultRecord | undefined {
  try {
    return ResultRecord.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function notResults(path: string, line: number): Outcome<never> {
  const detail = withMessage(
    'detail',
    localizable('this is no whole result; results are put together from JSON Lines or JSON'),
  )
  return fail({ code: 'source_invalid', source: path, problem: 'malformed', ...detail, line })
}

interface Place {
  part: number
  start: number
  length: number
  order: string
}

/** How many of them are named. */
const mostNamed = 20

/** What is known of the files read so far. */
class Merge {
  readonly #parts: MergedPart[] = []
  readonly #places: Place[] = []
  /** By source, id and text: where the result stands, and what it says. */
  readonly #known = new Map<string, { verdict: string }>()
  #sourceItems: number | null = null
  /** By what all files have to agree in: the value, and the file that it was found in first. */
  readonly #common = new Map<string, { value: string; path: string }>()
  readonly #models = new Set<string>()
  readonly #doubled: MergedResults['doubled'] = { items: 0, differing: 0, first: [] }
  readonly shape: CsvShape = { hasCriteria: false, hasEvidence: false }

  begin(path: string): void {
    this.#parts.push({ path, items: 0, failed: 0, shard: null })
  }

  /** What forbids to put them together; null: nothing so far. */
  add(record: ResultRecord, { start, length }: { start: number; length: number }): Outcome<never> | null {
    const part = this.#parts.at(-1) as MergedPart
    const { shard } = record
    if (shard) {
      this.#sourceItems ??= shard.sourceItems ?? null
      part.shard ??= { number: shard.number, of: shard.of, items: shard.items ?? null }
      const refused =
        this.#agree('shards', String(shard.of), part.path) ?? this.#agree('source', shard.source, part.path)
      if (refused) return refused
    }
    for (const task of tasks) {
      const receipt = record.receipts[task]
      if (!receipt) continue
      this.#models.add(`${receipt.provider}/${receipt.model}`)
      const refused =
        this.#agree('profile', receipt.profileHash, part.path) ??
        // A fallback may be asked in another way.
        (receipt.fallbackFor ? null : this.#agree(`prompt ${task}`, receipt.promptHash, part.path))
      if (refused) return refused
    }
    this.shape.hasCriteria ||= record.criteria != null
    this.shape.hasEvidence ||= record.evidence !== undefined
    const key = `${record.source ?? ''}\0${record.id}\0${record.inputHash.slice(0, 16)}`
    const verdict = JSON.stringify([record.categories, record.score, record.criteria ?? null])
    const before = this.#known.get(key)
    if (before) {
      this.#doubled.items++
      if (before.verdict !== verdict) this.#doubled.differing++
      if (this.#doubled.first.length < mostNamed) this.#doubled.first.push(record.id)
      return null
    }
    this.#known.set(key, { verdict })
    part.items++
    if (record.status !== 'ok') part.failed++
    const order = `${record.source ?? ''}\0${naturalKey(record.id)}`
    this.#places.push({ part: this.#parts.length - 1, start, length, order })
    return null
  }

  #agree(what: string, value: string | undefined, path: string): Outcome<never> | null {
    if (value === undefined) return null
    const known = this.#common.get(what)
    if (!known) {
      this.#common.set(what, { value, path })
      return null
    }
    return known.value === value ? null : disagreement(what, path, known.path)
  }

  /** The files are read. */
  problem(): Outcome<never> | null {
    const [first] = this.#parts
    // A shard may have no items.
    if (!first || this.#places.length > 0) return null
    const detail = withMessage('detail', localizable('there is no result in it'))
    return fail({ code: 'source_invalid', source: first.path, problem: 'empty', ...detail })
  }

  /** In the order in which they are written. */
  places(): Place[] {
    return this.#places.sort((one, other) => (one.order < other.order ? -1 : one.order > other.order ? 1 : 0))
  }

  report(): Omit<MergedResults, 'path'> {
    return {
      items: this.#places.length,
      parts: this.#parts,
      missing: missingOf(this.#parts, this.#places.length, this.#sourceItems),
      doubled: this.#doubled,
      models: [...this.#models].sort(),
    }
  }
}

/** `found` results are there of `wanted` items; null: nobody knows how many there are. */
function missingOf(parts: readonly MergedPart[], found: number, wanted: number | null): MergedResults['missing'] {
  const items = Math.max(0, (wanted ?? 0) - found)
  const there = new Set(parts.map(({ shard }) => shard?.number))
  const of = parts.find(({ shard }) => shard)?.shard?.of ?? 0
  // One that is not there may have no items.
  const isMissing = items > 0 || wanted === null
  const absent = Array.from({ length: of }, (_, index) => index + 1).filter((number) => !there.has(number))
  return { shards: isMissing ? absent : [], items }
}

function disagreement(what: string, path: string, other: string): Outcome<never> {
  const name = basename(other)
  const detail =
    what === 'profile'
      ? localizable('it was judged by another profile than {0}', name)
      : what === 'source'
        ? localizable('it is a shard of another source than {0}', name)
        : what === 'shards'
          ? localizable('its source was parted into another number of shards than that of {0}', name)
          : localizable('it was asked by another prompt than {0}', name)
  return fail({ code: 'source_invalid', source: path, problem: 'changed', ...withMessage('detail', detail) })
}

async function writeMerged(
  merge: Merge,
  handles: readonly FileHandle[],
  { path, format }: { path: string; format: ResultMerge['output']['format'] },
): Promise<Outcome<null>> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await diskFiles.open(temporary, 'wx')
    try {
      let position = 0
      for await (const chunk of mergedChunks(merge, handles, format)) {
        const bytes = Buffer.from(chunk)
        await writeWhole(file, bytes, position)
        position += bytes.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await diskFiles.rename(temporary, path)
    return succeed(null)
  } catch (error) {
    await diskFiles.unlink(temporary).catch(ignoreFileErrors)
    return fail({ code: 'output_invalid', path, detail: fileErrorInEnglish(fileErrorCode(error)) })
  }
}

const chunkLength = 256 * 1024

async function* mergedChunks(
  merge: Merge,
  handles: readonly FileHandle[],
  format: ResultMerge['output']['format'],
): AsyncGenerator<string> {
  const { shape } = merge
  let chunk = format === 'csv' ? `${csvHeaderOf(shape)}\n` : format === 'json' ? '[' : ''
  let before = format === 'json' ? '\n' : ''
  for (const { part, start, length } of merge.places()) {
    const bytes = Buffer.alloc(length)
    await readExactly(handles[part] as FileHandle, start, bytes)
    const { shard: _, ...record } = ResultRecord.parse(JSON.parse(recordText(bytes)))
    const line = format === 'csv' ? csvLine(record, shape) : JSON.stringify(record)
    chunk += format === 'json' ? before + line : `${line}\n`
    before = ',\n'
    if (chunk.length < chunkLength) continue
    yield chunk
    chunk = ''
  }
  yield format === 'json' ? `${chunk}\n]\n` : chunk
}
