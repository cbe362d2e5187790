import type { Outcome } from '../../protocol/outcome.ts'
import type { ConnectionReport, Health, ModelInfo, ModelList } from '../../protocol/providers.ts'
import type { ProviderHealthRow } from '../store/healthTable.ts'

/** What a check leaves behind. */
export interface Facts {
  health: Health
  models: ModelList
  failures: number
  pausedUntil: string | null
}

/** An unchanged finding is stored this rarely: every store pushes an older snapshot, a backup, out. */
const storeEveryMs = 60 * 60_000
/** Shorter pauses are over before a restarted server asks. */
export const pauseWorthStoringMs = 10_000

export const neverChecked: Facts = {
  health: { state: 'unknown', reason: null, latencyMs: null, version: null, checkedAt: null },
  models: { state: 'never', models: [], listedAt: null },
  failures: 0,
  pausedUntil: null,
}

export function factsAfter(before: Facts, outcome: Outcome<ConnectionReport>, at: string): Facts {
  const { pausedUntil } = before
  const models = listAfter(before.models, outcome, at)
  if (outcome.ok) {
    const { latencyMs, version } = outcome.value
    return {
      health: { state: 'ok', reason: null, latencyMs, version, checkedAt: at },
      models,
      failures: 0,
      pausedUntil,
    }
  }
  const { reason } = outcome
  return {
    health: { state: 'failed', reason, latencyMs: null, version: before.health.version, checkedAt: at },
    models,
    failures: before.failures + 1,
    pausedUntil,
  }
}

export function isWorthStoring(before: ProviderHealthRow | undefined, facts: Facts): boolean {
  if (!before || describe(before) !== describe(facts)) return true
  if (pauseEnd(facts) - pauseEnd(before) >= pauseWorthStoringMs) return true
  const age = Date.parse(facts.health.checkedAt ?? '') - Date.parse(before.health.checkedAt ?? '')
  // A clock that was set back makes it younger than nothing.
  return age >= storeEveryMs || age < 0
}

/** Another process may have been asked to wait longer. */
export function laterOf(one: string | null, other: string | null): string | null {
  return pauseEnd({ pausedUntil: one }) >= pauseEnd({ pausedUntil: other }) ? one : other
}

function pauseEnd({ pausedUntil }: Pick<Facts, 'pausedUntil'>): number {
  return pausedUntil === null ? 0 : Date.parse(pausedUntil)
}

/** The first few failures are worth storing: they decide how soon a restarted server asks again. */
const failuresTold = 4

function describe({ health, models, failures }: Omit<Facts, 'pausedUntil'>): string {
  const names = models.models.map(({ model, unlistedSince }) => (unlistedSince ? [model] : model))
  const told = Math.min(failures, failuresTold)
  return JSON.stringify([
    health.state,
    health.reason?.code,
    health.version,
    models.state,
    models.isPartial,
    told,
    names,
  ])
}

export function identityOf(row: ProviderHealthRow | undefined): string {
  return row ? `${row.updatedAt} ${row.health.checkedAt} ${row.failures} ${row.pausedUntil}` : ''
}

/**
 * The model list after a check. A check that failed keeps the last good one, now stale: a network failure never changes what was
 * chosen. A model that the list lacks for the first time stays, marked; when the next good list lacks it, too, it is gone.
 */
function listAfter(before: ModelList, outcome: Outcome<ConnectionReport>, at: string): ModelList {
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
