import type { ReviewState } from '../../protocol/review.ts'

/** The verdicts of a run as a review sees them; items are numbers below `size`. */
export interface Reviewed {
  size: number
  /** Whether a person said the same as the model; null: nobody has said anything. */
  isRight(item: number): boolean | null
}

/** Each so many items, one is drawn by chance. */
const chanceEvery = 5
/** So many of all may still be wrong. */
const tolerated = 0.05
const preciseWithin = 0.05
/** Fewer say so little that a figure would mislead. */
const leastDrawn = 10
/** Fewer say nothing of all, however alike they are. */
const leastSample = 30

/** Two orders of all items: by doubt, the most doubtful first, and by chance, always the same one. Neither depends on what anybody has said. */
export interface ReviewOrders {
  byDoubt: Uint32Array
  byChance: Uint32Array
}

export interface QueuedItem {
  item: number
  drawn: 'doubt' | 'chance'
}

/**
 * The next `limit` items: each fifth is the next of the order by chance, the others are the most doubtful ones left. Who goes on from
 * what was seen comes to the same queue, whoever saw it and when.
 */
export function nextInReview(
  { isRight }: Pick<Reviewed, 'isRight'>,
  { byDoubt, byChance }: ReviewOrders,
  { skipped, limit }: { skipped: ReadonlySet<number>; limit: number },
): QueuedItem[] {
  const taken = new Set<number>()
  const isOpen = (item: number): boolean => isRight(item) === null && !skipped.has(item) && !taken.has(item)
  let seen = byDoubt.reduce((count, item) => count + Number(isRight(item) !== null), 0)
  let [doubtful, chance, sample] = [0, 0, 0]
  const queue: QueuedItem[] = []
  while (queue.length < limit) {
    for (; chance < byChance.length && !isOpen(byChance[chance] as number); chance++) {
      if (!skipped.has(byChance[chance] as number)) sample++
    }
    while (doubtful < byDoubt.length && !isOpen(byDoubt[doubtful] as number)) doubtful++
    if (doubtful === byDoubt.length) return queue
    const isByChance = sample * chanceEvery <= seen
    const item = (isByChance ? byChance[chance] : byDoubt[doubtful]) as number
    queue.push({ item, drawn: isByChance ? 'chance' : 'doubt' })
    taken.add(item)
    seen++
  }
  return queue
}

/** What is known of all verdicts by what was seen. */
export function stateOfReview(reviewed: Reviewed, orders: ReviewOrders): ReviewState {
  const { size, isRight } = reviewed
  const count = (fits: (item: number) => boolean): number =>
    orders.byDoubt.reduce((sum, item) => sum + Number(fits(item)), 0)
  const seen = count((item) => isRight(item) !== null)
  const right = count((item) => isRight(item) === true)
  const sample = beginningOf(orders.byChance, (item) => isRight(item) !== null)
  const estimated = { ...estimateRest(reviewed, orders, sample), items: size, seen, right, sample: sample.length }
  return { ...estimated, enough: isEnough(estimated) }
}

/**
 * The most doubtful items that were all seen are known. The rest is a population of its own, and what was drawn by chance and lies in it
 * is a simple random sample of it, since chance knows nothing of doubt: its interval, with what is known added, is one of all items.
 */
function estimateRest(
  { size, isRight }: Reviewed,
  { byDoubt }: ReviewOrders,
  sample: Uint32Array,
): Pick<ReviewState, 'agreement' | 'stillWrong'> {
  const known = beginningOf(byDoubt, (item) => isRight(item) !== null)
  const rest = byDoubt.subarray(known.length)
  const isKnown = new Set(known)
  const drawn = sample.filter((item) => !isKnown.has(item))
  const wrongIn = (items: Uint32Array): number => items.reduce((sum, item) => sum + Number(isRight(item) === false), 0)
  if (size === 0 || (drawn.length < leastDrawn && rest.length > 0)) return { agreement: null, stillWrong: null }
  const wrong = rest.length === 0 ? { share: 0, low: 0, high: 0 } : wilson(wrongIn(drawn), drawn.length)
  const found = wrongIn(rest)
  const open = rest.reduce((sum, item) => sum + Number(isRight(item) === null), 0)
  // Whatever chance says, what was found is there, and what was seen to be right is not wrong.
  const left = (share: number): number => Math.min(open, Math.max(0, share * rest.length - found))
  const right = (share: number): number => 1 - (wrongIn(known) + found + left(share)) / size
  return {
    agreement: { share: right(wrong.share), low: right(wrong.high), high: right(wrong.low) },
    stillWrong: {
      about: Math.round(left(wrong.share)),
      low: Math.floor(left(wrong.low)),
      high: Math.ceil(left(wrong.high)),
    },
  }
}

function beginningOf(items: Uint32Array, fits: (item: number) => boolean): Uint32Array {
  const end = items.findIndex((item) => !fits(item))
  return end === -1 ? items : items.subarray(0, end)
}

function isEnough({
  items,
  seen,
  sample,
  agreement,
  stillWrong,
}: Omit<ReviewState, 'right' | 'enough'>): ReviewState['enough'] {
  if (seen === items) return 'all'
  if (sample < leastSample || !agreement) return null
  if (stillWrong && stillWrong.high <= tolerated * items) return 'good'
  return agreement.high - agreement.low <= 2 * preciseWithin ? 'precise' : null
}

/** The normal deviate of 95 %, both ends. */
const z95 = 1.959963984540054

/**
 * The interval in which a share lies with 95 % at least, from `hits` of `of` drawn by chance: E. B. Wilson, Probable inference, the law of
 * succession, and statistical inference, Journal of the American Statistical Association 22, 1927; with the correction for continuity of
 * R. G. Newcombe, Statistics in Medicine 17, 1998, method 4, without which it covers too little for some shares. `of` is at least 1.
 */
export function wilson(hits: number, of: number): { share: number; low: number; high: number } {
  const share = hits / of
  const squared = z95 * z95
  const middle = 2 * hits + squared
  const below = z95 * Math.sqrt(squared - 2 - 1 / of + 4 * share * (of - hits + 1))
  const above = z95 * Math.sqrt(squared + 2 - 1 / of + 4 * share * (of - hits - 1))
  const scale = 2 * (of + squared)
  return {
    share,
    low: hits === 0 ? 0 : Math.max(0, (middle - 1 - below) / scale),
    high: hits === of ? 1 : Math.min(1, (middle + 1 + above) / scale),
  }
}

/** A number that looks drawn, the same for the same seed and item: 32 bits, mixed as MurmurHash3 ends. */
export function chanceFrom(seed: number, ...parts: readonly number[]): number {
  let mixed = seed | 0
  for (const part of parts) {
    mixed = Math.imul(mixed ^ part, 0x85eb_ca6b)
    mixed ^= mixed >>> 13
    mixed = Math.imul(mixed, 0xc2b2_ae35)
    mixed ^= mixed >>> 16
  }
  return mixed >>> 0
}
