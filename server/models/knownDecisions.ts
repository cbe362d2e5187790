import type { DecisionLimits } from '../../protocol/decisions.ts'
import type { ModelType, ProbeFindings } from '../../protocol/models.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { Store } from '../store/store.ts'
import { findListed, isMeasuredOfAnother } from './modelViews.ts'
import { findRegistered } from './registeredModels.ts'

/** What list, registration, probe and kind say of a model's native decisions; see `DecisionPort`. */
export interface KnownDecisions {
  limits: DecisionLimits
  isKnown: boolean
  isOnly: boolean
}

/** Of a model that is not asked now. Null: its kind has none, or somebody has found out that the model has none. */
export function knownDecisions(
  { store, health }: { store: Pick<Store, 'read'>; health: Pick<HealthRecords, 'of'> },
  open: OpenProvider,
  model: string,
): KnownDecisions | null {
  const row = store.read((database) => findRegistered(database, open, model))
  const { health: found, models } = health.of(open.provider)
  const probe = row && row.probe !== null && !isMeasuredOfAnother(row.probe, found.version) ? row.probe : null
  const listed = findListed(open, models.models, model)
  return decisionsKnownOf(open, model, { listed, probe, type: row?.type ?? null })
}

export function decisionsKnownOf(
  { adapter, config }: OpenProvider,
  model: string,
  { listed, probe, type }: { listed: ModelInfo | undefined; probe: ProbeFindings | null; type: ModelType | null },
): KnownDecisions | null {
  const known = adapter.decisionLimits?.(config, model) ?? null
  const isOnly = (type ?? listed?.type) === 'decision'
  const isKnown = isOnly || listed?.decisions !== undefined || probe?.decisions != null
  if (adapter.decide === undefined || known === null || (probe?.decisions === null && !isKnown)) return null
  return { limits: { ...known, ...listed?.decisions, ...probe?.decisions?.limits }, isKnown, isOnly }
}
