import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ConnectionReport, ModelLifecycle } from '../../protocol/providers.ts'
import { checkProvider } from '../health/checkProvider.ts'
import type { OpenProvider } from '../openProvider.ts'
import { change, type Services } from '../services.ts'
import { recordAudit } from '../store/auditTable.ts'
import {
  findModelAsFarAsReadable,
  listRegistrationsOf,
  type ModelRegistration,
  saveModel,
} from '../store/modelTable.ts'
import { lifecycleNow } from './modelViews.ts'
import { modelTarget } from './registeredModels.ts'

export type RecordingServices = Pick<Services, 'health' | 'check' | 'store' | 'modelSources' | 'now' | 'tellChanged'>

/** Checks a provider and records what was found, unless it is about a key or settings that have changed meanwhile. */
export async function checkAndRecord(
  services: RecordingServices,
  open: OpenProvider,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<ConnectionReport>> {
  const { health, check } = services
  const mark = health.mark(open.provider)
  const endProbe = health.beginProbe(open.provider)
  const outcome = await checkProvider(open, wanted, check, signal).finally(endProbe)
  const isCancelled = !outcome.ok && outcome.reason.code === 'cancelled'
  if (isCancelled || health.mark(open.provider) !== mark) return outcome
  await health.record(open, outcome)
  if (outcome.ok) await saveAnnouncedEnds(services, open.provider)
  return outcome
}

/** Checks a saved provider, records what was found and notifies the clients; resolves to whether it is well. Never rejects. */
export async function checkAndKeep(
  services: RecordingServices & Pick<Services, 'directory' | 'log'>,
  provider: string,
  signal: AbortSignal,
): Promise<boolean> {
  const open = services.directory.open(provider)
  if (!open?.ok) return false
  try {
    const wanted = services.directory.wantedModels(provider)
    const outcome = await checkAndRecord(services, open.value, wanted, signal)
    if (!outcome.ok && outcome.reason.code === 'cancelled') return false
    services.tellChanged('providers')
    return outcome.ok
  } catch (error) {
    services.log.error(`Checking "${provider}" failed because of a bug`, error)
    return false
  }
}

/**
 * Stores with the registered models what their provider's list says of their end, now that it was read: a model that was shut down is
 * in no list any more. Writes nothing where nothing is new, so that a list that is read every minute pushes no snapshot out.
 */
async function saveAnnouncedEnds(
  services: Pick<Services, 'store' | 'modelSources' | 'now' | 'tellChanged'>,
  provider: string,
): Promise<void> {
  const { store, modelSources, now } = services
  const registrations = store.read((database) => listRegistrationsOf(database, provider))
  const isNews = (row: ModelRegistration): boolean => isOtherLiveEnd(row.lifecycle, lifecycleNow(row, modelSources))
  const changed = registrations.filter(isNews)
  if (changed.length === 0) return
  // Where it cannot be saved it is shown all the same, as long as the list has it.
  await change(services, ['models', 'providers', 'audit'], (database) => {
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
function isOtherLiveEnd(stored: ModelLifecycle | null, found: ModelLifecycle | null): boolean {
  if (stored?.source !== 'live' && found?.source !== 'live') return false
  return JSON.stringify(factsOf(stored)) !== JSON.stringify(factsOf(found))
}

function factsOf(lifecycle: ModelLifecycle | null) {
  return lifecycle && [lifecycle.deprecatedAt, lifecycle.shutdownAt, lifecycle.replacement, lifecycle.source]
}
