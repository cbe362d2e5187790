import type { ModelType, RegisteredModel } from '../../protocol/models.ts'
import type { ModelInfo, ModelLifecycle, ProviderView } from '../../protocol/providers.ts'

/** A model that is registered, or listed by its provider, or both. */
export interface KnownModel {
  provider: string
  model: string
  registered: RegisteredModel | null
  /** As its provider lists it; null: the last good list does not have it, or there is none. */
  listed: ModelInfo | null
  /** At the last check the provider listed all of its models, and this one was not among them. */
  isMissing: boolean
}

/** All that can be spoken of: provider by provider, and there by name. */
export function knownModels(
  providers: readonly ProviderView[],
  registered: readonly RegisteredModel[],
): readonly KnownModel[] {
  const rows = new Map<string, Map<string, RegisteredModel>>()
  for (const row of registered) {
    const own = rows.get(row.provider) ?? new Map()
    rows.set(row.provider, own.set(row.model, row))
  }
  return providers.flatMap((view) => modelsOf(view, rows.get(view.provider) ?? new Map()))
}

function modelsOf({ provider, models }: ProviderView, rows: ReadonlyMap<string, RegisteredModel>): KnownModel[] {
  const listed = new Map(models.models.map((info) => [info.model, info]))
  const isWhole = models.state === 'fresh' && !models.isPartial
  return [...new Set([...rows.keys(), ...listed.keys()])].sort(compareNames).map((model) => ({
    provider,
    model,
    registered: rows.get(model) ?? null,
    listed: listed.get(model) ?? null,
    isMissing: isWhole && !listed.has(model),
  }))
}

const compareNames = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

/** As it is registered, else as it is listed; null: unknown. */
export function typeOf({ registered, listed }: KnownModel): ModelType | null {
  return registered?.type ?? listed?.type ?? null
}

export type ModelEnd = Pick<ModelLifecycle, 'deprecatedAt' | 'shutdownAt' | 'replacement'> & {
  source: ModelLifecycle['source'] | null
}

/** What was announced of its end, by the source that knows best; null: nothing. */
export function endOf({ registered, listed }: Pick<KnownModel, 'registered' | 'listed'>): ModelEnd | null {
  const known = registered?.lifecycle ?? listed?.lifecycle
  if (known) return known
  const { deprecatedAt = null, shutdownAt = null, replacement = null, deprecated = false } = listed ?? {}
  const isSaid = deprecatedAt !== null || shutdownAt !== null || deprecated || registered?.status === 'deprecated'
  return isSaid ? { deprecatedAt, shutdownAt, replacement, source: listed ? 'live' : null } : null
}

function isShutDown(end: ModelEnd | null, now: number): boolean {
  return end?.shutdownAt != null && Date.parse(end.shutdownAt) <= now
}

/** A type and not an interface: it is stored as JSON. */
export type ModelChoice = {
  search: string
  provider: string
  type: 'all' | ModelType
  status: 'all' | 'active' | 'inactive' | 'deprecated' | 'unregistered'
}

/** Every word has to be found in the names of model and provider. A model of unknown type is found under both. */
export function isChosen(known: KnownModel, { search, provider, type, status }: ModelChoice): boolean {
  if (provider !== '' && known.provider !== provider) return false
  if (type !== 'all' && (typeOf(known) ?? type) !== type) return false
  if (!hasStatus(known, status)) return false
  const text = `${known.provider} ${known.model} ${known.listed?.label ?? ''}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

function hasStatus(known: KnownModel, status: ModelChoice['status']): boolean {
  switch (status) {
    case 'all':
      return true
    case 'unregistered':
      return known.registered === null
    // Whatever its row says: its provider has announced its end.
    case 'deprecated':
      return endOf(known) !== null
    case 'active':
    case 'inactive':
      return known.registered?.status === status
  }
}

/** Whether a task may go through it: it generates, is not switched off, and has not ended. */
export function canDoTasks(known: KnownModel, now: number): boolean {
  const type = typeOf(known)
  const canJudge = type !== 'embedding' && type !== 'ner'
  return canJudge && known.registered?.status !== 'inactive' && !isShutDown(endOf(known), now)
}
