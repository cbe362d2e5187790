import type { FileHandle } from 'node:fs/promises'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunOpinion } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { DamagedRecord } from '../journal/seal.ts'
import { cacheColumns, readCachedColumns, removeCachedColumns } from './cachedColumns.ts'
import { columnsWithHuman, openLabels } from './humanLabels.ts'
import { type Found, nothingFound, type OpenedResults, openResults, type Shown } from './openedResults.ts'
import { beginColumns, growColumns, type JournalColumns } from './readColumns.ts'
import type { ResultsContext } from './resultsContext.ts'
import { columnsWithSecond, matchOpinions } from './secondOpinion.ts'
import { columnsWithTrust, openTrust } from './trust.ts'

interface Entry {
  journal: JournalColumns
  file: { ino: number; birthtimeMs: number }
  /** How much of the journal the columns in the file beside it know; 0: there are none. */
  cachedEnd: number
  found: Found
  shown: Shown
}

/** The results of the run that asked another model, while they are open. */
interface AskedSecond {
  opinion: RunOpinion
  second: OpenedResults
}

interface Looked {
  handle: FileHandle
  asked: AskedSecond | null
}

/** Two runs are looked at beside each other; a third one takes the place of the one that was not looked at for longest. */
const runsCached = 2

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
  readonly #context: Pick<ResultsContext, 'files' | 'journalPath' | 'labelsOf' | 'calibrations' | 'clock' | 'limits'>
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
    context: Pick<ResultsContext, 'files' | 'journalPath' | 'labelsOf' | 'calibrations' | 'clock' | 'limits'>,
    flush: (runId: string) => Promise<Outcome<null>>,
  ) {
    this.#context = context
    this.#flush = flush
  }

  /** Reads what is new in the journal, then works with it. The handle is closed afterwards. */
  async use<Value>(
    runId: string,
    work: Work<Value>,
    signal?: AbortSignal,
    opinion?: RunOpinion,
  ): Promise<Outcome<Value>> {
    try {
      if (!opinion) return await this.#look(runId, null, work, signal)
      const looked = await this.#look(
        opinion.runId,
        null,
        async (second) => succeed(await this.#look(runId, { opinion, second }, work, signal)),
        signal,
      )
      // Of a second run that is gone, or damaged as a whole, nothing is known.
      return looked.ok ? looked.value : await this.#look(runId, null, work, signal)
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
    await this.#look(runId, null, async () => succeed(null), this.#closing.signal)
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

  async #look<Value>(
    runId: string,
    asked: AskedSecond | null,
    work: Work<Value>,
    signal?: AbortSignal,
  ): Promise<Outcome<Value>> {
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
      return await this.#work(runId, { handle, asked }, work, signal)
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
    { handle, asked }: { handle: FileHandle; asked: AskedSecond | null },
    work: Work<Value>,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<Value>> {
    for (let attempt = 1; ; attempt++) {
      const entry = await this.#refreshInTurn(runId, { handle, asked }, signal)
      if (!entry.ok) return entry
      try {
        return await work(
          openResults(this.#context, runId, entry.value, { handle, second: asked?.second.handle ?? null }),
        )
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
  async #refreshInTurn(runId: string, looked: Looked, signal?: AbortSignal): Promise<Outcome<Entry>> {
    const before = this.#reading.get(runId) ?? Promise.resolve()
    const mine = before.catch(() => undefined).then(() => this.#refresh(runId, looked, signal))
    this.#reading.set(runId, mine)
    try {
      return await mine
    } finally {
      if (this.#reading.get(runId) === mine) this.#reading.delete(runId)
    }
  }

  async #refresh(runId: string, { handle, asked }: Looked, signal?: AbortSignal): Promise<Outcome<Entry>> {
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
    await this.#show(entry, asked)
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
    const shown = {
      version: '',
      labels: null,
      trust: null,
      relied: journal.columns,
      second: null,
      columns: journal.columns,
    }
    return { journal, file: { ino, birthtimeMs }, cachedEnd: cached?.end ?? 0, found: nothingFound(''), shown }
  }

  /** Brings what is shown, and what queries found, up to the results and labels of now. */
  async #show(entry: Entry, asked: AskedSecond | null): Promise<void> {
    const { journal } = entry
    const labels = await openLabels(this.#context.labelsOf, journal.header)
    const trust = await openTrust(this.#context.calibrations, journal.header)
    const other = asked ? ` ${asked.opinion.runId} ${asked.opinion.settle} ${asked.second.version}` : ''
    const version = `${journal.version} ${labels?.version ?? ''} ${trust?.version ?? ''}${other}`
    if (entry.shown.version !== version) {
      const own = trust ? columnsWithTrust(journal.columns, trust) : journal.columns
      const second = asked && {
        settle: asked.opinion.settle,
        columns: asked.second.relied,
        trust: asked.second.trust,
        itemOf: matchOpinions(own, asked.second.relied),
      }
      const relied = second ? columnsWithSecond(own, second) : own
      const columns = labels ? columnsWithHuman(relied, labels) : relied
      entry.shown = { version, labels, trust, relied, second, columns }
    }
    if (entry.found.version !== version) entry.found = nothingFound(version)
  }
}

function damaged(runId: string, sentence: LocalizableMessage): Outcome<never> {
  return fail({ code: 'run_not_resumable', runId, ...withMessage('detail', sentence) })
}
