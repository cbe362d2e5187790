import { useEffect, useState } from 'preact/hooks'
import { usePersistedState } from '../state/persistedState.ts'
import { FilterDraft, noFilter } from './filterDraft.ts'

/** Whoever types is asked for after a moment only. */
const restMs = 250

/** What is typed, how it is changed, and what of it counts by now. Kept for each run, whatever side of it is shown. */
export function useFilterDraft(runId: string): [FilterDraft, (draft: FilterDraft) => void, FilterDraft] {
  const [draft, keepDraft] = usePersistedState<FilterDraft>(`filter ${runId}`, FilterDraft, noFilter)
  const [applied, setApplied] = useState(draft)
  useEffect(() => {
    const isTyped = draft.search !== applied.search
    const timer = setTimeout(() => setApplied(draft), isTyped ? restMs : 0)
    return () => clearTimeout(timer)
  }, [draft])
  return [draft, keepDraft, applied]
}
