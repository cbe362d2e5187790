import { chooseThreshold, type Evidence, type Threshold, upperBound } from './agreementBound.ts'
import type { Decider, Prediction } from './decider.ts'

/** An item of a portion. Both numbers are drawn, 0 to 1, and have nothing to do with what it is. */
export interface PortionItem<Text> {
  text: Text
  /** The sample is of those with the lowest. */
  draw: number
  /** Below `auditShare` it is asked although it could be decided. */
  auditDraw: number
}

/** What is to be done now; `items` by their places in the portion. */
export type CascadeStep =
  /** The next step is asked for once the model has answered all of them. */
  | { kind: 'ask'; why: 'sample' | 'doubt' | 'audit'; items: readonly number[] }
  | { kind: 'decide'; items: readonly { item: number; said: Prediction }[]; threshold: Threshold }
  | { kind: 'done' }

/** What was found of the promise so far. */
export interface AuditCount {
  audited: number
  agreed: number
  /** Items that were to be decided and went to the model because an audit did not bear it. */
  takenBack: number
}

/** The least that is asked before anything is decided. */
export const sampleSize = 500
export const auditShare = 0.05
const leastBatch = 40
const batchShare = 0.05
/** Audits count for more than they are: where their evidence may tip the scale, it is worth asking them. */
const hope = 10

type State = 'open' | 'asked' | 'answered' | 'decided'

/**
 * One portion of a source, decided as far as a promise allows: a random sample is asked, then those that the learner doubts most, again
 * and again as it learns, until the bound on its agreement holds for all that are left, or for the surest of them. Those are then audited,
 * a twentieth of them, and only what the audit and the sample bear together is decided. So nothing has to be taken back that
 * anybody has seen: a decision exists only after its audit.
 */
export class CascadePortion<Text> {
  readonly #learner: Decider<Text>
  readonly #promise: number
  readonly #items: readonly PortionItem<Text>[]
  readonly #states: State[]
  readonly #count: AuditCount
  /** What the learner said of an audited item before it learned what the model said. */
  readonly #foretold = new Map<number, Prediction>()
  /** Of the sample, those whose like was asked for doubt: they stand for nothing that is left. */
  #gone = new Set<number>()
  #audits: Evidence[] = []
  #isSampling = false
  /** The audit has just not borne what would have been decided: more has to be learned first. */
  #isRefused = false
  #certainty: number
  #trial: { predictions: ReadonlyMap<number, Prediction>; above: number } | null = null

  /** `count` is that of the whole run, and goes on. */
  constructor(learner: Decider<Text>, items: readonly PortionItem<Text>[], promise: number, count: AuditCount) {
    this.#learner = learner
    this.#certainty = learner.certainty
    this.#items = items
    this.#promise = promise
    this.#count = count
    this.#states = items.map(() => 'open')
    learner.meet(items.map(({ text }) => text))
  }

  /** What the model, or an earlier run, said of an item. Null: nothing that can be learned. */
  answered(item: number, label: number | null, isEvidence = this.#isSampling): void {
    this.#states[item] = 'answered'
    if (label === null) return
    const said = this.#foretold.get(item)
    if (said) {
      const agrees = said.label === label
      this.#audits.push({ probability: said.probability, agrees })
      this.#count.audited++
      if (agrees) this.#count.agreed++
      this.#foretold.delete(item)
    }
    this.#learner.add(this.#item(item).text, label, isEvidence && !said)
  }

