import type { ResultFilter } from '../../protocol/resultQueries.ts'
import { type CategorySets, emptySet } from './categorySets.ts'
import type { ResultColumns } from './resultColumns.ts'

/** The items that fit, in the order in which they come. `search` is not looked at: it needs the journal. */
export function filterByColumns(columns: ResultColumns, items: Uint32Array, filter: ResultFilter): Uint32Array {
  const tests = testsOf(columns, filter)
  return tests.length === 0 ? items : items.filter((item) => tests.every((fits) => fits(item)))
}

function testsOf(columns: ResultColumns, filter: ResultFilter): ((item: number) => boolean)[] {
  const { status, categories, minScore, maxScore, changedByHuman } = filter
  const tests: ((item: number) => boolean)[] = []
  if (status) {
    const wanted = new Set<string>(status)
    tests.push((item) => wanted.has(columns.index.state(item)))
  }
  if (categories) {
    const fits = setsWith(columns.sets, new Set(categories))
    tests.push((item) => fits[columns.set(item)] === 1)
  }
  if (minScore !== undefined || maxScore !== undefined) {
    const [least, most] = [minScore ?? 0, maxScore ?? 20]
    tests.push((item) => {
      const tenths = columns.score(item)
      return tenths !== null && tenths / 10 >= least && tenths / 10 <= most
    })
  }
  if (changedByHuman !== undefined) tests.push((item) => columns.isHuman(item) === changedByHuman)
  return tests
}

/** 1 for each set that holds one of the names; the empty name is in sets without any. */
function setsWith(sets: CategorySets, wanted: ReadonlySet<string>): Uint8Array {
  return Uint8Array.from({ length: sets.size }, (_, set) => {
    if (set === emptySet) return wanted.has('') ? 1 : 0
    return sets.names(set)?.some((name) => wanted.has(name)) ? 1 : 0
  })
}
