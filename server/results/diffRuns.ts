import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import type { ResultChange, RevisionDiff, RevisionDiffRequest, RevisionDiffRow } from '../../protocol/revisions.ts'
import { fail } from '../../shared/fail.ts'
import { bitOf, changes, changesOf, compareItem } from './itemChanges.ts'
import { type MatchedItems, matchItems } from './matchItems.ts'
import type { OpenedResults } from './openedResults.ts'
import { pairFilter } from './pairFilter.ts'
import { readRecords } from './resultPage.ts'

/** The differences of two runs, as lists of numbers: 12 bytes a difference. */
interface Differences {
  /** -1: it was not there. */
  earlier: Int32Array
  /** -1: it is there no more. */
  later: Int32Array
  bits: Uint8Array
  counts: Record<ResultChange, number>
  same: number
}

/** Remembers the pair that was looked at last, for as long as neither run grows. */
export function createDiffs() {
  let last: { key: string; matched: MatchedItems; differences: Differences | null } | null = null

  function remembered(before: OpenedResults, after: OpenedResults) {
    const key = [before, after].map(({ runId, header, version }) => `${runId} ${header.startedAt} ${version}`).join(' ')
    if (last?.key !== key) last = { key, matched: matchItems(before.columns, after.columns), differences: null }
    return last
  }

  function differencesOf(before: OpenedResults, after: OpenedResults): Differences {
    const pair = remembered(before, after)
    pair.differences ??= findDifferences(pair.matched, before, after)
    return pair.differences
  }

  return {
    match: (before: OpenedResults, after: OpenedResults): MatchedItems => remembered(before, after).matched,
    async page(
      before: OpenedResults,
      after: OpenedResults,
      request: RevisionDiffRequest,
      signal?: AbortSignal,
    ): Promise<Outcome<RevisionDiff>> {
      const differences = differencesOf(before, after)
      const wanted = await choose(differences, before, after, request, signal)
      if (wanted === null) return fail({ code: 'cancelled' })
      const from = request.offset ?? (Number(request.cursor) || 0)
      const following = from + request.limit
      return succeed({
        rows: await readRows(differences, wanted.subarray(from, following), before, after),
        next: following < wanted.length ? String(following) : null,
        total: wanted.length,
        counts: differences.counts,
        same: differences.same,
      })
    },
  }
}

function findDifferences({ earlierOf, gone }: MatchedItems, before: OpenedResults, after: OpenedResults): Differences {
  const order = after.columns.index.inOrder()
  const earlier = new Int32Array(order.length + gone.length)
  const later = new Int32Array(earlier.length)
  const bits = new Uint8Array(earlier.length)
  let length = 0
  function add(was: number, is: number, change: number): void {
    earlier[length] = was
    later[length] = is
    bits[length++] = change
  }
  for (const item of order) {
    const was = earlierOf[item] as number
    const change = was === -1 ? bitOf('new') : compareItem(before.columns, was, after.columns, item)
    if (change !== 0) add(was, item, change)
  }
  const same = order.length - length
  for (const item of gone) add(item, -1, bitOf('gone'))
  const found = bits.slice(0, length)
  return { earlier: earlier.slice(0, length), later: later.slice(0, length), bits: found, counts: count(found), same }
}

function count(bits: Uint8Array): Record<ResultChange, number> {
  const counts = { new: 0, gone: 0, status: 0, labels: 0, score: 0, text: 0 }
  for (const each of bits) for (const change of changes) if ((each & bitOf(change)) !== 0) counts[change]++
  return counts
}

/** The numbers of the differences that the request asks for. */
async function choose(
  { earlier, later, bits }: Differences,
  before: OpenedResults,
  after: OpenedResults,
  { filter, ...wanted }: RevisionDiffRequest,
  signal?: AbortSignal,
): Promise<Uint32Array | null> {
  const isWanted = pairFilter(before.columns, after.columns, wanted)
  const numbers = Uint32Array.from(bits.keys()).filter((number) =>
    isWanted(earlier[number] as number, later[number] as number, bits[number] as number),
  )
  if (!filter) return numbers
  const fitsBefore = await fitting(before, filter, signal)
  const fitsAfter = fitsBefore && (await fitting(after, filter, signal))
  if (!fitsBefore || !fitsAfter) return null
  // A number of -1 is no place of the list, and so does not fit.
  return numbers.filter(
    (number) => fitsBefore[earlier[number] as number] === 1 || fitsAfter[later[number] as number] === 1,
  )
}

async function fitting(opened: OpenedResults, filter: ResultFilter, signal?: AbortSignal): Promise<Uint8Array | null> {
  const items = await opened.find({ filter }, signal)
  if (items === null) return null
  const fits = new Uint8Array(opened.columns.index.size)
  for (const item of items) fits[item] = 1
  return fits
}

async function readRows(
  { earlier, later, bits }: Differences,
  numbers: Uint32Array,
  before: OpenedResults,
  after: OpenedResults,
): Promise<RevisionDiffRow[]> {
  const was = await readSide(before, numbers, earlier)
  const is = await readSide(after, numbers, later)
  return [...numbers].map((number) => {
    const sides = { before: was.get(number) ?? null, after: is.get(number) ?? null }
    const found = changesOf(bits[number] as number)
    const [change] = found as [ResultChange]
    return { id: (sides.after ?? sides.before)?.id ?? '', change, changes: found, ...sides }
  })
}

async function readSide(opened: OpenedResults, numbers: Uint32Array, items: Int32Array) {
  const there = [...numbers].filter((number) => items[number] !== -1)
  const records = await readRecords(
    opened,
    Uint32Array.from(there, (number) => items[number] as number),
  )
  return new Map(there.map((number, place) => [number, records[place] ?? null]))
}