  async next(): Promise<CascadeStep> {
    this.#isSampling = false
    if (this.#trial) {
      const settled = this.#settle(this.#trial.predictions, this.#trial.above)
      this.#trial = null
      if (settled) return settled
      this.#isRefused = true
      // Whoever tries often enough is lucky once: each further try has to be surer by half.
      this.#certainty = 1 - (1 - this.#certainty) / 2
    }
    const open = this.#open()
    if (open.length === 0) return { kind: 'done' }
    if (this.#learner.evidenceSize === 0) return this.#sample(open)
    if (this.#learner.isDue) await this.#learner.learn()
    return await this.#askOrTry(open)
  }

  #open(): number[] {
    return [...this.#states.keys()].filter((item) => this.#states[item] === 'open')
  }

  #sample(open: readonly number[]): CascadeStep {
    this.#isSampling = true
    const byDraw = open.toSorted((one, other) => this.#item(one).draw - this.#item(other).draw)
    // Where hardly more is left than the sample, there is nothing to win.
    return this.#ask('sample', open.length <= sampleSize * 1.1 ? open : byDraw.slice(0, sampleSize))
  }

  async #askOrTry(open: readonly number[]): Promise<CascadeStep> {
    const said = await this.#learner.predict(open.map((item) => this.#item(item).text))
    const predictions = new Map(open.map((item, nth) => [item, said[nth] as Prediction]))
    const probabilityOf = (item: number): number => predictions.get(item)?.probability ?? 0
    const byDoubt = open.toSorted((one, other) => probabilityOf(one) - probabilityOf(other))
    const sure = open.filter((item) => this.#item(item).auditDraw < auditShare).map(probabilityOf)
    sure.sort((one, other) => other - one)
    const threshold = chooseThreshold(this.#evidence(), this.#promise, {
      certainty: this.#certainty,
      expected: (above) => hope * countAbove(sure, above),
    })
    const above = threshold?.above ?? 1
    const batch = Math.max(leastBatch, Math.floor(this.#learner.size * batchShare))
    const doubted = byDoubt.filter((item) => probabilityOf(item) <= above).length
    if (threshold === null || doubted > batch || this.#isRefused) {
      this.#isRefused = false
      const asked = byDoubt.slice(0, batch)
      const cut = probabilityOf(asked.at(-1) as number)
      const next = byDoubt[batch]
      // Of those that are equally doubtful some may be left, and the evidence of their like stands for them.
      const isTied = next !== undefined && probabilityOf(next) === cut
      this.#leaveOut((probability) => (isTied ? probability < cut : probability <= cut))
      return this.#ask('doubt', asked)
    }
    this.#trial = { predictions, above }
    const audits = open.filter((item) => probabilityOf(item) > above && this.#item(item).auditDraw < auditShare)
    for (const item of audits) this.#foretold.set(item, predictions.get(item) as Prediction)
    return audits.length > 0 ? this.#ask('audit', audits) : await this.next()
  }

  /** After the audit of what would be decided. Null: it does not bear it, and the items go on as if nothing had been said of them. */
  #settle(predictions: ReadonlyMap<number, Prediction>, above: number): CascadeStep | null {
    const would = this.#open().filter((item) => (predictions.get(item)?.probability ?? 0) > above)
    const agreed = this.#audits.filter(({ agrees }) => agrees).length
    if (upperBound(agreed, this.#audits.length) < this.#promise) {
      // The sample does not stand for this portion: what is left of it has to earn the trust anew.
      this.#count.takenBack += would.length
      this.#learner.forgetEvidence()
      this.#gone.clear()
      this.#audits = []
      return null
    }
    const threshold = chooseThreshold(this.#evidence(), this.#promise, {
      lowest: above,
      certainty: this.#certainty,
    })
    const kept = threshold ? would.filter((item) => (predictions.get(item)?.probability ?? 0) > threshold.above) : []
    this.#count.takenBack += would.length - kept.length
    if (!threshold || kept.length === 0) return null
    for (const item of kept) this.#states[item] = 'decided'
    return {
      kind: 'decide',
      threshold,
      items: kept.map((item) => ({ item, said: predictions.get(item) as Prediction })),
    }
  }

  #evidence(): Evidence[] {
    return [...this.#learner.evidence().filter((_, nth) => !this.#gone.has(nth)), ...this.#audits]
  }

  /** Of the evidence goes what would have been asked for doubt, too, were it not the sample: the rest stands for what is left. */
  #leaveOut(isAsked: (probability: number) => boolean): void {
    for (const [nth, { probability }] of this.#learner.evidence().entries())
      if (isAsked(probability)) this.#gone.add(nth)
    this.#audits = this.#audits.filter(({ probability }) => !isAsked(probability))
  }

  #ask(why: 'sample' | 'doubt' | 'audit', items: readonly number[]): CascadeStep {
    for (const item of items) this.#states[item] = 'asked'
    return { kind: 'ask', why, items }
  }

  #item(item: number): PortionItem<Text> {
    return this.#items[item] as PortionItem<Text>
  }
}

/** `sure` from the surest down. */
function countAbove(sure: readonly number[], above: number): number {
  let [low, high] = [0, sure.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sure[middle] as number) > above) low = middle + 1
    else high = middle
  }
  return low
}
