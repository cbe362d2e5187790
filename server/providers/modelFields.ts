import type { DecisionLimits } from '../../protocol/decisions.ts'
import type { ModelInfo } from '../../protocol/providers.ts'

/** Whether a value can be the name of a model; providers list other things, too. */
export function isModelId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= 256
}

/** A count as a provider reported it; undefined when it reported none that can be true. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/** A text as a provider reported it, fit for one line. */
export function labelOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 200) : undefined
}

/** The names of the flags that are set, or the texts of a list. */
export function namesOf(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.filter((name) => typeof name === 'string').slice(0, 50)
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).flatMap(([name, isSet]) => (isSet === true ? [name] : []))
}

/** The model's entry with only what the provider said. */
export function modelInfo(
  info: { [Name in keyof ModelInfo]: ModelInfo[Name] | undefined } & { model: string },
): ModelInfo {
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined)) as ModelInfo
}

/**
 * What a list says of deciding: `writes` and `decides` are whether it names either. What only decides is of its own type. Tokens of a
 * request are the context's, unless the place has a limit of its own.
 */
export function decidingInfo(
  { writes, decides }: { writes: boolean; decides: boolean },
  limits: DecisionLimits,
  contextTokens: number | undefined,
): Pick<ModelInfo, 'type' | 'decisions'> {
  if (!decides) return {}
  const decisions = contextTokens === undefined ? limits : { tokens: contextTokens, ...limits }
  return { type: writes ? 'generation' : 'decision', decisions }
}

/** A day or instant as providers write them, as an ISO instant in UTC; null when it is none. Numbers are seconds since 1970. */
export function toInstant(value: unknown): string | null {
  const time = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN
  const latest = 8.64e15
  return Number.isFinite(time) && Math.abs(time) <= latest ? new Date(time).toISOString() : null
}

/** A number of tokens as a provider reported it; null when it reported none that can be true. */
export function tokens(value: unknown): number | null {
  const mostPlausible = 1e9
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostPlausible ? value : null
}

/** Tokens that are reported apart and belong together; null when none was reported. */
export function sumTokens(...values: unknown[]): number | null {
  const known = values.map(tokens).filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

/** What a call cost in US dollars, where the provider reported an amount that can be true. */
export function costOf(value: unknown): { costUsd?: number } {
  return typeof value === 'number' && value >= 0 && value < 1e6 ? { costUsd: value } : {}
}
