import type { Evidence } from './agreementBound.ts'

export interface Prediction {
  label: number
  probability: number
}

/** What decides in the place of a model: a classifier that learns on the way, or a model that is asked. */
export interface Decider<Text> {
  /** All that it was told of. */
  readonly size: number
  readonly evidenceSize: number
  /**
   * How sure the bound has to be at first. Whoever learns gets better while the items that it doubts are asked, and so has something to spare by
   * the time it decides; of whoever does not, the bound is looked at as often, and would be lucky once too often.
   */
  readonly certainty: number
  /** It has to `learn` before it is asked. */
  readonly isDue: boolean
  /** The texts that are to be decided next. */
  meet(texts: readonly Text[]): void
  add(text: Text, label: number, isEvidence: boolean): void
  forgetEvidence(): void
  learn(): Promise<void>
  /** In the order in which it was added. */
  evidence(): Evidence[]
  predict(texts: readonly Text[]): Promise<Prediction[]>
}
