import * as z from 'zod'
import { Criteria, ScoreRange } from '../../protocol/criteria.ts'
import { ProfileGate } from '../../protocol/gate.ts'
import { Instant } from '../../protocol/names.ts'
import { CategoryChoice, defaultLimits, ItemLimits, Preferences, ProfileExamples } from '../../protocol/profile.ts'
import type { Database, ReadableDatabase } from './database.ts'
import { columnsOf, decodeRow, type Encoded, jsonColumn, saveRow } from './rows.ts'

const Row = z.object({
  interests: z.string(),
  anti_interests: z.string(),
  active_llm_provider: z.string().nullable(),
  limits_json: jsonColumn(ItemLimits).nullable(),
  examples_json: jsonColumn(ProfileExamples).nullable(),
  category_choice_json: jsonColumn(CategoryChoice).nullable(),
  criteria_json: jsonColumn(Criteria).nullable(),
  score_json: jsonColumn(ScoreRange).nullable(),
  gate_json: jsonColumn(ProfileGate).nullable(),
  language: Preferences.shape.language,
  updated_at: Instant,
})

const nothingSaved: Preferences = {
  interests: '',
  anti_interests: '',
  active_llm_provider: null,
  limits: defaultLimits,
  examples: null,
  category_choice: null,
  criteria: null,
  score: null,
  language: null,
  gate: null,
  updatedAt: null,
}

/** Empty preferences when nothing was ever saved. */
export function readPreferences(database: ReadableDatabase): Preferences {
  const row = database.get(`SELECT ${columnsOf(Row)} FROM user_preferences WHERE id = 1`)
  if (!row) return nothingSaved
  const {
    updated_at,
    limits_json,
    examples_json,
    category_choice_json,
    criteria_json,
    score_json,
    gate_json,
    ...preferences
  } = decodeRow('user_preferences', Row, row)
  return {
    ...preferences,
    limits: limits_json ?? defaultLimits,
    examples: examples_json,
    category_choice: category_choice_json,
    criteria: criteria_json,
    score: score_json,
    gate: gate_json,
    updatedAt: updated_at,
  }
}

export type PreferencesChange = { [Name in keyof Omit<Preferences, 'updatedAt'>]?: Preferences[Name] | undefined }

/** Absent fields stay as they are. A provider must exist: the foreign key refuses otherwise. */
export function savePreferences(database: Database, change: PreferencesChange, updatedAt: string): Preferences {
  const said = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const after: Preferences = { ...readPreferences(database), ...said, updatedAt }
  const row: Encoded<typeof Row> = {
    interests: after.interests,
    anti_interests: after.anti_interests,
    active_llm_provider: after.active_llm_provider,
    limits_json: encodeLimits(after.limits),
    examples_json: encode(after.examples),
    category_choice_json: encode(after.category_choice),
    criteria_json: encode(after.criteria),
    score_json: encode(after.score),
    gate_json: encode(after.gate),
    language: after.language,
    updated_at: updatedAt,
  }
  saveRow(database, 'user_preferences', ['id'], { id: 1, ...row })
  return after
}

function encode(value: object | null): string | null {
  return value && JSON.stringify(value)
}

/** The product's own are not kept, so that they stay the product's. */
function encodeLimits(limits: ItemLimits): string | null {
  const { categorize_chars, score_chars } = limits
  const isDefault = categorize_chars === defaultLimits.categorize_chars && score_chars === defaultLimits.score_chars
  return isDefault ? null : JSON.stringify(limits)
}
