import type { ModelInfo } from '../../protocol/providers.ts'

/** Whether a value can be the name of a model; providers list other things, too. */
export function isModelId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= 256
}

/** A count as a provider told it; undefined when it told none that can be true. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/** A text as a provider told it, fit for one line. */
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
