import { succeed } from '../../protocol/outcome.ts'
import type { ModelLifecycle } from '../../protocol/providers.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import {
  findModelAsFarAsReadable,
  listRegistrationsOf,
  type ModelRegistration,
  saveModel,
} from '../store/modelTable.ts'
import { lifecycleNow, type ModelSources } from './modelViews.ts'
import { modelTarget } from './registeredModels.ts'

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
