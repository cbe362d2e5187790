import type { Outcome } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { findCriteriaProblems } from '../domain/criteria.ts'
import type { ReadableDatabase } from '../store/database.ts'
import { readPreferences } from '../store/preferencesTable.ts'
import { listPrompts } from '../store/promptTable.ts'
import { profileFromStore } from './profileFromStore.ts'

/** How a reason calls the stored profile, where a file has its path. */
const storedName = 'stored'

/** `profile_invalid`: what the stored criteria cannot be asked with. Null: a run could start with them, or there are none. */
export function findStoredProblems(database: ReadableDatabase): Extract<Outcome<never>, { ok: false }> | null {
  const problems = findCriteriaProblems(profileFromStore([], readPreferences(database), listPrompts(database)))
  return problems.length > 0 ? fail({ code: 'profile_invalid', file: storedName, problems }) : null
}
