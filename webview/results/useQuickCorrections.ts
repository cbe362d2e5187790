import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks'
import type { Criterion } from '../../protocol/criteria.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ShownItem } from '../../protocol/resultsPage.ts'
import type { CorrectionAct } from './correctionKeys.ts'
import { type Pending, readCorrectionKey } from './correctionKeys.ts'
import { QuickCorrections } from './quickCorrections.ts'
import { useAnswer, useResults } from './resultsContext.ts'

interface QuickParts {
  runId: string
  /** The profile's own; null: interest and quality are asked. */
  criteria: readonly Criterion[] | null
  /** Any row of the run: what it can be corrected to is the same for all. */
  anyRow: ResultRecord | undefined
  /** With how many items have it, the most frequent first; null: not read yet. */
  used: readonly { category: string | null }[] | null
  /** Undefined: not read yet. */
  rowAt(index: number): ResultRecord | undefined
  total: number
  /** Which rows these are, in which order. */
  view: string
  onMove(index: number): void
  /** It stands elsewhere by now, or nowhere. */
  onFind(item: ShownItem): void
  /** Something is said: rows are to stay where they are. */
  onSaid(): void
}

export interface Quick {
  corrections: QuickCorrections
  /** What digits stand for, from 1; empty: not known, or there are no categories. */
  names: readonly string[]
  /** All that can be chosen. */
  offered: number
  pending: Pending
  /** The profile's own; null: interest and quality are asked, and have their keys. */
  criteria: readonly Criterion[] | null
  /** True: the key was one of a correction. */
  press(event: KeyboardEvent, active: number): boolean
  /** As if the digit had been pressed. */
  choose(place: number, active: number): void
  undo(): void
}

const digits = 9

/** Corrects the active row by keys, and goes on. */
export function useQuickCorrections(parts: QuickParts): Quick {
  const { runId, criteria, anyRow, used, rowAt, total, view, onMove, onFind, onSaid } = parts
  const { host, announce } = useResults()
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const corrections = useMemo(
    () => new QuickCorrections({ host, announce, onChange: () => redraw(null) }),
    [runId, host],
  )
  const [pending, setPending] = useState<Pending>(null)
  // Keys may come faster than what they change is drawn.
  const latest = useRef<Pending>(null)
  const wait = (next: Pending) => {
    latest.current = next
    setPending(next)
  }
  const { names, offered } = useDigits(runId, anyRow, used)

  function undo(): void {
    const undone = corrections.undo()
    if (!undone) return
    onSaid()
    const { id, inputHash } = undone.place
    if (undone.view === view && undone.index < total) onMove(undone.index)
    else onFind({ id, inputHash })
  }

  function say(active: number, act: CorrectionAct): void {
    const row = rowAt(active)
    if (row && corrections.say(row, { index: active, view }, act, names)) onSaid()
  }

  function press(event: KeyboardEvent, active: number): boolean {
    const read = readCorrectionKey(event, latest.current, criteria)
    if (read === null) {
      wait(null)
      return false
    }
    const { act, next } = read
    wait(next)
    if (act.kind === 'undo') undo()
    else if (act.kind !== 'begin' && act.kind !== 'leave') {
      say(active, act)
      if (act.kind === 'accept' && rowAt(active) && active + 1 < total) onMove(active + 1)
    }
    return true
  }

  return {
    ...{ corrections, names, offered, pending, criteria, press, undo },
    choose: (place, active) => say(active, { kind: 'category', place, isMore: false }),
  }
}

/** What does not change while somebody works: categories in their order, of more than there are digits those used most. */
function useDigits(
  runId: string,
  anyRow: ResultRecord | undefined,
  used: QuickParts['used'],
): Pick<Quick, 'names' | 'offered'> {
  const [asked, setAsked] = useState<{ id: string; inputHash: string } | null>(null)
  useEffect(() => {
    if (asked === null && anyRow) setAsked({ id: anyRow.id, inputHash: anyRow.inputHash })
  }, [anyRow, asked])
  const item = useAnswer('run/item', asked && { runId, ...asked }, 0)
  const [found, setFound] = useState<Pick<Quick, 'names' | 'offered'>>({ names: [], offered: 0 })
  const all = item.kind === 'there' ? (item.value?.categories ?? null) : null
  useEffect(() => {
    if (found.offered > 0 || all === null || used === null) return
    const names = all.map(({ name }) => name)
    const rank = new Map(used.map(({ category }, place) => [category, place]))
    const rankOf = (name: string) => rank.get(name) ?? names.length + rank.size
    const first = names.length > digits ? [...names].sort((one, other) => rankOf(one) - rankOf(other)) : names
    setFound({ names: first.slice(0, digits), offered: names.length })
  }, [all, used])
  return found
}
