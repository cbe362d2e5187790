import type { Reason } from '../../protocol/reasons.ts'
import { reportAnswer } from '../engine/callProvider.ts'
import { begin, finish, isComplete, type JudgingOptions } from '../engine/judgeSource.ts'
import type { BatchPort, BatchReservation } from '../engine/modelClient.ts'
import { receiptTexts, type TaskContext } from '../engine/taskContext.ts'
import type { Reuse, WorkItem } from '../engine/workItem.ts'
import { instant } from '../files/clock.ts'
import type { PaidCategorization } from '../journal/journalLines.ts'
import { inputMark } from '../journal/readJournal.ts'
import type { StoredAnswer } from '../providers/batchApi.ts'
import { type LaneBatchNote, type LaneFiles, type LaneTicket, readLines, TicketReader } from './laneFiles.ts'
import type { RunContext } from './runContext.ts'
import type { RunLifecycle } from './runLifecycle.ts'
import type { RunRecord } from './runRecord.ts'

/** What a batch has to do with the rest of the lane. */
export interface LaneEvents {
  run: RunContext
  lifecycle: RunLifecycle
  record: RunRecord
  files: LaneFiles
  /** Aborts when nothing is waited for any more: what is open is cancelled. */
  late: AbortSignal
  context: TaskContext
  port: BatchPort
  judging: Omit<JudgingOptions, 'queue' | 'workers'>
  note: LaneBatchNote
  reservation: BatchReservation
  reuse: Reuse | null
  /** Of items that wait for their scoring, by number. */
  categorized: Map<number, PaidCategorization>
  /** The item is in no batch any more. */
  release(item: number): void
  readInTurn<Value>(read: () => Promise<Value>): Promise<Value>
  /** An answer could not be used. */
  onUnusable(reason: Reason): void
  /** Another batch of the run is with the provider: it may make room. */
  hasOthersWorking(): boolean
  onChange(): void
}

/** Answers between two looks at the disk. */
const answersAtOnce = 256

/** The answers of one batch, in whatever order they come: each is read as that of a call, and gives its items their results, once. */
export class LaneAnswers {
  readonly #lane: LaneEvents
  /** By request: it was answered. */
  readonly #answered: Uint8Array
  readonly #counts = { answered: 0, costUsd: 0, skipped: 0 }

  constructor(lane: LaneEvents) {
    this.#lane = lane
    this.#answered = new Uint8Array(lane.note.requests)
  }

  /** Items with a usable answer; what the answers cost; and requests whose items all had their result already. */
  counts(): Readonly<{ answered: number; costUsd: number; skipped: number }> {
    return this.#counts
  }

  /** False: they broke off. */
  async readLines(pieces: AsyncIterable<Uint8Array>, tickets: TicketReader): Promise<boolean> {
    const { judging, lifecycle, run } = this.#lane
    let count = 0
    try {
      for await (const line of readLines(pieces)) {
        if (lifecycle.stopping.aborted) return true
        await this.#takeLine(line, tickets)
        if (++count % answersAtOnce === 0) await judging.whenWritten()
      }
      return true
    } catch (error) {
      // Of the answer, not of our disk.
      if (error instanceof Error && 'failure' in error) {
        run.log(`results of batch ${this.#lane.note.name} broke off: ${error.message}`)
        return false
      }
      throw error
    }
  }

  async #takeLine(line: string, tickets: TicketReader): Promise<void> {
    const read = this.#lane.port.readLine(parsed(line))
    const { name } = this.#lane.note
    if (read === null || !read.customId.startsWith(`${name}-`)) return
    const request = Number(read.customId.slice(name.length + 1))
    // What came before counts: an answer is never taken twice.
    if (!Number.isInteger(request) || request < 0 || request >= tickets.size || this.#answered[request] === 1) return
    if (read.answer === null) return
    this.#answered[request] = 1
    const ticket = await tickets.read(request)
    await this.#takeAnswer(read.answer, await this.#itemsOf(ticket), ticket)
  }

