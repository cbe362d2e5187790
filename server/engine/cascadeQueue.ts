import { createHash } from 'node:crypto'
import type { CascadeCounts } from '../../protocol/runs.ts'
import { lowerBound, upperBound } from '../domain/cascade/agreementBound.ts'
import { CascadePortion, type CascadeStep, type PortionItem } from '../domain/cascade/cascadePortion.ts'
import type { Clock } from '../files/clock.ts'
import { sha256 } from '../items/hashes.ts'
import type { Verdicts } from './askStrategy.ts'
import type { CallOptions } from './callProvider.ts'
import { type CascadeJudge, classifierJudge, proxyJudge } from './cascadeJudges.ts'
import { LabelTable } from './cascadeLabels.ts'
import type { ItemQueue } from './itemQueue.ts'
import type { TaskContext, TaskContexts } from './taskContext.ts'
import type { WorkItem } from './workItem.ts'

/** What is held at once: so many items are asked or decided before more are read. */
const portion = { items: 8192, characters: 16_000_000 }
const workMs = 8

/** What is known of a text without asking. `key`: of the item, where the run itself has asked about it before it was interrupted. */
export interface KnownText {
  text: string
  verdicts: Verdicts
  /** A person said it. */
  isLabel: boolean
  key?: string
}

/** `own`: results that the run had before it was interrupted, as far as they were looked at. */
export interface Known {
  texts: readonly KnownText[]
  own: { asked: number; decided: number }
}

/** over: there is nothing more, or the run stops. */
type QueueState = { kind: 'open' } | { kind: 'over' } | { kind: 'crashed'; error: unknown }

interface CascadeOptions {
  runId: string
  promise: number
  contexts: TaskContexts
  /** The model of the registry that decides, and how its calls end with the run. Null: a classifier that learns on the way does. */
  proxy: { context: TaskContext; calls: CallOptions; workers: number } | null
  source: Pick<ItemQueue, 'nextPortion'>
  /** Waited for before a portion is judged: results of before that were met in reading it, and labels of people. */
  known(): Promise<Known>
  /** As the run had counted when it was interrupted. Null: it begins. */
  before: CascadeCounts | null
  clock: Clock
  random: () => number
  /** After each step. */
  onCounts(counts: CascadeCounts): void
}

/**
 * Stands between a run's source and its workers, and hands out what is to be asked of the model in the order in which it teaches most; what
 * the promise allows it decides itself, and hands out with the verdict. A kill loses no decision that anybody has seen: what was not
 * handed out is read again, and learned again from the results that stand in the journal.
 */
export class CascadeQueue implements Pick<ItemQueue, 'next'> {
  readonly #options: CascadeOptions
  readonly #judge: CascadeJudge<unknown>
  readonly #labels = new LabelTable()
  readonly #counts: CascadeCounts
  #work: Promise<void> | null = null
  #state: QueueState = { kind: 'open' }
  #ready: WorkItem[] = []
  #head = 0
  #waiting: (() => void)[] = []
  /** Items that are asked about now, with their places in the portion. */
  #asked = new Map<number, number>()
  /** Items that were decided and have no result yet. */
  readonly #decided = new Set<number>()
  #portion: CascadePortion<unknown> | null = null
  #allAnswered: () => void = () => undefined
  #lastPause: number

