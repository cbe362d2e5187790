import * as z from 'zod'
import { Instant } from '../../protocol/names.ts'
import { CategoryChoice, defaultLimits, ItemLimits, type Preferences, ProfileExamples } from '../../protocol/profile.ts'
import type { Database, ReadableDatabase } from './database.ts'
import { columnsOf, decodeRow, type Encoded, jsonColumn, saveRow } from './rows.ts'

const Row = z.object({
  interests: z.string(),
  anti_interests: z.string(),
  active_llm_provider: z.string().nullable(),
  limits_json: jsonColumn(ItemLimits).nullable(),
  examples_json: jsonColumn(ProfileExamples).nullable(),
  category_choice_json: jsonColumn(CategoryChoice).nullable(),
  updated_at: Instant,
})

/** Empty preferences when nothing was ever saved. */
export function readPreferences(database: ReadableDatabase): Preferences {
  const row = database.get(`SELECT ${columnsOf(Row)} FROM user_preferences WHERE id = 1`)
  if (!row)
    return {
      interests: '',
      anti_interests: '',
      active_llm_provider: null,
      limits: defaultLimits,
      examples: null,
      category_choice: null,
      updatedAt: null,
    }
  const { updated_at, limits_json, examples_json, category_choice_json, ...preferences } = decodeRow(
    'user_preferences',
    Row,
    row,
  )
  return {
    ...preferences,
    limits: limits_json ?? defaultLimits,
    examples: examples_json,
    category_choice: category_choice_json,
    updatedAt: updated_at,
  }
}

/** Absent fields stay as they are. A provider must exist: the foreign key refuses otherwise. */
export function savePreferences(
  database: Database,
  change: {
    interests?: string | undefined
    anti_interests?: string | undefined
    active_llm_provider?: string | null | undefined
    limits?: ItemLimits | undefined
    examples?: ProfileExamples | null | undefined
    category_choice?: CategoryChoice | null | undefined
  },
  updatedAt: string,
): Preferences {
  const before = readPreferences(database)
  const after: Preferences = {
    interests: change.interests ?? before.interests,
    anti_interests: change.anti_interests ?? before.anti_interests,
    active_llm_provider:
      change.active_llm_provider === undefined ? before.active_llm_provider : change.active_llm_provider,
    limits: change.limits ?? before.limits,
    examples: change.examples === undefined ? before.examples : change.examples,
    category_choice: change.category_choice === undefined ? before.category_choice : change.category_choice,
    updatedAt,
  }
  const row: Encoded<typeof Row> = {
    interests: after.interests,
    anti_interests: after.anti_interests,
    active_llm_provider: after.active_llm_provider,
    limits_json: encodeLimits(after.limits),
    examples_json: after.examples && JSON.stringify(after.examples),
    category_choice_json: after.category_choice && JSON.stringify(after.category_choice),
    updated_at: updatedAt,
  }
  saveRow(database, 'user_preferences', ['id'], { id: 1, ...row })
  return after
}

/** The product's own are not kept, so that they stay the product's. */
function encodeLimits(limits: ItemLimits): string | null {
  const { categorize_chars, score_chars } = limits
  const isDefault = categorize_chars === defaultLimits.categorize_chars && score_chars === defaultLimits.score_chars
  return isDefault ? null : JSON.stringify(limits)
}
