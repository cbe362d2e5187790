import type { RevisionComparison, RevisionFilter } from '../../protocol/revisions.ts'
import { compareItem, sameNames } from './itemChanges.ts'
import type { MatchedItems } from './matchItems.ts'
import type { OpenedResults } from './openedResults.ts'
import { pairFilter } from './pairFilter.ts'
import type { ResultColumns } from './resultColumns.ts'

const mostCells = 1000

/** Two runs as figures, from their columns alone. */
export function compareRuns(
  { earlierOf }: MatchedItems,
  { columns: before }: Pick<OpenedResults, 'columns'>,
  { columns: after }: Pick<OpenedResults, 'columns'>,
  filter: RevisionFilter = {},
): RevisionComparison {
  const isWanted = pairFilter(before, after, filter)
  const order = after.index.inOrder()
  const table = createCrossTable()
  const shift = createShift()
  let both = 0
  let sameSets = 0
  for (const item of order) {
    const earlier = earlierOf[item] as number
    if (earlier === -1) continue
    if (!isWanted(earlier, item, filter.only ? compareItem(before, earlier, after, item) : 0)) continue
    both++
    const was = before.sets.names(before.set(earlier))
    const is = after.sets.names(after.set(item))
    if (was !== null && is !== null) {
      table.add(was[0] ?? null, is[0] ?? null)
      if (sameNames(was, is)) sameSets++
    }
    shift.add(before.score(earlier), after.score(item))
  }
  return {
    items: { from: before.index.inOrder().length, to: order.length, both },
    ...table.read(sameSets),
    score: shift.read(),
  }
}

/** Counts pairs of categories. */
function createCrossTable() {
  const cells = new Map<string, RevisionComparison['categories'][number]>()
  const [rows, columns] = [new Map<string | null, number>(), new Map<string | null, number>()]
  let items = 0
  let agreed = 0
  return {
    add(from: string | null, to: string | null): void {
      items++
      if (from === to) agreed++
      const key = JSON.stringify([from, to])
      const cell = cells.get(key)
      if (cell) cell.items++
      else cells.set(key, { from, to, items: 1 })
      rows.set(from, (rows.get(from) ?? 0) + 1)
      columns.set(to, (columns.get(to) ?? 0) + 1)
    },
    read(sameSets: number): Pick<RevisionComparison, 'categories' | 'leftOut' | 'agreement'> {
      const sorted = [...cells.values()].sort((one, other) => other.items - one.items)
      const share = (count: number): number | null => (items === 0 ? null : count / items)
      return {
        categories: sorted.slice(0, mostCells),
        leftOut: sorted.slice(mostCells).reduce((sum, cell) => sum + cell.items, 0),
        agreement: {
          items,
          moved: items - agreed,
          sameFirst: share(agreed),
          sameSet: share(sameSets),
          kappa: kappaOf(items, agreed, rows, columns),
        },
      }
    },
  }
}

/** J. Cohen, A coefficient of agreement for nominal scales, 1960. */
function kappaOf(
  items: number,
  agreed: number,
  rows: ReadonlyMap<string | null, number>,
  columns: ReadonlyMap<string | null, number>,
): number | null {
  if (items === 0) return null
  let byChance = 0
  for (const [category, count] of rows) byChance += (count / items) * ((columns.get(category) ?? 0) / items)
  return byChance >= 1 ? null : (agreed / items - byChance) / (1 - byChance)
}

type Tenths = ReturnType<ResultColumns['score']>

function createShift() {
  const distribution = new Array<number>(41).fill(0)
  let [items, sum, absolute] = [0, 0, 0]
  return {
    add(was: Tenths, is: Tenths): void {
      if (was === null || is === null) return
      const tenths = is - was
      items++
      sum += tenths
      absolute += Math.abs(tenths)
      // Rounded away from zero at a half, the same in both directions.
      const place = 20 + Math.sign(tenths) * Math.round(Math.abs(tenths) / 10)
      distribution[place] = (distribution[place] ?? 0) + 1
    },
    read: (): RevisionComparison['score'] => ({
      items,
      mean: items === 0 ? null : sum / items / 10,
      meanAbsolute: items === 0 ? null : absolute / items / 10,
      distribution,
    }),
  }
}
