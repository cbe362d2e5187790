import { useEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import { type ResultFilter, ResultSort } from '../../protocol/resultQueries.ts'
import { usePersistedState } from '../state/persistedState.ts'

/** What is typed and ticked; the scores are as they are typed. */
export const FilterDraft = z.object({
  search: z.string().max(200),
  status: z.array(z.enum(['ok', 'failed', 'skipped'])),
  categories: z.array(z.string().max(200)).max(100),
  minScore: z.string().max(20),
  maxScore: z.string().max(20),
  changedByHuman: z.boolean(),
})
export type FilterDraft = z.infer<typeof FilterDraft>

export const noFilter: FilterDraft = {
  search: '',
  status: [],
  categories: [],
  minScore: '',
  maxScore: '',
  changedByHuman: false,
}

export const StoredSort = ResultSort.nullable()
export type StoredSort = z.infer<typeof StoredSort>

/** What is asked for; undefined: everything. A score that is none does not matter. */
export function filterOf(draft: FilterDraft): ResultFilter | undefined {
  const { search, status, categories, minScore, maxScore, changedByHuman } = draft
  const [least, most] = [readScore(minScore), readScore(maxScore)]
  const filter: ResultFilter = {
    ...(search.trim() && { search: search.trim() }),
    ...(status.length > 0 && { status }),
    ...(categories.length > 0 && { categories }),
    ...(least !== null && { minScore: least }),
    ...(most !== null && { maxScore: most }),
    ...(changedByHuman && { changedByHuman }),
  }
  return Object.keys(filter).length > 0 ? filter : undefined
}

/** Null: nothing is typed, or it is no score. */
function readScore(typed: string): number | null {
  const text = typed.trim().replace(',', '.')
  const score = Number(text)
  return text !== '' && score >= 0 && score <= 20 ? score : null
}

export function isScoreWrong(typed: string): boolean {
  return typed.trim() !== '' && readScore(typed) === null
}

/** First down, where the highest figures come first; then up; then as in the source. */
export function nextSort(before: StoredSort, by: ResultSort['by']): StoredSort {
  const downFirst = by !== 'id' && by !== 'status' && by !== 'category'
  if (before?.by !== by) return { by, descending: downFirst }
  return before.descending === downFirst ? { by, descending: !downFirst } : null
}

/** While somebody types, the server is asked only after a pause. */
const restMs = 250

/** What is typed, how it is changed, and what of it counts by now. Stored for each run, whichever of its views is shown. */
export function useFilterDraft(runId: string): [FilterDraft, (draft: FilterDraft) => void, FilterDraft] {
  const [draft, setDraft] = usePersistedState<FilterDraft>(`filter ${runId}`, FilterDraft, noFilter)
  const [applied, setApplied] = useState(draft)
  useEffect(() => {
    const isTyped = draft.search !== applied.search
    const timer = setTimeout(() => setApplied(draft), isTyped ? restMs : 0)
    return () => clearTimeout(timer)
  }, [draft])
  return [draft, setDraft, applied]
}