  /** Of a request, as the queue would have them now; those that have their result already are not in it. */
  async #itemsOf(ticket: LaneTicket): Promise<(WorkItem | null)[]> {
    const index = this.#lane.record.index()
    const items = ticket.items.map((item): WorkItem | null => {
      const known = index.find(item.key)
      const number = known === -1 ? index.add(item.key) : known
      const isOpen = index.state(number) === 'open'
      const isSameText = !index.isSeen(number) || index.input(number) === inputMark(item.inputHash)
      if (isOpen && isSameText) return { ...item, item: number, text: '' }
      this.#lane.release(number)
      return null
    })
    return await this.#withCategorizations(items)
  }

  async #withCategorizations(items: (WorkItem | null)[]): Promise<(WorkItem | null)[]> {
    const { categorized, judging, context, reuse } = this.#lane
    if (context.task !== 'scoring' || judging.contexts.categorization === null) return items
    const there = items.filter((item) => item !== null)
    const reused = await reuse?.find(there.filter(({ item }) => !categorized.has(item)))
    return items.map((item) => {
      if (item === null) return null
      const found = reused?.get(item)
      const earlier = found?.status === 'open' ? found.categorized : undefined
      return { ...item, categorized: categorized.get(item.item) ?? earlier }
    })
  }

  async #takeAnswer(answer: StoredAnswer, items: readonly (WorkItem | null)[], ticket: LaneTicket): Promise<void> {
    const { context, port, judging, run } = this.#lane
    if (items.every((item) => item === null)) {
      this.#counts.skipped++
      this.#counts.answered += items.length
      return
    }
    const asked = items.map((item, place) => item ?? elsewhere(place))
    const turn = new AbortController().signal
    context.turns?.take(turn, async (request) => {
      const read = await port.read(answer, request)
      this.#counts.costUsd += (read.ok ? read.value.costUsd : read.spent?.costUsd) ?? 0
      return read
    })
    const attempt = { unusable: 0, cutOff: 0, simplerThan: null, isRepeat: false, dealt: ticket }
    const got = await context.strategy.ask(asked, attempt, turn)
    if (!got.ok) this.#lane.onUnusable(got.reason)
    reportAnswer(context, got, items.length, { ...judging, fresh: items.length })
    const examples = ticket.examples ? { examples: ticket.examples } : {}
    const call = { ...got.call, ...examples, lane: 'batch' as const, batch: items.length, at: instant(run.clock.now()) }
    const receipts = receiptTexts(context, { ...call, latencyMs: got.call.latencyMs ?? 0 })
    items.forEach((item, place) => {
      if (item === null) {
        this.#counts.answered++
        return
      }
      const verdicts = got.ok ? got.verdicts.get(place) : undefined
      this.#lane.release(item.item)
      if (!verdicts) return
      this.#counts.answered++
      this.#settle(item, verdicts, receipts)
    })
  }

  #settle(
    item: WorkItem,
    verdicts: Parameters<typeof finish>[0]['verdicts'],
    texts: ReturnType<typeof receiptTexts>,
  ): void {
    const { judging, categorized } = this.#lane
    const before = begin(item)
    const receipts = { ...before.receipts }
    if (texts.categorization && verdicts.categorization) receipts.categorization = texts.categorization(1)
    if (texts.scoring && verdicts.scoring) receipts.scoring = texts.scoring(1)
    const found = { item, verdicts: { ...before.verdicts, ...verdicts }, receipts }
    if (isComplete(found, judging.contexts)) {
      categorized.delete(item.item)
      return finish(found, judgingAs(judging))
    }
    const { categorization } = found.verdicts
    const receiptJson = receipts.categorization
    if (!categorization || !receiptJson) return
    categorized.set(item.item, { verdict: categorization, receiptJson })
    judging.recordCategorized(item, { verdict: categorization, receiptJson })
  }

  /** Items of requests without an answer are in no batch any more; answers how many requests. */
  async releaseUnanswered(open?: TicketReader): Promise<number> {
    const { run, files, record, release } = this.#lane
    const { number, requests } = this.#lane.note
    const tickets = open ?? (await TicketReader.open(run.files, files.path(number, 'items'), requests))
    const index = record.index()
    let unanswered = 0
    for (let request = 0; request < tickets.size; request++) {
      if (this.#answered[request] === 1) continue
      unanswered++
      for (const { key } of (await tickets.read(request)).items) {
        const found = index.find(key)
        if (found !== -1) release(found)
      }
    }
    if (!open) await tickets.close()
    return unanswered
  }
}

/** Stands in the place of an item that needs no answer any more. */
function elsewhere(place: number): WorkItem {
  return { item: -1, key: '', at: 0, id: '', inputHash: `elsewhere ${place}`, text: '' }
}

/** What is finished here comes from no queue. */
function judgingAs(judging: LaneEvents['judging']): JudgingOptions {
  return { ...judging, queue: { next: async () => [] }, workers: 0 }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
