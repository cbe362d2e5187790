import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReviewPage, ReviewRequest } from '../../protocol/review.ts'
import type { SecondOpinionRequest } from '../../protocol/runs.ts'
import { foldName } from '../domain/categoryNames.ts'
import {
  chanceFrom,
  nextInReview,
  type QueuedItem,
  type Reviewed,
  type ReviewOrders,
  stateOfReview,
} from '../domain/review.ts'
import { sha256 } from '../items/hashes.ts'
import { inputMark } from '../journal/readJournal.ts'
import { noSet } from './categorySets.ts'
import { doubtOf, doubtsOf, mostDoubt } from './doubt.ts'
import { findLabelled } from './humanLabels.ts'
import type { OpenedResults } from './openedResults.ts'
import { radixSort } from './radixSort.ts'
import type { ResultColumns } from './resultColumns.ts'
import { readRecords } from './resultPage.ts'
import { isBelowFloor } from './trust.ts'

/** Orders of the verdicts of a run, for as long as nothing of them has changed. */
interface Ordered {
  /** Numbers in the columns, by numbers of the review. */
  items: Uint32Array
  orders: ReviewOrders
}

/** By the columns that they were made of, which are made anew with each change of results or corrections. */
const known = new WeakMap<ResultColumns, Ordered>()

/** What a person is to look at next, and what is known by what was looked at. */
export async function readReview(
  opened: OpenedResults,
  { skipped, limit }: Omit<ReviewRequest, 'runId'>,
): Promise<Outcome<ReviewPage>> {
  const { relied } = opened
  const ordered = orderOf(opened)
  const reviewed = reviewedIn(opened, ordered)
  const leftOut = skippedIn(relied, ordered, skipped)
  const queue = nextInReview(reviewed, ordered.orders, { skipped: leftOut, limit })
  return succeed({ items: await readQueue(opened, ordered, queue), state: stateOfReview(reviewed, ordered.orders) })
}

function orderOf({ relied, runId }: OpenedResults): Ordered {
  const ordered = known.get(relied) ?? orderItems(relied, runId)
  known.set(relied, ordered)
  return ordered
}

function orderItems(columns: ResultColumns, runId: string): Ordered {
  const { index } = columns
  const items = index.inOrder().filter((item) => index.state(item) === 'ok' && columns.set(item) !== noSet)
  const seed = Number.parseInt(sha256(runId).slice(0, 8), 16)
  const orders = orderReview(items.length, {
    doubt: (nth) => doubtOf(columns, items[nth] as number) ?? 0,
    chance(nth) {
      const item = items[nth] as number
      return chanceFrom(seed, index.input(item), columns.inputRest(item), index.position(item))
    },
  })
  return { items, orders }
}

/** `doubt`: in millionths, below `mostDoubt`; the greater ones come first. `chance`: 32 bits. */
export function orderReview(
  size: number,
  { doubt, chance }: { doubt(item: number): number; chance(item: number): number },
): ReviewOrders {
  const items = Uint32Array.from({ length: size }, (_, item) => item)
  return { byDoubt: radixSort(items, (item) => mostDoubt - doubt(item)), byChance: radixSort(items, chance) }
}

function reviewedIn({ relied, labels }: OpenedResults, { items }: Ordered): Reviewed {
  const said = labels ? findLabelled(relied, labels) : new Map()
  const rights = new Map<number, boolean>()
  for (const [item, { categories }] of said) {
    if (categories !== null) rights.set(item, areSame(categories, relied.sets.names(relied.set(item)) ?? []))
  }
  return {
    size: items.length,
    isRight: (nth) => rights.get(items[nth] as number) ?? null,
  }
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  const names = new Set(others.map(foldName))
  return some.length === others.length && some.every((name) => names.has(foldName(name)))
}

const doubtfulShare = 0.2

/** The texts that a second model is asked about, by 64 bits of their hashes: see `SecondOpinionRequest`. */
export function selectForSecond(opened: OpenedResults, on: SecondOpinionRequest['on']): ReadonlySet<string> {
  const { relied } = opened
  const ordered = orderOf(opened)
  const { isRight } = reviewedIn(opened, ordered)
  const marks = (numbers: Uint32Array): ReadonlySet<string> =>
    new Set(Array.from(numbers, (nth) => markIn(relied, ordered.items[nth] as number)))
  const { byDoubt, byChance } = ordered.orders
  if (on.kind === 'all') return marks(byDoubt)
  const isOpen = (nth: number): boolean => isRight(nth) === null
  if (on.kind === 'sample') return marks(byChance.filter(isOpen).subarray(0, on.items))
  const open = byDoubt.filter(isOpen)
  const most = Math.ceil(open.length * doubtfulShare)
  return marks(open.filter((nth, place) => place < most || isSurelyDoubtful(relied, ordered.items[nth] as number)))
}

function isSurelyDoubtful(columns: ResultColumns, item: number): boolean {
  return columns.sets.names(columns.set(item))?.length === 0 || isBelowFloor(columns, item)
}

function markIn({ index, inputRest }: ResultColumns, item: number): string {
  return `${index.input(item)} ${inputRest(item)}`
}

/** Compared by 64 bits of their hashes: equal texts are left for later together. */
function skippedIn(columns: ResultColumns, { items }: Ordered, skipped: ReviewRequest['skipped']): ReadonlySet<number> {
  const marks = new Set(skipped.map(({ inputHash }) => `${inputMark(inputHash)} ${inputMark(inputHash.slice(8))}`))
  const found = new Set<number>()
  if (marks.size === 0) return found
  items.forEach((item, nth) => {
    if (marks.has(markIn(columns, item))) found.add(nth)
  })
  return found
}

async function readQueue(
  opened: OpenedResults,
  { items }: Ordered,
  queue: readonly QueuedItem[],
): Promise<ReviewPage['items']> {
  const numbers = Uint32Array.from(queue, ({ item }) => items[item] as number)
  const records = await readRecords(opened, numbers)
  return queue.flatMap(({ drawn }, nth) => {
    const result = records[nth]
    return result ? [{ result, drawn, doubts: doubtsOf(opened.relied, numbers[nth] as number) }] : []
  })
}
