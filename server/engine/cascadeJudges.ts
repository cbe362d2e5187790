import type { Receipt } from '../../protocol/results.ts'
import type { Evidence } from '../domain/cascade/agreementBound.ts'
import { CascadeLearner } from '../domain/cascade/cascadeLearner.ts'
import type { Decider, Prediction } from '../domain/cascade/decider.ts'
import { countTerms, type TermCounts } from '../domain/cascade/textFeatures.ts'
import type { CategoryVerdict } from '../domain/work.ts'
import type { Clock } from '../files/clock.ts'
import { instant } from '../files/clock.ts'
import type { CallOptions } from './callProvider.ts'
import type { LabelTable } from './cascadeLabels.ts'
import { judgeItems } from './judgeItems.ts'
import type { TaskContext, TaskContexts } from './taskContext.ts'
import type { WorkItem } from './workItem.ts'

type Proxy = Omit<NonNullable<Receipt['proxy']>, 'of'>

/** What decides some of the items of a cascade, and how its answers become results. */
export interface CascadeJudge<Text> {
  decider: Decider<Text>
  /** What it is asked for. */
  contexts: TaskContexts
  textOf(item: WorkItem): Text
  /** The item with what was said of it, and receipts that say who did. */
  decide(item: WorkItem, text: Text, said: Prediction, facts: Omit<Proxy, 'by' | 'probability'>): WorkItem
}

/** A classifier of words that is made on the spot. */
export function classifierJudge(
  contexts: TaskContexts,
  labels: LabelTable,
  { clock, random, giveWay }: { clock: Clock; random: () => number; giveWay: () => Promise<void> },
): CascadeJudge<TermCounts> {
  const decider = new CascadeLearner({ random, giveWay })
  const receiptOf = ({ task, route, strategy, profileHash }: TaskContext, proxy: Proxy): string => {
    const receipt: Receipt = {
      ...{ provider: 'builtin', kind: 'builtin', model: 'proxy', endpoint: null, rule: route.rule },
      ...{ promptHash: strategy.questionHash, profileHash, outputMode: 'proxy' },
      ...(task === 'categorization' ? { confidenceFrom: 'probabilities' as const } : {}),
      ...{ batch: 1, attempts: 1, latencyMs: 0, usage: { input: 0, output: 0, cached: 0 }, costUsd: 0 },
      at: instant(clock.now()),
      proxy: { of: { provider: route.provider, model: route.model }, ...proxy },
    }
    return JSON.stringify(receipt)
  }
  return {
    decider,
    contexts,
    textOf: ({ text }) => countTerms(text),
    decide(item, terms, { label, probability }, facts) {
      const { categorization, scoring } = labels.verdictsOf(label)
      const probabilities = contexts.categorization ? labels.probabilities(decider.probable(terms, 5)) : undefined
      const verdict: CategoryVerdict | undefined = categorization && {
        ...{ ...categorization, confidence: probability, suggested: { names: [], parent: null } },
        ...(probabilities ? { probabilities } : {}),
      }
      const receiptJson = (context: TaskContext | null): string =>
        context ? receiptOf(context, { ...facts, probability }) : ''
      return {
        ...item,
        ...(verdict ? { categorized: { verdict, receiptJson: receiptJson(contexts.categorization) } } : {}),
        ...(scoring ? { scored: { verdict: scoring, receiptJson: receiptJson(contexts.scoring) } } : {}),
      }
    },
  }
}

/** What the proxy said of an item; null: it has no answer that can be used, and so never decides it. */
interface Answer {
  verdict: CategoryVerdict
  receiptJson: string
  label: number
  probability: number
}

/** Measured: with 0.99, models of all kinds of confidence keep the promise in 95 of 100 runs and more. */
const proxyCertainty = 0.99

const unknown: Prediction = { label: -1, probability: 0 }

/**
 * A model of the registry. It is asked about the sample and about what may be decided, each item once, and learns nothing: its own
 * probability is how sure it is, and the sample says what that is worth.
 */
