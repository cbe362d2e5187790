import { useEffect, useMemo, useRef } from 'preact/hooks'
import * as z from 'zod'
import { mostChosen, type ResultFilter, ResultIdentity } from '../../protocol/resultQueries.ts'
import type { GridChoice } from '../grid/rowChooser.ts'
import { usePersistedState } from '../state/persistedState.ts'

/** `of`: the filter that they were chosen under. `isAll`: all that it finds but `items`; else these. */
const StoredChoice = z.object({ of: z.string(), isAll: z.boolean(), items: z.array(ResultIdentity).max(mostChosen) })
type StoredChoice = z.infer<typeof StoredChoice>

/** Results that were chosen among those of a filter, wherever they stand. They are let go when the filter changes, and stay with the order. */
export interface Chosen {
  isEmpty: boolean
  /** No more can be chosen one by one, or left out. */
  isFull: boolean
  /** Undefined: a row that is not read. */
  has(row: ResultIdentity | undefined): boolean
  /** Of so many that the filter finds. */
  countOf(total: number): number
  /** What finds them; where nothing is chosen, all that the filter finds. Undefined: every result of the run. */
  filter: ResultFilter | undefined
  toggle(row: ResultIdentity): void
  /** These in the place of those of the range before. `isNew`: there was none. */
  takeRange(rows: readonly ResultIdentity[], isNew: boolean): void
  takeAll(): void
  clear(): void
}

export function useChosen(runId: string, filter: ResultFilter | undefined): Chosen {
  const of = JSON.stringify(filter ?? null)
  const nothing: StoredChoice = { of, isAll: false, items: [] }
  const [stored, store] = usePersistedState<StoredChoice>(`chosen ${runId}`, StoredChoice, nothing)
  const choice = stored.of === of ? stored : nothing
  const { isAll, items } = choice
  const names = useMemo(() => new Set(items.map(nameOf)), [items])
  // Keys may come faster than what they change is drawn.
  const latest = useRef(choice)
  latest.current = choice
  /** What was chosen before the range that is being drawn out. */
  const beforeRange = useRef<readonly ResultIdentity[]>([])
  useEffect(() => {
    if (stored.of !== of) store(undefined)
  }, [of])
  const set = (next: Pick<StoredChoice, 'isAll' | 'items'>) => {
    latest.current = { of, ...next }
    store(next.isAll || next.items.length > 0 ? latest.current : undefined)
  }
  return {
    isEmpty: !isAll && items.length === 0,
    isFull: items.length === mostChosen,
    has: (row) => (row ? names.has(nameOf(row)) !== isAll : isAll),
    countOf: (total) => (isAll ? Math.max(0, total - items.length) : items.length),
    filter: isAll
      ? items.length === 0
        ? filter
        : { ...filter, except: items }
      : items.length === 0
        ? filter
        : { only: items },
    toggle(row) {
      const { isAll: areLeftOut, items: before } = latest.current
      const others = before.filter((each) => nameOf(each) !== nameOf(row))
      set({ isAll: areLeftOut, items: others.length < before.length ? others : joined(before, [row]) })
    },
    takeRange(rows, isNew) {
      if (isNew) beforeRange.current = latest.current.isAll ? [] : latest.current.items
      set({ isAll: false, items: joined(beforeRange.current, rows) })
    },
    takeAll: () => set({ isAll: true, items: [] }),
    clear: () => set({ isAll: false, items: [] }),
  }
}

/** Each once, and no more than can be named. */
function joined(one: readonly ResultIdentity[], other: readonly ResultIdentity[]): ResultIdentity[] {
  const each = new Map([...one, ...other].map(({ id, inputHash }) => [nameOf({ id, inputHash }), { id, inputHash }]))
  return [...each.values()].slice(0, mostChosen)
}

function nameOf({ id, inputHash }: ResultIdentity): string {
  return `${inputHash} ${id}`
}

type Identify = (first: number, last: number) => Promise<readonly ResultIdentity[]>

interface ChoosingParts {
  rowAt(index: number): ResultIdentity | undefined
  /** Reads which results stand at these places, `last` not included. */
  identify: Identify
}

/** What the grid says of choosing, carried out. Rows that were not looked at yet are read first. */
export function useChoosing(chosen: Chosen, { rowAt, identify }: ChoosingParts): (choice: GridChoice) => void {
  const turn = useRef(0)
  const withRows = (first: number, last: number, take: (rows: readonly ResultIdentity[]) => void) => {
    const known = Array.from({ length: last - first }, (_, at) => rowAt(first + at)).filter((row) => row !== undefined)
    if (known.length === last - first) return take(known)
    const mine = turn.current
    void identify(first, last).then((rows) => {
      if (mine === turn.current) take(rows)
    })
  }
  return (choice) => {
    turn.current += 1
    switch (choice.kind) {
      case 'one': {
        const before = choice.with !== null && chosen.isEmpty ? rowAt(choice.with) : undefined
        if (before) chosen.toggle(before)
        return withRows(choice.index, choice.index + 1, (rows) => rows.forEach(chosen.toggle))
      }
      case 'range':
        return withRows(...rangeOf(choice), (rows) => chosen.takeRange(rows, choice.isNew))
      case 'all':
        return chosen.takeAll()
      case 'none':
        return chosen.clear()
    }
  }
}

/** Both ends included in what is chosen, as many as can be, from the end where it began. */
function rangeOf({ from, to }: { from: number; to: number }): [first: number, last: number] {
  return from <= to ? [from, Math.min(to + 1, from + mostChosen)] : [Math.max(to, from - mostChosen + 1), from + 1]
}
