import type { RegisteredModel } from '../../protocol/models.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { ModelInfo, ModelLifecycle } from '../../protocol/providers.ts'
import { type AnnouncedLifecycle, lifecycleOfModel } from '../domain/modelLifecycle.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import { isSameModel, type OpenProvider } from '../providers/openProvider.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import {
  findModelAsFarAsReadable,
  listRegistrationsOf,
  type ModelRegistration,
  type ModelRow,
  saveModel,
} from '../store/modelTable.ts'
import type { ModelLatencies } from '../usage/modelLatencies.ts'
import { modelTarget } from './registeredModels.ts'

export interface ModelSources {
  health: Pick<HealthRecords, 'of'>
  announcedLifecycle: AnnouncedLifecycle
  latencies: Pick<ModelLatencies, 'of'>
  /** Undefined when its kind is unknown or its settings are not valid. */
  openProvider(provider: string): OpenProvider | undefined
}

/** A registered model with what is known of it without asking anybody. */
export function viewModel(row: ModelRow, sources: ModelSources): RegisteredModel {
  const { provider, model, type, status, parameters, price, probe, embedding, isDefault, sync, updatedAt } = row
  const { version } = sources.health.of(provider).health
  const isProbeOutdated = [probe, embedding].some((found) => found !== null && isMeasuredOfAnother(found, version))
  const lifecycle = lifecycleNow(row, sources)
  return {
    provider,
    model,
    type,
    status,
    parameters,
    price,
    latency: sources.latencies.of(provider, model),
    isDefault,
    sync,
    probe,
    embedding,
    isProbeOutdated,
    lifecycle,
    updatedAt,
    ...(row.unreadable === undefined ? {} : { unreadable: row.unreadable }),
  }
}

/** What can be given away of it; undefined: nothing, because it cannot be read. */
export function publicModel(shown: RegisteredModel): RegisteredModel | undefined {
  if (shown.unreadable !== undefined) return undefined
  return { ...shown, price: null, latency: null, probe: null, embedding: null, isProbeOutdated: false }
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

interface AnnouncedEndsParts extends StoredData {
  modelSources: ModelSources
}

/**
 * Keeps with the registered models what their provider's list says of their end, now that it was read: a model that was shut down is
 * in no list any more. Writes nothing where nothing is new, so that a list that is read every minute pushes no snapshot out.
 */
export async function keepAnnouncedEnds(
  { store, change, modelSources, now }: AnnouncedEndsParts,
  provider: string,
): Promise<void> {
  const registrations = store.read((database) => listRegistrationsOf(database, provider))
  const isNews = (row: ModelRegistration): boolean => isOtherLiveEnd(row.lifecycle, lifecycleNow(row, modelSources))
  const changed = registrations.filter(isNews)
  if (changed.length === 0) return
  // Where it cannot be saved it is told all the same, as long as the list has it.
  await change(['models', 'providers', 'audit'], (database) => {
    for (const { model } of changed) {
      const row = findModelAsFarAsReadable(database, provider, model)
      // Saving one that is broken would replace what nobody has looked at yet.
      if (!row || row.unreadable !== undefined || !isNews(row)) continue
      const lifecycle = lifecycleNow(row, modelSources)
      saveModel(database, { ...row, lifecycle })
      const [before, after] = [{ lifecycle: row.lifecycle }, { lifecycle }]
      recordAudit(database, { at: now(), what: 'model', target: modelTarget(row), action: 'announce', before, after })
    }
    return succeed(null)
  })
}

/** Announced, changed or taken back by the provider itself: what our own dated file says needs no copy. */
function isOtherLiveEnd(kept: ModelLifecycle | null, found: ModelLifecycle | null): boolean {
  if (kept?.source !== 'live' && found?.source !== 'live') return false
  return JSON.stringify(factsOf(kept)) !== JSON.stringify(factsOf(found))
}

function factsOf(lifecycle: ModelLifecycle | null) {
  return lifecycle && [lifecycle.deprecatedAt, lifecycle.shutdownAt, lifecycle.replacement, lifecycle.source]
}