  constructor(options: CascadeOptions) {
    const { promise, before, clock, random, contexts, proxy } = options
    this.#options = options
    this.#counts = before ?? {
      ...{
        promise,
        asked: 0,
        decided: 0,
        audited: 0,
        agreed: 0,
        takenBack: 0,
        learnedFrom: { verdicts: 0, labels: 0 },
      },
      sampleBelow: null,
    }
    this.#lastPause = clock.monotonic()
    const judge = proxy
      ? proxyJudge(proxy.context, contexts, this.#labels, proxy)
      : classifierJudge(contexts, this.#labels, { clock, random, giveWay: () => this.#giveWay() })
    this.#judge = judge as CascadeJudge<unknown>
  }

  async next(count: number): Promise<WorkItem[]> {
    this.#work ??= this.#judgeAll().then(
      () => this.#end({ kind: 'over' }),
      (error: unknown) => this.#end({ kind: 'crashed', error }),
    )
    for (;;) {
      if (this.#state.kind === 'crashed') throw this.#state.error
      const items = this.#ready.slice(this.#head, this.#head + count)
      this.#head += items.length
      if (items.length > 0 || this.#state.kind === 'over') return items
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** The run stops: nobody is given anything any more. */
  close(): void {
    this.#ready = []
    this.#head = 0
    this.#end({ kind: 'over' })
    this.#allAnswered()
  }

  /** What became of an item that was handed out. */
  judged(item: WorkItem, verdicts: Verdicts): void {
    if (this.#decided.delete(item.item)) this.#counts.decided++
    const place = this.#asked.get(item.item)
    if (place === undefined) return
    this.#asked.delete(item.item)
    this.#counts.asked++
    const label = this.#labels.of(verdicts, this.#judge.contexts)
    if (label !== null) this.#counts.learnedFrom.verdicts++
    this.#portion?.answered(place, label)
    if (this.#asked.size === 0) this.#allAnswered()
  }

  #end(state: QueueState): void {
    if (this.#state.kind === 'open') this.#state = state
    this.#wake()
  }

  async #judgeAll(): Promise<void> {
    while (this.#state.kind === 'open') {
      const items = await this.#options.source.nextPortion(portion.items, portion.characters)
      if (items.length === 0) return
      await this.#learnKnown()
      await this.#judgePortion(items)
    }
  }

  async #learnKnown(): Promise<void> {
    const { decider, contexts, textOf } = this.#judge
    const { sampleBelow } = this.#counts
    const { texts, own } = await this.#options.known()
    // A process that is killed has noted less than it had done.
    this.#counts.asked = Math.max(this.#counts.asked, own.asked)
    this.#counts.decided = Math.max(this.#counts.decided, own.decided)
    for (const { text, verdicts, isLabel, key } of texts) {
      const label = this.#labels.of(verdicts, contexts)
      if (label === null) continue
      const isSample = key !== undefined && sampleBelow !== null && this.#draw('sample', key) <= sampleBelow
      decider.add(textOf(knownItem(text, key)), label, isSample)
      if (isLabel) this.#counts.learnedFrom.labels++
      await this.#giveWay()
    }
  }

  async #judgePortion(items: readonly WorkItem[]): Promise<void> {
    const { decider, contexts, textOf } = this.#judge
    const open: WorkItem[] = []
    for (const item of items) {
      const verdicts = { categorization: item.categorized?.verdict, scoring: item.scored?.verdict }
      const label = this.#labels.of(verdicts as Verdicts, contexts)
      if (label === null) {
        open.push(item)
        continue
      }
      decider.add(textOf(item), label, false)
      this.#handOut([item])
    }
    const drawn: PortionItem<unknown>[] = []
    for (const item of open) {
      const { key } = item
      drawn.push({ text: textOf(item), draw: this.#draw('sample', key), auditDraw: this.#draw('audit', key) })
      await this.#giveWay()
    }
    this.#portion = new CascadePortion(decider, drawn, this.#counts.promise, this.#counts)
    for (let step = await this.#portion.next(); step.kind !== 'done'; step = await this.#portion.next()) {
      if (this.#state.kind !== 'open') return
      await this.#take(step, open, drawn)
      if (this.#state.kind === 'open') this.#options.onCounts(this.#counts)
    }
  }

  async #take(step: CascadeStep, open: readonly WorkItem[], drawn: readonly PortionItem<unknown>[]): Promise<void> {
    if (step.kind === 'decide') {
      for (const { item, said } of step.items) {
        const work = open[item] as WorkItem
        this.#decided.add(work.item)
        const { promise, learnedFrom } = this.#counts
        const facts = { promise, learnedFrom: { ...learnedFrom } }
        this.#handOut([this.#judge.decide(work, drawn[item]?.text, said, facts)])
        await this.#giveWay()
      }
    }
    if (step.kind !== 'ask') return
    if (step.why === 'sample') {
      this.#counts.sampleBelow = Math.max(...step.items.map((place) => drawn[place]?.draw ?? 0))
      this.#options.onCounts(this.#counts)
    }
    const answered = new Promise<void>((resolve) => {
      this.#allAnswered = resolve
    })
    for (const place of step.items) this.#asked.set((open[place] as WorkItem).item, place)
    this.#handOut(step.items.map((place) => open[place] as WorkItem))
    await answered
  }

  #handOut(items: readonly WorkItem[]): void {
    if (this.#head > 1024) {
      this.#ready = this.#ready.slice(this.#head)
      this.#head = 0
    }
    for (const item of items) this.#ready.push(item)
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) each()
  }

  /** The same for the same run and item, whoever works on it: 0 to 1. */
  #draw(what: 'sample' | 'audit', key: string): number {
    return createHash('sha256').update(`${what} ${this.#options.runId} ${key}`).digest().readUInt32BE() / 2 ** 32
  }

  /** The process has other runs, and its clients wait for answers. */
  async #giveWay(): Promise<void> {
    const { clock } = this.#options
    if (clock.monotonic() - this.#lastPause < workMs) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#lastPause = clock.monotonic()
  }
}

/** Of a text that has its result already: a classifier needs no more, and a model no less. */
function knownItem(text: string, key = ''): WorkItem {
  return { item: -1, key, at: 0, id: key, inputHash: sha256(text), text }
}

/** How often what was audited agreed: between these, each with 95 % certainty. Null: nothing was audited. */
export function auditInterval({ agreed, audited }: CascadeCounts): { low: number; high: number } | null {
  return audited === 0 ? null : { low: lowerBound(agreed, audited), high: upperBound(agreed, audited) }
}
