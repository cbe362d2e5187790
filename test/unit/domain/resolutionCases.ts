import type { Health, ModelList } from '../../../protocol/providers.ts'
import type { Reason, ReasonFacts } from '../../../protocol/reasons.ts'
import type { KindRules, ProviderFacts, ResolutionSnapshot } from '../../../server/domain/resolutionSnapshot.ts'
import { explainReason } from '../../../shared/describe/reason.ts'

export const now = Date.parse('2026-11-21T12:00:00Z')
export const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString()

/** A kind whose stored settings say all that a case wants to vary. */
export const testKind: KindRules = {
  keyNeed: 'required',
  parseConfig: (config) =>
    typeof config === 'object' && config !== null && 'endpoint' in config
      ? { ok: true, config }
      : { ok: false, problems: [{ path: 'endpoint', message: 'is missing' }] },
  endpoint: (config) => (config as { endpoint: string | null }).endpoint,
  defaultModel: (config) => (config as { model?: string }).model ?? null,
}

export const kinds = new Map<string, KindRules>([
  ['remote', testKind],
  ['local', { ...testKind, keyNeed: 'none', isSameModel: (wanted, listed) => listed === `${wanted}:latest` }],
  ['keyed', { ...testKind, keyNeed: 'optional' }],
  ['ofEditor', { ...testKind, keyNeed: 'none', lacksEditor: true }],
])

export const well: Health = { state: 'ok', reason: null, latencyMs: 12, version: '1', checkedAt: minutesAgo(1) }
export const listed = (...models: string[]): ModelList => ({
  state: 'fresh',
  models: models.map((model) => ({ model })),
  listedAt: minutesAgo(1),
})

export function failing(facts: ReasonFacts, minutes = 1): Health {
  const reason: Reason = explainReason(facts)
  return { state: 'failed', reason, latencyMs: null, version: null, checkedAt: minutesAgo(minutes) }
}

export function provider(changes: Partial<ProviderFacts> = {}): ProviderFacts {
  return {
    provider: 'p',
    kind: 'remote',
    enabled: true,
    config: { endpoint: 'https://api.example.com/v1' },
    key: { state: 'present', source: 'secret_store' },
    plainHttpAllowed: false,
    health: well,
    models: listed('m', 'm-large', 'other'),
    ...changes,
  }
}

export function snapshotOf(
  providers: ProviderFacts[] = [provider()],
  changes: Partial<ResolutionSnapshot> = {},
): ResolutionSnapshot {
  return {
    routes: [{ task: 'categorization', provider: 'p', model: 'm', options: {} }],
    providers,
    kinds,
    now,
    ...changes,
  }
}
