import * as z from 'zod'
import { textOfList } from '../../protocol/parameterShapes.ts'
import type { ConfigField, ProviderConfig } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { groupOf, valueAt, withValueAt } from '../../shared/nestedValues.ts'
import { usePersistedState } from '../state/persistedState.ts'

/** A form as it is typed: texts as they stand in their fields, by field name. Empty: the default counts. */
export const Draft = z.record(z.string(), z.union([z.string(), z.boolean()]))
export type Draft = z.infer<typeof Draft>

export function draftOf(fields: readonly ConfigField[], config: ProviderConfig): Draft {
  return Object.fromEntries(fields.map((field) => [field.name, draftValue(field, valueAt(config, field.name))]))
}

function draftValue(field: ConfigField, value: unknown): string | boolean {
  const present = value ?? field.default ?? null
  if (field.type === 'boolean') return present === true
  if (Array.isArray(present)) return textOfList(present)
  if (typeof present === 'object' && present !== null) return JSON.stringify(present)
  return present === null ? '' : String(present)
}

/**
 * What is saved. What the form has no field for stays as it is in `before`; a text that is empty is left out, so that the
 * default counts; a number that is none stays a text, so that the server refuses it, too.
 */
export function configOf(fields: readonly ConfigField[], draft: Draft, before: ProviderConfig): ProviderConfig {
  const names = new Set(fields.map(({ name }) => groupOf(name)))
  const others = Object.fromEntries(Object.entries(before).filter(([name]) => !names.has(name)))
  return fields.reduce<ProviderConfig>((config, field) => {
    const value = configValue(field, draft[field.name] ?? '')
    // A default that was not chosen stays a default, and changes with the product's.
    const unset = field.type === 'boolean' ? false : undefined
    const isDefault = valueAt(before, field.name) === undefined && value === (field.default ?? unset)
    return value === undefined || isDefault ? config : withValueAt<ProviderConfig[string]>(config, field.name, value)
  }, others)
}

function configValue(field: ConfigField, value: string | boolean): string | number | boolean | undefined {
  if (typeof value === 'boolean') return value
  const text = value.trim()
  if (text === '') return undefined
  if (field.type !== 'integer' && field.type !== 'number') return text
  const number = Number(text)
  return Number.isFinite(number) ? number : text
}

/** The fields in which two drafts differ. */
export function differingFields(fields: readonly ConfigField[], one: Draft, other: Draft): ConfigField[] {
  return fields.filter(({ name }) => one[name] !== other[name])
}

/**
 * The half-filled form that `of` names; it survives hiding, reloading and restoring. Until somebody types, it is `initial`, and follows
 * it; undefined makes it that again.
 */
export function useFormDraft<Value extends { of: string } & Record<string, z.core.util.JSONType>>(
  name: string,
  schema: z.ZodType<Value>,
  initial: Value,
) {
  const [stored, setDraft] = usePersistedState<Value | null>(name, schema.nullable(), null)
  const own = stored?.of === initial.of ? stored : null
  return { draft: own ?? initial, isTouched: own !== null, setDraft }
}

/** How far a save is. */
export type SaveState = { kind: 'idle' } | { kind: 'saving' } | { kind: 'refused'; reason: Reason }

/** As it is typed: `0.8`, `0,8` or `80 %`. Null: nothing is; NaN: it is no such number, or beyond 0 to 1. */
export function readShare(typed: string): number | null {
  const text = typed.trim().replace(',', '.')
  if (text === '') return null
  const [, number, percent] = /^(\d{1,3}(?:\.\d{0,6})?|\.\d{1,6})\s*(%?)$/.exec(text) ?? []
  const share = Number(number ?? Number.NaN) / (percent === '%' ? 100 : 1)
  return share >= 0 && share <= 1 ? Math.round(share * 1e6) / 1e6 : Number.NaN
}
