import { type Evidence, usualCertainty } from './agreementBound.ts'
import type { Decider, Prediction } from './decider.ts'
import { emptyModel, type LinearModel, predict, train, widen } from './linearClassifier.ts'
import { type SparseRow, type TermCounts, Vocabulary } from './textFeatures.ts'

/** A row that the model, or a person, has said something of. `fold`: it is evidence, and the model of this fold has never seen it. */
interface LabelledRow {
  terms: TermCounts
  row: SparseRow
  label: number
  fold: number | null
}

/** Of few classes, which are learned fast, the models of more folds have seen more of the rows. */
const folds = { few: 8, many: 4 }
const fewClasses = 40
const epochs = { first: 8, further: 3 }
const rates = { first: 1, further: 0.6 }
const decay = 1e-4
/** Features times classes of one model, 12 MB of weights. */
const mostWeights = 3_000_000
/** What is learned from; the oldest stay, since evidence is among them. */
export const mostRows = 20_000
/** Labels that are new, as a share of all, until training again is worth it. */
const worthTraining = 0.08

/**
 * Learns labels of texts. Rows that are evidence are dealt to folds, and each fold has a model that has seen all other rows, but never
 * those: what it says of them is as good as what it says of a text that nobody was asked about. What decides is the mean of all of them.
 */
export class CascadeLearner implements Decider<TermCounts> {
  readonly certainty = usualCertainty
  readonly #random: () => number
  readonly #giveWay: () => Promise<void>
  #vocabulary = new Vocabulary(new Uint32Array(), new Float32Array())
  #rows: LabelledRow[] = []
  #models: LinearModel[] = []
  #mean: LinearModel = emptyModel(0, 0)
  #classes = 0
  #trainedRows = 0
  #rowsOfVocabulary = 0

  /** `giveWay`: awaited every few milliseconds of work. */
  constructor({ random, giveWay }: { random: () => number; giveWay: () => Promise<void> }) {
    this.#random = random
    this.#giveWay = giveWay
  }

  get size(): number {
    return this.#rows.length
  }

  /** How many of the rows are evidence. */
  get evidenceSize(): number {
    return this.#rows.reduce((count, { fold }) => (fold === null ? count : count + 1), 0)
  }

  get #foldCount(): number {
    return this.#classes <= fewClasses ? folds.few : folds.many
  }

  /** What has become worth learning since the last time. */
  get isDue(): boolean {
    return this.#rows.length - this.#trainedRows >= Math.max(1, this.#trainedRows * worthTraining)
  }

  /** `isEvidence`: the row is a random one of those that are to be decided. */
  add(terms: TermCounts, label: number, isEvidence: boolean): void {
    this.#classes = Math.max(this.#classes, label + 1)
    if (this.#rows.length >= mostRows) return
    // Whoever has many folds or few takes its remainder.
    const fold = isEvidence ? this.#rows.length % folds.few : null
    this.#rows.push({ terms, row: this.#vocabulary.rowOf(terms), label, fold })
  }

  /** What was evidence is learned from by all models from now on. */
  forgetEvidence(): void {
    for (const row of this.#rows) row.fold = null
  }

  /** The texts that are to be decided next: what they consist of may be new. */
  meet(texts: readonly TermCounts[]): void {
    if (this.#vocabulary.size > 0 && this.#rows.length < this.#rowsOfVocabulary * 2) return
    this.#rowsOfVocabulary = Math.max(1, this.#rows.length)
    const most = Math.max(1000, Math.floor(mostWeights / Math.max(20, this.#classes)))
    const known = this.#rows.map(({ terms }) => terms)
    this.#vocabulary = Vocabulary.of([...known, ...texts], [], most)
    for (const row of this.#rows) row.row = this.#vocabulary.rowOf(row.terms)
    this.#models = []
  }

  async learn(): Promise<void> {
    // A model of other folds has seen what is evidence now.
    if (this.#models.length !== this.#foldCount) this.#models = []
    const isFirst = this.#models.length === 0
    const { size: features } = this.#vocabulary
    const models: LinearModel[] = []
    const count = this.#foldCount
    for (let fold = 0; fold < count; fold++) {
      const seen = this.#rows.filter((row) => row.fold === null || row.fold % count !== fold)
      const before = this.#models[fold]
      const steps = train(
        seen.map(({ row }) => row),
        Uint16Array.from(seen, ({ label }) => label),
        {
          features,
          classes: this.#classes,
          epochs: isFirst ? epochs.first : epochs.further,
          rate: isFirst ? rates.first : rates.further,
          decay,
          random: this.#random,
          from: before && widen(before, features, this.#classes),
        },
      )
      let step = steps.next()
      for (; !step.done; step = steps.next()) await this.#giveWay()
      models.push(step.value)
    }
    this.#models = models
    this.#mean = meanOf(models, features, this.#classes)
    this.#trainedRows = this.#rows.length
  }

  /** What the models that have not seen it say of each row that is evidence, in the order in which they were added. */
  evidence(): Evidence[] {
    return this.outOfFold().map(({ said, label }) => ({ probability: said.probability, agrees: said.label === label }))
  }

  /** The same with the labels. */
  outOfFold(): { said: Prediction; label: number }[] {
    const found: { said: Prediction; label: number }[] = []
    const into = new Float32Array(this.#classes)
    for (const { row, label, fold } of this.#rows) {
      const model = fold === null ? undefined : this.#models[fold % this.#models.length]
      if (!model) continue
      found.push({ said: surest(widen(model, this.#vocabulary.size, this.#classes), row, into), label })
    }
    return found
  }

  /** What decides, as far as it was learned. */
  learned(): { vocabulary: Vocabulary; model: LinearModel } {
    return { vocabulary: this.#vocabulary, model: this.#mean }
  }

  async predict(texts: readonly TermCounts[]): Promise<Prediction[]> {
    const into = new Float32Array(this.#mean.classes)
    const found: Prediction[] = []
    for (const [nth, terms] of texts.entries()) {
      if (nth % 128 === 127) await this.#giveWay()
      found.push(surest(this.#mean, this.#vocabulary.rowOf(terms), into))
    }
    return found
  }

  /** The most probable labels of a text, the surest first. */
  probable(terms: TermCounts, most: number): Prediction[] {
    const into = new Float32Array(this.#mean.classes)
    predict(this.#mean, this.#vocabulary.rowOf(terms), into)
    const all = Array.from(into, (probability, label) => ({ label, probability }))
    return all.sort((one, other) => other.probability - one.probability).slice(0, most)
  }
}

function surest(model: LinearModel, row: SparseRow, into: Float32Array): Prediction {
  predict(model, row, into)
  let label = 0
  for (let each = 1; each < into.length; each++) if ((into[each] as number) > (into[label] as number)) label = each
  return { label, probability: into[label] ?? 0 }
}

/** Of linear models the mean of the weights is the mean of what they say. */
function meanOf(models: readonly LinearModel[], features: number, classes: number): LinearModel {
  const mean = emptyModel(features, classes)
  for (const { weights, bias } of models) {
    for (let at = 0; at < weights.length; at++)
      mean.weights[at] = (mean.weights[at] as number) + (weights[at] as number) / models.length
    for (let at = 0; at < classes; at++)
      mean.bias[at] = (mean.bias[at] as number) + (bias[at] as number) / models.length
  }
  return mean
}
