import type { SparseRow } from './textFeatures.ts'

/**
 * Multinomial logistic regression over sparse rows: one weight for each feature and class, row-major by feature, so that a row's
 * features are each one run through memory. `bias` has one for each class.
 */
export interface LinearModel {
  classes: number
  weights: Float32Array
  bias: Float32Array
}

export interface TrainingOptions {
  features: number
  classes: number
  epochs: number
  /** Of AdaGrad. */
  rate: number
  /** L2, for each row. */
  decay: number
  /** Goes on from these weights, which it changes. Absent: from none. */
  from?: LinearModel | undefined
  /** 0 to 1, for the order of the rows: seeded where the result is to be the same again. */
  random: () => number
}

export function emptyModel(features: number, classes: number): LinearModel {
  return { classes, weights: new Float32Array(features * classes), bias: new Float32Array(classes) }
}

/** Probabilities of the classes, into `into`. */
export function predict({ classes, weights, bias }: LinearModel, row: SparseRow, into: Float32Array): void {
  into.set(bias)
  const { indices, weights: values } = row
  for (let at = 0; at < indices.length; at++) {
    const value = values[at] as number
    const base = (indices[at] as number) * classes
    for (let each = 0; each < classes; each++)
      into[each] = (into[each] as number) + value * (weights[base + each] as number)
  }
  softmax(into)
}

function softmax(scores: Float32Array): void {
  let top = -Infinity
  for (let each = 0; each < scores.length; each++) if ((scores[each] as number) > top) top = scores[each] as number
  let sum = 0
  for (let each = 0; each < scores.length; each++) {
    const value = Math.exp((scores[each] as number) - top)
    scores[each] = value
    sum += value
  }
  for (let each = 0; each < scores.length; each++) scores[each] = (scores[each] as number) / sum
}

/** A class that is as improbable as this has nothing to learn from the row. */
const negligible = 1e-3

/**
 * AdaGrad with one rate a feature, rows in a random order each epoch. A generator, so that who trains can give way between portions:
 * it yields after each `rowsBetweenYields` rows.
 */
export function* train(
  rows: readonly SparseRow[],
  targets: ArrayLike<number>,
  { features, classes, epochs, rate, decay, from, random }: TrainingOptions,
  rowsBetweenYields = 64,
): Generator<void, LinearModel> {
  const model = from ?? emptyModel(features, classes)
  const { weights, bias } = model
  const squares = new Float32Array(features).fill(1e-6)
  const probabilities = new Float32Array(classes)
  const order = Uint32Array.from(rows, (_, nth) => nth)
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    const step = rate / (1 + epoch * 0.15)
    for (let nth = 0; nth < order.length; nth++) {
      if (nth % rowsBetweenYields === rowsBetweenYields - 1) yield
      const row = rows[order[nth] as number] as SparseRow
      const target = targets[order[nth] as number] as number
      predict(model, row, probabilities)
      probabilities[target] = (probabilities[target] as number) - 1
      let norm = 0
      for (let each = 0; each < classes; each++) norm += (probabilities[each] as number) ** 2
      for (let at = 0; at < row.indices.length; at++) {
        const feature = row.indices[at] as number
        const value = row.weights[at] as number
        squares[feature] = (squares[feature] as number) + norm * value * value
        const scale = (step * value) / Math.sqrt(squares[feature] as number)
        const shrink = 1 - decay * step
        const base = feature * classes
        for (let each = 0; each < classes; each++) {
          const error = probabilities[each] as number
          if (error > negligible || error < -negligible)
            weights[base + each] = (weights[base + each] as number) * shrink - scale * error
        }
      }
      for (let each = 0; each < classes; each++)
        bias[each] = (bias[each] as number) - 0.02 * step * (probabilities[each] as number)
    }
  }
  return model
}

function shuffle(order: Uint32Array, random: () => number): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const kept = order[last] as number
    order[last] = order[other] as number
    order[other] = kept
  }
}

/** The same with room for more classes, which nothing speaks for yet. */
export function widen(model: LinearModel, features: number, classes: number): LinearModel {
  if (model.classes === classes) return model
  const wide = emptyModel(features, classes)
  for (let feature = 0; feature < features; feature++) {
    const from = feature * model.classes
    wide.weights.set(model.weights.subarray(from, from + model.classes), feature * classes)
  }
  wide.bias.fill(-1).set(model.bias)
  return wide
}
