import type { FileHandle } from 'node:fs/promises'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFilter, ResultQuery } from '../../protocol/resultQueries.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { openRegularFile } from '../files/regularFile.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { DamagedRecord } from '../journal/seal.ts'
import { cacheColumns, readCachedColumns, removeCachedColumns } from './cachedColumns.ts'
import { chooseNamed, filterByColumns, rankIds, searchItems } from './filterResults.ts'
import { columnsWithHuman, openLabels, type ShownLabels } from './humanLabels.ts'
import { beginColumns, growColumns, type JournalColumns } from './readColumns.ts'
import type { ResultColumns } from './resultColumns.ts'
import type { ResultsContext } from './resultsContext.ts'
import { searchTexts } from './searchTexts.ts'
import { sortItems } from './sortResults.ts'

/** The results of one run as they are now, for as long as somebody works with them. */
export interface OpenedResults {
  runId: string
  header: JournalHeader
  /** As they are shown: what a person has corrected goes before the model's word. */
  columns: ResultColumns
  /** As the models had it. */
  judged: ResultColumns
  /** Null: nobody has corrected anything. */
  labels: ShownLabels | null
  handle: FileHandle
  /** The same for as long as no result was added. */
  version: number
  /** Lines of the journal that are damaged and were passed over, since the run went on last. */
  damagedLines: number
  /** The items that a query finds, in its order. Null: given up, since nobody waits any more. */
  find(query: ResultQuery, signal?: AbortSignal): Promise<Uint32Array | null>
  /** Of what a filter was found from, the items whose texts could not be searched; 0 where it was not asked for yet. */
  unsearched(filter: ResultFilter | undefined): number
  memoryBytes(): number
}

interface Entry {
  journal: JournalColumns
  file: { ino: number; birthtimeMs: number }
  /** How much of the journal the columns in the file beside it know; 0: there are none. */
  cachedEnd: number
  found: Found
  shown: Shown
}

/** The columns with what people said, for the version and the labels that they were made of. */
interface Shown {
  version: string
  labels: ShownLabels | null
  columns: ResultColumns
}

/** What queries found, for the version that it was found in. */
interface Found {
  version: string
  items: Map<string, Uint32Array>
  /** By search: how many items have another text in the source by now. */
  unsearched: Map<string, number>
  idRanks: Uint32Array | null
}

/** Two runs are looked at beside each other; a third one takes the place of the one that was not looked at for longest. */
const runsCached = 2
const queriesCached = 4

/** Reading less than this again takes no longer than a blink. */
const leastCachedBytes = 4 * 1024 * 1024

/** A journal that grows while somebody looks is not cached anew for every look. */
function isWorthCaching(end: number, cachedEnd: number): boolean {
  return end - cachedEnd >= Math.max(leastCachedBytes, end / 4)
}

type Work<Value> = (opened: OpenedResults) => Promise<Outcome<Value>>

/**
 * Columns of the runs that were looked at last. Reading a journal of a million results takes seconds, so it happens once; what a
 * run that goes on adds is read when somebody looks again.
 */
export class ColumnCache {
  readonly #context: Pick<ResultsContext, 'files' | 'journalPath' | 'labelsOf' | 'clock' | 'limits'>
  readonly #flush: (runId: string) => Promise<Outcome<null>>
  readonly #entries = new Map<string, Entry>()
  /** One reading at a time for each run. */
  readonly #reading = new Map<string, Promise<unknown>>()
  readonly #closing = new AbortController()
  #working = 0
  #lastUse = 0
  #isWatching = false

  /** `flush` brings what this process still holds of a run to the disk. */
  constructor(
    context: Pick<ResultsContext, 'files' | 'journalPath' | 'labelsOf' | 'clock' | 'limits'>,
    flush: (runId: string) => Promise<Outcome<null>>,
  ) {
    this.#context = context
    this.#flush = flush
  }

  /** Reads what is new in the journal, then works with it. The handle is closed afterwards. */
  async use<Value>(runId: string, work: Work<Value>, signal?: AbortSignal): Promise<Outcome<Value>> {
    try {
      return await this.#look(runId, work, signal)
    } finally {
      this.#lastUse = this.#context.clock.monotonic()
      void this.#letGo()
    }
  }

  forget(runId: string): void {
    this.#entries.delete(runId)
  }

