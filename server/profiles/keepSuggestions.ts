import { succeed } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import type { SuggestedName } from '../engine/runTally.ts'
import { addSuggestion } from '../store/categoryTable.ts'
import type { StoredData } from '../store/change.ts'
import { auditCategory } from './auditCategory.ts'
import { loadProfile } from './loadProfile.ts'

/** A suggestion that only one or two items made is noise; a person reads only so many. */
const suggestionsKept = 20

/** Names wait for approval only where they could be approved: in the stored profile. */
export async function keepSuggestions(
  { store, change, now }: StoredData,
  suggestions: readonly SuggestedName[],
  request: RunRequest,
): Promise<void> {
  if (suggestions.length === 0) return
  const profile = await loadProfile(store, request)
  if (!profile.ok || profile.value.from.origin !== 'stored') return
  await change(['categories', 'audit'], (database) => {
    for (const { name, parent } of suggestions.slice(0, suggestionsKept)) {
      const kept = addSuggestion(database, { name, parent }, now())
      if (kept) auditCategory(database, now(), { action: 'suggest', before: null, after: kept })
    }
    return succeed(null)
  })
}
