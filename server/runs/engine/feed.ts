import { Buffer } from 'node:buffer'
import { succeed } from '../../../protocol/outcome.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { ItemError } from '../../../protocol/results.ts'
import { cutText } from '../../domain/cutText.ts'
import { sha256 } from '../items/hashes.ts'
import { identify } from '../items/identity.ts'
import type { ToPlainText } from '../items/plainText.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import { inputMark } from '../journal/readJournal.ts'
import type { EntryStream, SourceEntry } from '../sources/sourceEntry.ts'
import type { FinalState } from './runTally.ts'
import { createTwins, type TwinResult } from './twins.ts'
import type { Reuse, ReusedResult, WorkItem } from './workItem.ts'

/** What the run's record needs to hear of an item that is not judged. */
export interface FeedEvents {
  /** It has a result already: from before the run was interrupted. */
  kept(item: number, at: number): void
  /** It had one, but of another text or a failure that is to be tried again. */
  reopened(item: number): void
  broken(item: WorkItem, status: 'failed' | 'skipped', error: ItemError): void
  /** An earlier run has found its result. */
  reused(item: WorkItem, result: ReusedResult): void
  /** It has the same text as another item, whose result is its own. */
  shared(item: WorkItem, result: TwinResult): void
}

/** Items for the workers, read ahead only so far, so that the source is never whole in memory. */
export interface Feed {
  /** Up to `count` items in the order of the source; fewer at its end, or where texts are long. Empty: there are no more. */
  take(count: number): Promise<WorkItem[]>
  /** An item got its result: those with the same text get theirs. */
  recorded(item: number, status: FinalState, resultJson: string): void
  /** Items met so far, broken ones included. */
  met(): number
  /** Null until the source was read to its end or limit. */
  total(): number | null
  /** Why reading ended early; null otherwise. */
  failure(): Reason | null
  /** Reads no further and lets the source's files go. */
  close(): Promise<void>
}

interface FeedOptions {
  index: ItemIndex
  toPlainText: ToPlainText
  longestText: number
  limit: number | null
  readAhead: number
  readAheadCharacters: number
  /** Items that failed before are judged again. */
  retriesFailed: boolean
  /** Waited for between two portions: broken rows go straight to the journal, however many there are. */
  whenWritten(): Promise<void>
  /** Results of an earlier run; null: none are taken over. */
  reuse: Reuse | null
  /** The result of an item as the journal has it. */
  readResult(item: number): Promise<string>
  events: FeedEvents
}

/** Items that wait for others with the same text; beyond, reading waits, too. */
const mostTwinsWaiting = 4096

export function createFeed(stream: EntryStream, options: FeedOptions): Feed {
  const { index, events } = options
  let queue: WorkItem[] = []
  let head = 0
  let characters = 0
  let met = 0
  let isOver = false
  let isClosed = false
  let failure: Reason | null = null
  let reading: Promise<void> | null = null
  let crash: { error: unknown } | null = null
  let wake: (() => void)[] = []

  const twins = createTwins({ index, read: options.readResult, record: events.shared })

  const length = (): number => queue.length - head
  const isFull = (): boolean =>
    length() >= options.readAhead || characters >= options.readAheadCharacters || twins.waiting() >= mostTwinsWaiting

  async function readAhead(): Promise<void> {
    while (!isOver && !isClosed && !isFull()) {
      const next = await stream.next()
      if (next.done) {
        if (!next.value.ok) failure = next.value.reason
        isOver = true
      } else await admit(next.value)
      notify()
      if (!next.done && next.value.some((entry) => entry.kind === 'broken')) await options.whenWritten()
    }
  }

  async function admit(entries: readonly SourceEntry[]): Promise<void> {
    const fresh: WorkItem[] = []
    for (const entry of entries) meet(entry, fresh)
    const reused = fresh.length > 0 ? await options.reuse?.find(fresh) : undefined
    for (const work of fresh) {
      const result = reused?.get(work)
      if (result) events.reused(work, result)
      else {
        queue.push(work)
        characters += work.text.length
      }
    }
    await twins.takeFromJournal()
  }

  function meet(entry: SourceEntry, fresh: WorkItem[]): void {
    if (isOver) return
    const at = met++
    if (options.limit !== null && met >= options.limit) isOver = true
    const text = entry.kind === 'readable' ? options.toPlainText(entry.text) : entry.content
    const inputHash = sha256(text)
    const { key, id, isDuplicate } = identify(entry, inputHash, index)
    const found = index.find(key)
    const item = found === -1 ? index.add(key) : found
    if (found !== -1 && index.state(item) !== 'open') {
      if (keeps(item, inputHash)) {
        events.kept(item, at)
        twins.know(inputHash, item)
        return index.setSeen(item, at)
      }
      events.reopened(item)
      index.reopen(item)
    }
    index.setSeen(item, at)
    index.setInput(item, inputMark(inputHash))
    const work = { item, key, at, id, inputHash, text: shorten(text, options.longestText) }
    if (entry.kind === 'broken') events.broken(work, entry.status, entry.error)
    else if (isDuplicate) events.broken(work, 'failed', duplicateId(entry.place, id))
    else if (text === '') events.broken(work, 'failed', onlyMarkup(entry.place))
    else if (twins.isFirst(work)) fresh.push(work)
  }

  function keeps(item: number, inputHash: string): boolean {
    const state = index.state(item)
    if (state === 'gone' || (state === 'failed' && options.retriesFailed)) return false
    return index.input(item) === inputMark(inputHash)
  }

  function notify(): void {
    const waiting = wake
    wake = []
    for (const each of waiting) each()
  }

  function shift(count: number): WorkItem[] {
    const items = queue.slice(head, head + count)
    head += items.length
    for (const item of items) characters -= item.text.length
    if (head > 1024) {
      queue = queue.slice(head)
      head = 0
    }
    return items
  }

  return {
    async take(count) {
      for (;;) {
        if (crash) throw crash.error
        if (isClosed) return []
        if (!isOver && !isFull() && reading === null && length() < Math.max(count, options.readAhead / 2)) {
          reading = readAhead()
            .catch((error: unknown) => {
              crash = { error }
            })
            .finally(() => {
              reading = null
              notify()
            })
        }
        // Without any, whoever waits for others with the same text still has to be let go before reading goes on.
        if (length() >= count || (reading === null && (isOver || length() > 0))) return shift(count)
        await new Promise<void>((resolve) => wake.push(resolve))
      }
    },
    recorded(item, status, resultJson) {
      if (twins.waiting() === 0) return
      twins.recorded(item, status, resultJson)
      notify()
    },
    met: () => met,
    total: () => (isOver && failure === null ? met : null),
    failure: () => failure,
    async close() {
      isClosed = true
      notify()
      await stream.return(succeed(null))
    },
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
