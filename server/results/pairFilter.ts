import type { RevisionFilter } from '../../protocol/revisions.ts'
import { emptySet } from './categorySets.ts'
import { bitOf } from './itemChanges.ts'
import type { ResultColumns } from './resultColumns.ts'

/** Whether an item of two runs is wanted: its number before and after (-1: it was not there), and how it has changed, as bits. */
export type PairFilter = (earlier: number, later: number, bits: number) => boolean

type Columns = Pick<ResultColumns, 'sets' | 'set'>

export function pairFilter(
  before: Columns,
  after: Columns,
  { only, fromCategories, toCategories }: RevisionFilter,
): PairFilter {
  const mask = only?.reduce((sum, change) => sum | bitOf(change), 0)
  const wasWanted = fromCategories && firstIsOneOf(before, fromCategories)
  const isWanted = toCategories && firstIsOneOf(after, toCategories)
  return (earlier, later, bits) =>
    (mask === undefined || (bits & mask) !== 0) &&
    (!wasWanted || (earlier !== -1 && wasWanted(earlier))) &&
    (!isWanted || (later !== -1 && isWanted(later)))
}

/** By set, of which there are few: the first name fits best, and the empty name is a set without any. */
function firstIsOneOf({ sets, set }: Columns, wanted: readonly string[]): (item: number) => boolean {
  const names = new Set(wanted)
  const fits = Uint8Array.from({ length: sets.size }, (_, each) => {
    const first = each === emptySet ? '' : sets.names(each)?.[0]
    return first !== undefined && names.has(first) ? 1 : 0
  })
  return (item) => fits[set(item)] === 1
}
