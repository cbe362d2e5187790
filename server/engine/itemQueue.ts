import { Buffer } from 'node:buffer'
import { succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { ItemError } from '../../protocol/results.ts'
import { cutText } from '../domain/cutText.ts'
import { sha256 } from '../items/hashes.ts'
import { identify } from '../items/identity.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import { inputMark } from '../journal/readJournal.ts'
import type { ToPlainText } from '../sources/plainText.ts'
import type { EntryStream, SourceEntry } from '../sources/sourceEntry.ts'
import { DuplicateItems, type SharedItemResult } from './duplicateItems.ts'
import type { FinalState } from './runTally.ts'
import { type Reuse, type ReusedResult, shownItem, type WorkItem } from './workItem.ts'

/** What the run's record needs to hear of an item that is not judged. */
export interface ItemQueueEvents {
  /** It has a result already: from before the run was interrupted. `text`: as it would be judged. */
  kept(item: number, at: number, text: () => string): void
  /** It had one, but of another text or a failure that is to be tried again. */
  reopened(item: number): void
  broken(item: WorkItem, status: 'failed' | 'skipped', error: ItemError): void
  /** An earlier run has found its result. */
  reused(item: WorkItem, result: ReusedResult): void
  /** It has the same text as another item, whose result is its own. */
  shared(item: WorkItem, result: SharedItemResult): void
}

interface ItemQueueOptions {
  index: ItemIndex
  toPlainText: ToPlainText
  longestText: number
  limit: number | null
  /** See `RunRequest.nearDuplicates`; null: only the same text counts as such. */
  nearDuplicates: number | null
  readAhead: number
  readAheadCharacters: number
  /** Items that failed before are judged again. */
  retriesFailed: boolean
  /** Waited for between two portions: broken rows go straight to the journal, however many there are. */
  whenWritten(): Promise<void>
  /** Items with the text of another one that has no result yet are left open instead of waiting for it. Absent: they wait. */
  leavesDuplicates?: boolean
  /** Results of an earlier run; null: none are taken over. */
  reuse: Reuse | null
  /** The result of an item as the journal has it. */
  readResult(item: number): Promise<string>
  events: ItemQueueEvents
}

/** Items that wait for others with the same text; beyond, reading waits, too. */
const mostDuplicatesWaiting = 4096

/** ended: it was read to its end or limit, or reading failed for a reason. crashed: by a bug. */
type SourceState =
  | { kind: 'unfinished' }
  | { kind: 'ended'; failure: Reason | null }
  | { kind: 'crashed'; error: unknown }

/** Items for the workers, read ahead only so far, so that the source is never whole in memory. */
export class ItemQueue {
  readonly #stream: EntryStream
  readonly #options: ItemQueueOptions
  readonly #duplicates: DuplicateItems
  #source: SourceState = { kind: 'unfinished' }
  #isClosed = false
  /** Under way; null: nobody reads. */
  #reading: Promise<void> | null = null
  #items: WorkItem[] = []
  /** How many of `#items` were handed out already. */
  #head = 0
  #characters = 0
  #met = 0
  #waiting: (() => void)[] = []

  constructor(stream: EntryStream, options: ItemQueueOptions) {
    this.#stream = stream
    this.#options = options
    const { index, nearDuplicates, readResult, events } = options
    const leaves = options.leavesDuplicates ?? false
    const record = events.shared
    this.#duplicates = new DuplicateItems({ index, nearDuplicates, read: readResult, record, leaves })
  }

  /** Up to `count` items in the order of the source; fewer at its end, or where texts are long. Empty: there are no more. */
  async next(count: number): Promise<WorkItem[]> {
    for (;;) {
      if (this.#source.kind === 'crashed') throw this.#source.error
      if (this.#isClosed) return []
      this.#readIfLow(count)
      if (this.#isReady(count)) return this.#shift(count)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /**
   * As many as are there to be held at once: up to `items` and about so many characters together, fewer at the end of the source, or where
   * reading waits for the results of what is held. Empty: there are no more.
   */
  async nextPortion(items: number, characters: number): Promise<WorkItem[]> {
    const held: WorkItem[] = []
    for (let size = 0; held.length < items && size < characters && !this.#isClosed; ) {
      if (this.#source.kind === 'crashed') throw this.#source.error
      this.#readIfLow(1)
      const next = this.#shift(Math.min(this.#length(), items - held.length))
      for (const { text } of next) size += text.length
      held.push(...next)
      if (next.length > 0) continue
      if (this.#reading === null && (this.#isEnded() || (held.length > 0 && this.#isFull()))) break
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return held
  }

  /** An item got its result: those with the same text get theirs. */
  recorded(item: number, status: FinalState, resultJson: string): void {
    if (this.#duplicates.waiting() === 0) return
    this.#duplicates.recorded(item, status, resultJson)
    this.#wake()
  }

  /** Items met so far, broken ones included. */
  met(): number {
    return this.#met
  }

  /** Null until the source was read to its end or limit. */
  total(): number | null {
    return this.#source.kind === 'ended' && this.#source.failure === null ? this.#met : null
  }

  /** Why reading ended early; null otherwise. */
  failure(): Reason | null {
    return this.#source.kind === 'ended' ? this.#source.failure : null
  }

  /** Reads no further and lets the source's files go. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake()
    await this.#stream.return(succeed(null))
  }

  #length(): number {
    return this.#items.length - this.#head
  }

  #isFull(): boolean {
    const { readAhead, readAheadCharacters } = this.#options
    return (
      this.#length() >= readAhead ||
      this.#characters >= readAheadCharacters ||
      this.#duplicates.waiting() >= mostDuplicatesWaiting
    )
  }

  #isReady(count: number): boolean {
    if (this.#length() >= count) return true
    // Without any, those that wait for others with the same text still have to be let go before reading goes on.
    return this.#reading === null && (this.#isEnded() || this.#length() > 0)
  }

  #isEnded(): boolean {
    return this.#source.kind !== 'unfinished'
  }

  #readIfLow(count: number): void {
    if (this.#reading !== null || this.#isEnded() || this.#isFull()) return
    if (this.#length() >= Math.max(count, this.#options.readAhead / 2)) return
    this.#reading = this.#readAhead()
      .catch((error: unknown) => {
        this.#source = { kind: 'crashed', error }
      })
      .finally(() => {
        this.#reading = null
        this.#wake()
      })
  }

  async #readAhead(): Promise<void> {
    while (!this.#isEnded() && !this.#isClosed && !this.#isFull()) {
      const next = await this.#stream.next()
      if (next.done) this.#source = { kind: 'ended', failure: next.value.ok ? null : next.value.reason }
      else await this.#admit(next.value)
      this.#wake()
      if (!next.done && next.value.some((entry) => entry.kind === 'broken')) await this.#options.whenWritten()
    }
  }

  async #admit(entries: readonly SourceEntry[]): Promise<void> {
    const { reuse, events } = this.#options
    const fresh: WorkItem[] = []
    for (const entry of entries) this.#meet(entry, fresh)
    const reused = fresh.length > 0 ? await reuse?.find(fresh) : undefined
    for (const work of fresh) {
      const result = reused?.get(work)
      if (result && result.status !== 'open') events.reused(work, result)
      else {
        this.#items.push(result ? { ...work, categorized: result.categorized, scored: result.scored } : work)
        this.#characters += work.text.length
      }
    }
    await this.#duplicates.takeFromJournal()
  }

  #meet(entry: SourceEntry, fresh: WorkItem[]): void {
    if (this.#isEnded()) return
    const { index, events, limit, longestText } = this.#options
    const at = this.#met++
    if (limit !== null && this.#met >= limit) this.#source = { kind: 'ended', failure: null }
    const text = entry.kind === 'readable' ? this.#options.toPlainText(entry.text) : entry.content
    const inputHash = sha256(text)
    const { key, id, isDuplicate } = identify(entry, inputHash, index)
    const found = index.find(key)
    if (found !== -1) {
      const cut = () => shorten(text, longestText)
      if (this.#keepsResult(found, inputHash, at, cut)) {
        this.#duplicates.know(inputHash, found, cut)
        return
      }
    }
    const item = found === -1 ? index.add(key) : found
    index.setSeen(item, at)
    index.setInput(item, inputMark(inputHash))
    const shown = shownItem(entry, entry.kind === 'readable' ? text : '')
    const work = { item, key, at, id, inputHash, shown, text: shorten(text, longestText) }
    if (entry.kind === 'broken') events.broken(work, entry.status, entry.error)
    else if (isDuplicate) events.broken(work, 'failed', duplicateId(entry.place, id))
    else if (text === '') events.broken(work, 'failed', onlyMarkup(entry.place))
    else if (this.#duplicates.isFirst(work)) fresh.push(work)
  }

  /** Whether the result that an item has still counts; if not, the item is open again. */
  #keepsResult(item: number, inputHash: string, at: number, text: () => string): boolean {
    const { index, events, retriesFailed } = this.#options
    const state = index.state(item)
    if (state === 'open') return false
    const isWanted = state !== 'gone' && !(state === 'failed' && retriesFailed)
    if (!isWanted || index.input(item) !== inputMark(inputHash)) {
      events.reopened(item)
      index.reopen(item)
      return false
    }
    events.kept(item, at, text)
    index.setSeen(item, at)
    return true
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) each()
  }

  #shift(count: number): WorkItem[] {
    const items = this.#items.slice(this.#head, this.#head + count)
    this.#head += items.length
    for (const item of items) this.#characters -= item.text.length
    if (this.#head > 1024) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return items
  }
}

/** A slice of a long text keeps the whole of it in memory; a copy does not. */
function shorten(text: string, longest: number): string {
  const cut = cutText(text, longest)
  return text.length - cut.length > 4096 ? Buffer.from(cut).toString() : cut
}

function duplicateId(place: string, id: string): ItemError {
  return { code: 'duplicate_id', message: `${place}: the id "${id}" came before in the same file.` }
}

function onlyMarkup(place: string): ItemError {
  return { code: 'text_missing', message: `${place}: nothing but markup, without any text.` }
}
