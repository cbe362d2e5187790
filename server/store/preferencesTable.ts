import * as z from 'zod'
import { Instant } from '../../protocol/names.ts'
import type { Preferences } from '../../protocol/profile.ts'
import type { Database, ReadableDatabase } from './database.ts'
import { decodeRow } from './decodeRow.ts'

const Row = z.object({
  interests: z.string(),
  anti_interests: z.string(),
  active_llm_provider: z.string().nullable(),
  updated_at: Instant,
})

/** Empty preferences when nothing was ever saved. */
export function readPreferences(database: ReadableDatabase): Preferences {
  const row = database.get(
    'SELECT interests, anti_interests, active_llm_provider, updated_at FROM user_preferences WHERE id = 1',
  )
  if (!row) return { interests: '', anti_interests: '', active_llm_provider: null, updatedAt: null }
  const { updated_at, ...preferences } = decodeRow('user_preferences', Row, row)
  return { ...preferences, updatedAt: updated_at }
}

/** Absent fields stay as they are. A provider must exist: the foreign key refuses otherwise. */
export function savePreferences(
  database: Database,
  change: {
    interests?: string | undefined
    anti_interests?: string | undefined
    active_llm_provider?: string | null | undefined
  },
  updatedAt: string,
): Preferences {
  const before = readPreferences(database)
  const after: Preferences = {
    interests: change.interests ?? before.interests,
    anti_interests: change.anti_interests ?? before.anti_interests,
    active_llm_provider:
      change.active_llm_provider === undefined ? before.active_llm_provider : change.active_llm_provider,
    updatedAt,
  }
  database.run(
    `INSERT INTO user_preferences (id, interests, anti_interests, active_llm_provider, updated_at) VALUES (1, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET
       interests = excluded.interests, anti_interests = excluded.anti_interests,
       active_llm_provider = excluded.active_llm_provider, updated_at = excluded.updated_at`,
    [after.interests, after.anti_interests, after.active_llm_provider, updatedAt],
  )
  return after
}
