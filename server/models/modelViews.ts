import type { RegisteredModel } from '../../protocol/models.ts'
import type { ModelInfo, ModelLifecycle } from '../../protocol/providers.ts'
import { type AnnouncedLifecycle, lifecycleOfModel } from '../domain/modelLifecycle.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import { isSameModel, type OpenProvider } from '../providers/openProvider.ts'
import type { ModelRow } from '../store/modelTable.ts'

export interface ModelSources {
  health: Pick<HealthRecords, 'of'>
  announcedLifecycle: AnnouncedLifecycle
  /** Undefined when its kind is unknown or its settings are not valid. */
  openProvider(provider: string): OpenProvider | undefined
}

/** A registered model with what is known of it without asking anybody. */
export function viewModel(row: ModelRow, sources: ModelSources): RegisteredModel {
  const { provider, model, type, status, parameters, probe, embedding, isDefault, updatedAt } = row
  const { version } = sources.health.of(provider).health
  const isProbeOutdated = [probe, embedding].some((found) => found !== null && isMeasuredOfAnother(found, version))
  const lifecycle = lifecycleNow(row, sources)
  return {
    provider,
    model,
    type,
    status,
    parameters,
    isDefault,
    probe,
    embedding,
    isProbeOutdated,
    lifecycle,
    updatedAt,
    ...(row.unreadable === undefined ? {} : { unreadable: row.unreadable }),
  }
}

/** Few lists say how long vectors are; a test of the model has measured it. */
export function withMeasuredVectors(
  open: OpenProvider,
  models: readonly ModelInfo[],
  rows: readonly ModelRow[],
): ModelInfo[] {
  const measured = rows.filter(({ embedding }) => embedding !== null)
  return models.map((listed) => {
    const row = measured.find(({ model }) => isSameModel(open.adapter, model, listed.model))
    return row?.embedding ? { ...listed, dimensions: row.embedding.dimensions } : listed
  })
}

/** A server that does not report its version is taken to be the same one. */
export function isMeasuredOfAnother(
  { serverVersion }: { serverVersion: string | null },
  version: string | null,
): boolean {
  return version !== null && serverVersion !== null && version !== serverVersion
}

export function lifecycleNow(
  { provider, model, lifecycle }: Pick<ModelRow, 'provider' | 'model' | 'lifecycle'>,
  sources: ModelSources,
): ModelLifecycle | null {
  const open = sources.openProvider(provider)
  if (!open) return lifecycle
  const listed = findListed(open, sources.health.of(provider).models.models, model)
  const announced = sources.announcedLifecycle(open.adapter.kind, listed?.model ?? model)
  return lifecycleOfModel(listed, lifecycle, announced)
}

/** A model as its provider's list has it; the very name goes before another spelling. */
export function findListed(
  { adapter }: OpenProvider,
  models: readonly ModelInfo[],
  model: string,
): ModelInfo | undefined {
  return (
    models.find((listed) => listed.model === model) ??
    models.find((listed) => isSameModel(adapter, model, listed.model))
  )
}
