/** What was predicted of an item that the model was asked about all the same: how sure it was, and whether the model said the same. */
export interface Evidence {
  probability: number
  agrees: boolean
}

/** How sure a bound is, unless said otherwise: one-sided, 95 of 100 lie on its right side. */
export const usualCertainty = 0.95

/** Clopper–Pearson: so much at least the share of agreement is, with `certainty`. 0 where nothing is known. */
export function lowerBound(agreeing: number, of: number, certainty = usualCertainty): number {
  return agreeing === 0 || of === 0 ? 0 : betaQuantile(1 - certainty, agreeing, of - agreeing + 1)
}

/** So much at most, with the same certainty. 1 where nothing is known. */
export function upperBound(agreeing: number, of: number, certainty = usualCertainty): number {
  return agreeing === of || of === 0 ? 1 : betaQuantile(certainty, agreeing + 1, of - agreeing)
}

/** The x at which a share `p` of the beta distribution lies below: found by halving, since the distribution only grows. */
function betaQuantile(p: number, a: number, b: number): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < 52; step++) {
    const middle = (low + high) / 2
    if (regularizedBeta(middle, a, b) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** I_x(a, b), by its continued fraction (DLMF 8.17.22) on the side on which that converges fast. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

const tiny = 1e-300

/** Lentz's way: numerators and denominators of the fraction's beginnings, each from the one before. */
function betaFraction(x: number, a: number, b: number): number {
  const safe = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / safe(1 + even * d)
    c = safe(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / safe(1 + odd * d)
    c = safe(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < 1e-14) break
  }
  return value
}

/** Stirling's series (DLMF 5.11.1), above 10; below by the recurrence. */
function logGamma(z: number): number {
  let shift = 0
  let x = z
  for (; x < 10; x++) shift -= Math.log(x)
  const square = 1 / (x * x)
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x
  return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series
}

/** Above this probability a proxy decides. `agreeing` of `of` in the evidence were right there; `bound`: so much at least is right. */
export interface Threshold {
  above: number
  agreeing: number
  of: number
  bound: number
}

const steps = 40

/**
 * The lowest threshold that keeps the promise by the bound; null: none does. The candidates are fixed before any agreement is looked at:
 * fortieths of the evidence, from the surest, so that a lucky single place is no candidate. `expected`: how much more evidence of
 * the same kind will be there above a threshold before anything is decided; it is taken to agree as often as what is there.
 */
export function chooseThreshold(
  evidence: readonly Evidence[],
  promise: number,
  {
    expected = () => 0,
    lowest = 0,
    certainty = usualCertainty,
  }: { expected?: (above: number) => number; lowest?: number; certainty?: number } = {},
): Threshold | null {
  const sorted = evidence.toSorted((one, other) => other.probability - one.probability)
  let chosen: Threshold | null = null
  let agreeing = 0
  let step = 1
  for (const [nth, { probability, agrees }] of sorted.entries()) {
    if (agrees) agreeing++
    const of = nth + 1
    if (of < Math.round((step * sorted.length) / steps)) continue
    step++
    const above = Math.max(lowest, of === sorted.length ? 0 : probability)
    const more = expected(above)
    const bound = lowerBound(agreeing + Math.floor((agreeing / of) * more), of + more, certainty)
    if (bound >= promise) chosen = { above, agreeing, of, bound }
  }
  return chosen
}
