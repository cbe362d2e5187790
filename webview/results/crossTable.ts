import type { RevisionComparison } from '../../protocol/revisions.ts'

export interface CrossTable {
  /** Most frequent first; null: fits nowhere. Both rows and columns. */
  names: (string | null)[]
  cells: number[][]
  /** Items of names that the table has no room for. */
  others: number
}

const mostNames = 15

/** Who was what, and what is now: square, so that what is unchanged stands on the diagonal. */
export function crossTableOf({ categories }: Pick<RevisionComparison, 'categories'>): CrossTable {
  const weights = new Map<string | null, number>()
  for (const { from, to, items } of categories) {
    for (const name of new Set([from, to])) weights.set(name, (weights.get(name) ?? 0) + items)
  }
  const names = [...weights]
    .sort(([, left], [, right]) => right - left)
    .map(([name]) => name)
    .slice(0, mostNames)
  const places = new Map(names.map((name, place) => [name, place]))
  const cells = names.map(() => names.map(() => 0))
  let others = 0
  for (const { from, to, items } of categories) {
    const [row, column] = [places.get(from), places.get(to)]
    const line = row === undefined ? undefined : cells[row]
    if (line === undefined || column === undefined) others += items
    else line[column] = (line[column] ?? 0) + items
  }
  return { names, cells, others }
}