class ProxyModel implements Decider<WorkItem> {
  readonly certainty = proxyCertainty
  readonly #proxy: TaskContext
  readonly #labels: LabelTable
  readonly #calls: CallOptions
  readonly #workers: number
  readonly #answers = new WeakMap<WorkItem, Answer | null>()
  #evidence: { item: WorkItem; label: number }[] = []
  #size = 0

  constructor(proxy: TaskContext, labels: LabelTable, { calls, workers }: { calls: CallOptions; workers: number }) {
    this.#proxy = proxy
    this.#labels = labels
    this.#calls = calls
    this.#workers = workers
  }

  get size(): number {
    return this.#size
  }

  get evidenceSize(): number {
    return this.#evidence.length
  }

  get isDue(): boolean {
    return this.#evidence.some(({ item }) => !this.#answers.has(item))
  }

  meet(): void {}

  add(item: WorkItem, label: number, isEvidence: boolean): void {
    this.#size++
    if (isEvidence) this.#evidence.push({ item, label })
  }

  forgetEvidence(): void {
    this.#evidence = []
  }

  async learn(): Promise<void> {
    await this.#ask(this.#evidence.map(({ item }) => item))
  }

  evidence(): Evidence[] {
    return this.#evidence.map(({ item, label }) => {
      const said = this.#said(item)
      return { probability: said.probability, agrees: said.label === label }
    })
  }

  async predict(items: readonly WorkItem[]): Promise<Prediction[]> {
    await this.#ask(items)
    return items.map((item) => this.#said(item))
  }

  answerOf(item: WorkItem): Answer | null {
    return this.#answers.get(item) ?? null
  }

  #said(item: WorkItem): Prediction {
    return this.#answers.get(item) ?? unknown
  }

  /** Several calls at a time, as many as its provider bears. */
  async #ask(items: readonly WorkItem[]): Promise<void> {
    const open = items.filter((item) => !this.#answers.has(item))
    let next = 0
    const work = async (): Promise<void> => {
      while (next < open.length && !this.#calls.stopping.aborted) {
        const group = open.slice(next, next + this.#proxy.batch.current())
        next += group.length
        await judgeItems(this.#proxy, group, this.#calls, (item, judged) => {
          const verdict = judged.ok ? judged.verdicts.categorization : undefined
          const receiptJson = judged.receipts.categorization
          this.#answers.set(item, verdict && receiptJson ? this.#answer(verdict, receiptJson) : null)
        })
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.#workers, open.length) }, work))
  }

  #answer(verdict: CategoryVerdict, receiptJson: string): Answer | null {
    const label = this.#labels.of({ categorization: verdict }, { categorization: this.#proxy, scoring: null })
    if (label === null || verdict.confidence === null) return null
    return { verdict, receiptJson, label, probability: verdict.confidence }
  }
}

/** `calls`: how its calls end with the run. */
export function proxyJudge(
  proxy: TaskContext,
  contexts: TaskContexts,
  labels: LabelTable,
  options: { calls: CallOptions; workers: number },
): CascadeJudge<WorkItem> {
  const decider = new ProxyModel(proxy, labels, options)
  const { provider, model } = proxy.route
  const asked = contexts.categorization?.route
  return {
    decider,
    contexts: { ...contexts, scoring: null },
    textOf: (item) => item,
    decide(item, _, { probability }, facts) {
      const answer = decider.answerOf(item)
      if (!answer) return item
      const own: Receipt['proxy'] = {
        of: { provider: asked?.provider ?? provider, model: asked?.model ?? model },
        ...{ ...facts, probability, by: { provider, model } },
      }
      const receiptJson = JSON.stringify({ ...(JSON.parse(answer.receiptJson) as Receipt), proxy: own })
      return { ...item, categorized: { verdict: answer.verdict, receiptJson } }
    },
  }
}
