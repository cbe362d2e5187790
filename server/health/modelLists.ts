import type { Outcome } from '../../protocol/outcome.ts'
import type { ConnectionReport, ModelInfo, ModelList } from '../../protocol/providers.ts'

/**
 * The model list after a check. A check that failed keeps the last good one, now stale: a network failure never changes what was
 * chosen. A model that the list lacks for the first time stays, marked; when the next good list lacks it, too, it is gone.
 */
export function listAfter(before: ModelList, outcome: Outcome<ConnectionReport>, at: string): ModelList {
  if (!outcome.ok) return { ...before, state: before.state === 'never' ? 'never' : 'stale' }
  const { models, isListPartial } = outcome.value
  if (isListPartial) return { state: 'fresh', models, listedAt: at, isPartial: true }
  const listed = new Set(models.map(({ model }) => model))
  const missing = before.models
    .filter((known) => !listed.has(known.model) && !isUnlisted(known))
    .map((known) => ({ ...known, unlistedSince: at }))
  return { state: 'fresh', models: [...models, ...missing], listedAt: at }
}

export function isUnlisted({ unlistedSince }: ModelInfo): boolean {
  return unlistedSince !== undefined
}
