import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Criterion } from '../../protocol/criteria.ts'
import type { ResultSummary, RunItem } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ShownItem } from '../../protocol/resultsPage.ts'
import { pageRows, type RowPages } from '../grid/rowPages.ts'
import { useRowPages } from '../grid/useRowPages.ts'
import { usePersistedState } from '../state/persistedState.ts'
import type { RowQuery } from './filterDraft.ts'
import { useAnswer, useResults } from './resultsContext.ts'
import { useHeldItem } from './useHeldItem.ts'
import { type Quick, useQuickCorrections } from './useQuickCorrections.ts'

const StoredRow = z.object({ index: z.int().nonnegative(), isOpen: z.boolean() })
type StoredRow = z.infer<typeof StoredRow>

export interface ResultRowsParts {
  runId: string
  /** The profile's own; null: interest and quality are asked. */
  criteria: readonly Criterion[] | null
  query: RowQuery['query']
  version: number
  /** Another one when what people say has changed. */
  labels: number
  /** An item that somebody wants to see, until it is seen. */
  target: ShownItem | null
  onSeen(): void
}

export interface ResultRows {
  /** Which rows these are, in which order. */
  key: string
  pages: RowPages<ResultRecord>
  total: number
  /** As they count now; undefined: not read yet. */
  rowAt(index: number): ResultRecord | undefined
  /** Reads which results stand at these places, `last` not included. Fewer: there are no more, or they cannot be read. */
  identify(first: number, last: number): Promise<ShownItem[]>
  /** These rows are being looked at, `last` not included. */
  onRows(first: number, last: number): void
  /** How many items a search could not look into. */
  unsearched: number
  /** Of the whole run, with how many items have it. */
  categories: ResultSummary['byCategory'] | null
  active: number
  isOpen: boolean
  /** Another row is looked at: what was held is let go. */
  look(next: Partial<StoredRow>): void
  /** An item of the run is looked at, wherever it stands. */
  show(item: ShownItem): void
  /** The item that was asked for and is not in the run. */
  isGone: boolean
  /** What is told in full; undefined: nothing. */
  shown: ResultRecord | undefined
  /** The same with what may be said of it; null: not read. */
  item: RunItem | null
  isCorrecting: boolean
  /** Opens or closes the form of a correction; its row is held, since what is said of it may move it. */
  correct(result: ResultRecord | undefined, isOpen: boolean): void
  quick: Quick
}

/** The rows that a query finds, the one that is looked at, and what is said of it. */
export function useResultRows({
  runId,
  criteria,
  query,
  version,
  labels,
  target,
  onSeen,
}: ResultRowsParts): ResultRows {
  const key = JSON.stringify([runId, query])
  const steady = useSteadyRows(key, labels)
  const { pages, unsearched, identify } = useResultPages(runId, key, query, version + steady.labels)
  const summary = useAnswer('run/summary', { runId }, version + labels)
  const categories = useLast(summary.kind === 'there' ? summary.value.byCategory : null)
  const total = pages.total ?? 0
  const [row, setRow] = usePersistedState<StoredRow>(`row ${runId}`, StoredRow, { index: 0, isOpen: false })
  const active = Math.min(row.index, Math.max(0, total - 1))
  const held = useHeldItem({
    ...{ runId, query, target, onSeen },
    version: version + labels,
    onPlace(index) {
      steady.letGo()
      setRow({ index, isOpen: true })
    },
  })
  const [isCorrecting, setIsCorrecting] = useState(false)
  const look = (next: Partial<StoredRow>) => {
    held.hold(null)
    setIsCorrecting(false)
    setRow({ index: active, isOpen: row.isOpen, ...next })
  }
  const quick = useQuickCorrections({
    ...{ runId, criteria, total, view: key },
    anyRow: pages.row(active),
    used: categories,
    rowAt: (index) => pages.row(index),
    onMove: (index) => look({ index }),
    onFind: held.hold,
    onSaid: steady.hold,
  })
  const { corrections } = quick
  useEffect(() => corrections.forget(), [key])
  const rowAt = (index: number) => {
    const read = pages.row(index)
    return read && corrections.over(read)
  }
  const item = held.found && { ...held.found, result: corrections.over(held.found.result) }
  return {
    ...{ key, pages, total, rowAt, identify, unsearched, categories, active, look, item, isCorrecting, quick },
    show(wanted) {
      setIsCorrecting(false)
      held.hold(wanted)
    },
    onRows: useCallback((first: number, last: number) => pages.want(first, last), [pages]),
    isOpen: row.isOpen,
    isGone: held.isGone,
    shown: item?.result ?? (row.isOpen ? rowAt(active) : undefined),
    correct(result, isOpen) {
      if (!result) return
      steady.letGo()
      if (!isOpen) corrections.forget(result.inputHash)
      held.hold({ id: result.id, inputHash: result.inputHash })
      setIsCorrecting(isOpen)
    },
  }
}

function useResultPages(runId: string, key: string, query: RowQuery['query'], version: number) {
  const { host } = useResults()
  const [missed, setMissed] = useState({ key, items: 0 })
  const pages = useRowPages<ResultRecord>(key, version, async (offset, limit, signal) => {
    const page = await host.request('run/results', { runId, ...query, offset, limit }, signal)
    if (page.ok) setMissed({ key, items: page.value.unsearched ?? 0 })
    return page
  })
  const identify = async (first: number, last: number) => {
    const found: ShownItem[] = []
    while (first + found.length < last) {
      const offset = first + found.length
      const page = await host.request('run/results', {
        runId,
        ...query,
        offset,
        limit: Math.min(pageRows, last - offset),
      })
      if (!page.ok || page.value.rows.length === 0) break
      found.push(...page.value.rows.map(({ id, inputHash }) => ({ id, inputHash })))
    }
    return found
  }
  return { pages, identify, unsearched: missed.key === key ? missed.items : 0 }
}

/**
 * Whoever corrects row after row works through a list: what is said moves no row and leaves none out, until another filter or order is
 * chosen, or the form of a correction is opened.
 */
function useSteadyRows(key: string, labels: number) {
  const [since, setSince] = useState<number | null>(null)
  useEffect(() => setSince(null), [key])
  return {
    labels: since ?? labels,
    hold: () => setSince((before) => before ?? labels),
    letGo: () => setSince(null),
  }
}

/** What was read last stays while it is read again. */
function useLast<Value>(value: Value | null): Value | null {
  const last = useRef(value)
  if (value !== null) last.current = value
  return last.current
}
