import { useEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import { type ResultFilter, type ResultQuery, ResultSort } from '../../protocol/resultQueries.ts'
import { usePersistedState } from '../state/persistedState.ts'

/** What is typed and ticked; the scores are as they are typed. */
export const FilterDraft = z.object({
  search: z.string().max(200),
  status: z.array(z.enum(['ok', 'failed', 'skipped'])),
  categories: z.array(z.string().max(200)).max(100),
  minScore: z.string().max(20),
  maxScore: z.string().max(20),
  /** Absent in drafts that were stored before there was one. */
  belowConfidence: z.string().max(20).default(''),
  changedByHuman: z.boolean(),
})
export type FilterDraft = z.infer<typeof FilterDraft>

export const noFilter: FilterDraft = {
  search: '',
  status: [],
  categories: [],
  minScore: '',
  maxScore: '',
  belowConfidence: '',
  changedByHuman: false,
}

export const StoredSort = ResultSort.nullable()
export type StoredSort = z.infer<typeof StoredSort>

/** What is asked for; undefined: everything. A score or confidence that is none does not matter. */
export function filterOf(draft: FilterDraft): ResultFilter | undefined {
  const { search, status, categories, minScore, maxScore, belowConfidence, changedByHuman } = draft
  const [least, most, bound] = [readScore(minScore), readScore(maxScore), readConfidence(belowConfidence)]
  const filter: ResultFilter = {
    ...(search.trim() && { search: search.trim() }),
    ...(status.length > 0 && { status }),
    ...(categories.length > 0 && { categories }),
    ...(least !== null && { minScore: least }),
    ...(most !== null && { maxScore: most }),
    ...(bound !== null && { belowConfidence: bound }),
    ...(changedByHuman && { changedByHuman }),
  }
  return Object.keys(filter).length > 0 ? filter : undefined
}

/** The draft that asks for it; what drafts have no field for is left out. */
export function draftOf(filter: ResultFilter): FilterDraft {
  const {
    search = '',
    status = [],
    categories = [],
    minScore,
    maxScore,
    belowConfidence,
    changedByHuman = false,
  } = filter
  return {
    ...{ search, status, categories, changedByHuman },
    minScore: minScore === undefined ? '' : String(minScore),
    maxScore: maxScore === undefined ? '' : String(maxScore),
    belowConfidence: belowConfidence === undefined ? '' : String(belowConfidence),
  }
}

/** Null: nothing is typed, or it is no score. */
export function readScore(typed: string): number | null {
  const text = typed.trim().replace(',', '.')
  const score = Number(text)
  return text !== '' && score >= 0 && score <= 20 ? score : null
}

/** A part of 1, or percent as the table has them. Null: nothing is typed, or it is no confidence. */
export function readConfidence(typed: string): number | null {
  const [, digits = '', percent] = /^([\d.,]+)\s*(%?)$/.exec(typed.trim()) ?? []
  const share = Number(digits.replace(',', '.')) / (percent ? 100 : 1)
  return digits !== '' && share >= 0 && share <= 1 ? share : null
}

/** First down, where the highest figures come first; then up; then as in the source. */
export function nextSort(before: StoredSort, by: ResultSort['by']): StoredSort {
  const downFirst = by !== 'id' && by !== 'status' && by !== 'category'
  if (before?.by !== by) return { by, descending: downFirst }
  return before.descending === downFirst ? { by, descending: !downFirst } : null
}

/** While somebody types, the server is asked only after a pause. */
const restMs = 250

export interface RowQuery {
  /** What is typed and ticked. */
  draft: FilterDraft
  setDraft(draft: FilterDraft): void
  sort: StoredSort
  setSort(sort: StoredSort): void
  /** What of it counts by now. */
  query: ResultQuery
}

/** Which rows of a run are wanted, in which order. Stored, the filter for each run, whichever of its views is shown. */
export function useRowQuery(runId: string): RowQuery {
  const [draft, setDraft] = usePersistedState<FilterDraft>(`filter ${runId}`, FilterDraft, noFilter)
  const [sort, setSort] = usePersistedState<StoredSort>('sort', StoredSort, null)
  const [applied, setApplied] = useState(draft)
  useEffect(() => {
    const isTyped = draft.search !== applied.search && draft.search !== ''
    const timer = setTimeout(() => setApplied(draft), isTyped ? restMs : 0)
    return () => clearTimeout(timer)
  }, [draft])
  const filter = filterOf(applied)
  return { draft, setDraft, sort, setSort, query: { ...(filter && { filter }), ...(sort && { sort }) } }
}