  /** Makes and keeps the columns, if they are not, for whoever looks next; nothing of it stays in memory. */
  async prepare(runId: string): Promise<void> {
    const isLookedAt = this.#entries.has(runId)
    await this.#look(runId, async () => succeed(null), this.#closing.signal)
    if (!isLookedAt) this.#entries.delete(runId)
  }

  /** Lets go of everything, also of what is being made. */
  close(): void {
    this.#closing.abort()
    this.#entries.clear()
  }

  /** A million results are 70 MB: they are let go when nobody has looked for some minutes. */
  async #letGo(): Promise<void> {
    const { clock, limits } = this.#context
    if (this.#isWatching) return
    this.#isWatching = true
    while (this.#entries.size > 0 && !this.#closing.signal.aborted) {
      const rest = this.#lastUse + limits.columnsIdleMs - clock.monotonic()
      if (rest <= 0 && this.#working === 0) this.#entries.clear()
      else await clock.wait(Math.max(rest, limits.columnsIdleMs / 10), this.#closing.signal)
    }
    this.#isWatching = false
  }

  async #look<Value>(runId: string, work: Work<Value>, signal?: AbortSignal): Promise<Outcome<Value>> {
    const { files, journalPath } = this.#context
    const flushed = await this.#flush(runId)
    if (!flushed.ok) return flushed
    let handle: FileHandle
    try {
      handle = await openRegularFile(files, journalPath(runId))
    } catch (error) {
      return damaged(runId, localizable('its journal cannot be opened ({0})', fileErrorCode(error)))
    }
    this.#working++
    try {
      return await this.#work(runId, handle, work, signal)
    } catch (error) {
      const sentence = localizable("the run's journal cannot be read, {0}", describeFileError(fileErrorCode(error)))
      return fail({ code: 'store_invalid', ...withMessage('detail', sentence) })
    } finally {
      this.#working--
      await handle.close()
    }
  }

  /** A line that was whole when it was read and is not any more: the journal is read again, and what is lost is not shown. */
  async #work<Value>(
    runId: string,
    handle: FileHandle,
    work: Work<Value>,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<Value>> {
    for (let attempt = 1; ; attempt++) {
      const entry = await this.#refreshInTurn(runId, handle, signal)
      if (!entry.ok) return entry
      try {
        return await work(openResults(this.#context, runId, entry.value, handle))
      } catch (error) {
        // A line of an earlier version has no checksum: it may be no JSON any more.
        const isDamage = error instanceof DamagedRecord || error instanceof SyntaxError
        if (!isDamage || attempt > 1) throw error
        this.forget(runId)
        await removeCachedColumns(this.#context.files, this.#context.journalPath(runId))
      }
    }
  }

  /** Whoever comes while the journal is read waits for that, and then reads what is new. */
  async #refreshInTurn(runId: string, handle: FileHandle, signal?: AbortSignal): Promise<Outcome<Entry>> {
    const before = this.#reading.get(runId) ?? Promise.resolve()
    const mine = before.catch(() => undefined).then(() => this.#refresh(runId, handle, signal))
    this.#reading.set(runId, mine)
    try {
      return await mine
    } finally {
      if (this.#reading.get(runId) === mine) this.#reading.delete(runId)
    }
  }

  async #refresh(runId: string, handle: FileHandle, signal?: AbortSignal): Promise<Outcome<Entry>> {
    const { files, journalPath } = this.#context
    const entry = await this.#entryOf(runId, handle)
    if (entry === null) return damaged(runId, localizable('the first line of its journal is damaged'))
    // The last one in the map is the one that was looked at last.
    this.#entries.delete(runId)
    this.#entries.set(runId, entry)
    for (const [other] of this.#entries) if (this.#entries.size > runsCached) this.#entries.delete(other)
    await growColumns(handle, entry.journal, signal)
    const { journal } = entry
    if (!signal?.aborted && isWorthCaching(journal.end, entry.cachedEnd)) {
      await cacheColumns(files, journalPath(runId), handle, journal)
      entry.cachedEnd = journal.end
    }
    await this.#show(entry)
    return signal?.aborted ? fail({ code: 'cancelled' }) : { ok: true, value: entry }
  }

  /** The known one, unless another journal, or a shorter one, stands in its place. Null: the journal is damaged. */
  async #entryOf(runId: string, handle: FileHandle): Promise<Entry | null> {
    const { files, journalPath } = this.#context
    const { ino, birthtimeMs, size } = await handle.stat()
    const known = this.#entries.get(runId)
    const isSame = known && known.file.ino === ino && known.file.birthtimeMs === birthtimeMs
    if (known && isSame && size >= known.journal.end) return known
    const cached = await readCachedColumns(files, journalPath(runId), handle, runId)
    const journal = cached ?? (await beginColumns(handle, runId))
    if (!journal) return null
    const shown = { version: '', labels: null, columns: journal.columns }
    return { journal, file: { ino, birthtimeMs }, cachedEnd: cached?.end ?? 0, found: nothingFound(''), shown }
  }

  /** Brings what is shown, and what queries found, up to the results and labels of now. */
  async #show(entry: Entry): Promise<void> {
    const { journal } = entry
    const labels = await openLabels(this.#context.labelsOf, journal.header)
    const version = `${journal.version} ${labels?.version ?? ''}`
    if (entry.shown.version !== version) {
      const columns = labels ? columnsWithHuman(journal.columns, labels) : journal.columns
      entry.shown = { version, labels, columns }
    }
    if (entry.found.version !== version) entry.found = nothingFound(version)
  }
}

function damaged(runId: string, sentence: LocalizableMessage): Outcome<never> {
  return fail({ code: 'run_not_resumable', runId, ...withMessage('detail', sentence) })
}

function nothingFound(version: string): Found {
  return { version, items: new Map(), unsearched: new Map(), idRanks: null }
}

function bytesOf({ items, idRanks }: Found): number {
  return [...items.values(), ...(idRanks ? [idRanks] : [])].reduce((sum, list) => sum + list.byteLength, 0)
}

function openResults(
  context: Pick<ResultsContext, 'files' | 'limits'>,
  runId: string,
  { journal, found, shown }: Entry,
  handle: FileHandle,
): OpenedResults {
  const { header, columns: judged, version, damagedLines, damagedAtEnd } = journal
  const { columns, labels } = shown

  async function remember(key: string, find: () => Promise<Uint32Array | null>): Promise<Uint32Array | null> {
    const known = found.items.get(key)
    const items = known ?? (await find())
    if (items === null) return null
    found.items.delete(key)
    found.items.set(key, items)
    for (const [other] of found.items) if (found.items.size > queriesCached) found.items.delete(other)
    return items
  }

  function filtered(filter: ResultFilter, signal: AbortSignal | undefined): Promise<Uint32Array | null> {
    return remember(`filter ${JSON.stringify(filter)}`, async () => {
      const scan = { handle, index: columns.index, signal }
      const items = await chooseNamed(scan, filterByColumns(columns, columns.index.inOrder(), filter), filter)
      if (items === null || filter.search === undefined) return items
      const inRecords = await searchItems(scan, items, filter.search)
      if (inRecords === null) return null
      const inTexts = await searchTexts(context, { header, columns }, items, filter.search, signal)
      if (inTexts === null) return null
      found.unsearched.set(JSON.stringify(filter), inTexts.unsearched)
      const isInRecords = new Uint8Array(columns.index.size)
      for (const item of inRecords) isInRecords[item] = 1
      return items.filter((item) => isInRecords[item] === 1 || inTexts.has(item))
    })
  }

  async function find({ filter = {}, sort }: ResultQuery, signal?: AbortSignal): Promise<Uint32Array | null> {
    const items = await filtered(filter, signal)
    if (items === null || !sort || (sort.by === 'position' && !sort.descending)) return items
    return await remember(`${JSON.stringify(sort)} ${JSON.stringify(filter)}`, async () => {
      if (sort.by === 'id') found.idRanks ??= await rankIds({ handle, index: columns.index, signal })
      if (sort.by === 'id' && found.idRanks === null) return null
      return sortItems(columns, items, sort, found.idRanks)
    })
  }

  return {
    runId,
    header,
    columns,
    judged,
    labels,
    handle,
    version,
    damagedLines: damagedLines + damagedAtEnd,
    find,
    unsearched: (filter = {}) => found.unsearched.get(JSON.stringify(filter)) ?? 0,
    memoryBytes: () => columns.bytes + bytesOf(found),
  }
}
