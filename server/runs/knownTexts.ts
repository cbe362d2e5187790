import type { ResultRecord } from '../../protocol/results.ts'
import type { Known, KnownText } from '../engine/cascadeQueue.ts'
import type { WorkItem } from '../engine/workItem.ts'
import type { RunLabels } from '../results/humanLabels.ts'

/** More teach hardly anything, and their texts are held until they are learned. */
const mostTexts = 20_000

/**
 * What is known of texts besides what a run asks: its own results of before it was interrupted, those it takes over from earlier runs, and
 * what people said. What a proxy decided teaches nothing.
 */
export class KnownTexts {
  readonly #read: (item: number) => Promise<string>
  readonly #keyOf: (item: number) => string
  #labels: Promise<RunLabels | null> | null
  #found: { text: string; result: () => Promise<string>; key?: string }[] = []
  #met = 0

  constructor(from: {
    readResult(item: number): Promise<string>
    keyOf(item: number): string
    labels: Promise<RunLabels | null>
  }) {
    this.#read = from.readResult
    this.#keyOf = from.keyOf
    this.#labels = from.labels
  }

  /** An item has a result of this run already. */
  keep(item: number, text: () => string): void {
    if (this.#met++ >= mostTexts) return
    this.#found.push({ text: text(), result: () => this.#read(item), key: this.#keyOf(item) })
  }

  /** An item takes its result over. */
  reuse({ text }: WorkItem, resultJson: string): void {
    if (this.#met++ >= mostTexts) return
    this.#found.push({ text, result: async () => resultJson })
  }

  /** What was met since it was asked last. */
  async take(): Promise<Known> {
    const taken = await this.#takeLabels()
    const own = { asked: 0, decided: 0 }
    for (const { text, result, key } of this.#found.splice(0)) {
      const record = JSON.parse(await result()) as ResultRecord
      const isDecided = isByProxy(record)
      if (key !== undefined) own[isDecided ? 'decided' : 'asked']++
      const verdicts = record.status === 'ok' && !isDecided ? saidOf(record) : null
      if (verdicts) taken.push({ text, verdicts, isLabel: false, ...(key === undefined ? {} : { key }) })
    }
    return { texts: taken, own }
  }

  async #takeLabels(): Promise<KnownText[]> {
    const labels = await this.#labels
    this.#labels = null
    return [...(labels?.labels.values() ?? [])].map(({ label: { text, categories, criteria } }) => ({
      text,
      verdicts: saidOf({ categories, criteria }),
      isLabel: true,
    }))
  }
}

function isByProxy({ receipts: { categorization, scoring } }: ResultRecord): boolean {
  return (categorization?.proxy ?? scoring?.proxy) !== undefined
}

function saidOf({
  categories,
  criteria,
}: {
  categories: string[] | null
  criteria?: ResultRecord['criteria']
}): KnownText['verdicts'] {
  const none = { names: [], parent: null }
  return {
    ...(categories ? { categorization: { categories, confidence: null, suggested: none } } : {}),
    ...(criteria ? { scoring: { interest: null, quality: null, criteria, reasoning: null } } : {}),
  }
}
