import { type Task, tasks } from '../../protocol/names.ts'
import { type OpenProvider, openProvider } from '../providers/openProvider.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Database } from '../store/database.ts'
import type { ProviderRow } from '../store/providerTable.ts'
import { findRoute, saveRoute } from '../store/routeTable.ts'

/** A task whose route names another model since settings were saved. */
export interface SettledRoute {
  task: Task
  model: string
}

/**
 * Settings that name the model of a task set its route, where that goes to this provider: in what they now say otherwise, and only there,
 * so that saving a port leaves a route alone that somebody has changed since. A model that is taken out of the settings takes none out of
 * a route.
 */
export function settleRoutes(
  database: Database,
  before: ProviderRow | undefined,
  { provider, adapter, config }: OpenProvider,
  at: string,
): SettledRoute[] {
  if (!before) return []
  const opened = openProvider(before)
  const modelBefore = (task: Task) =>
    opened.ok && opened.value.adapter === adapter ? adapter.defaultModel(opened.value.config, task) : null
  return tasks.flatMap((task) => {
    const model = adapter.defaultModel(config, task)
    const route = findRoute(database, task)
    if (model === null || model === modelBefore(task) || route?.provider !== provider) return []
    // One without a model goes where the settings say by itself; what cannot be read of one is looked at by a person first.
    if (route.model === null || route.model === model || route.damage !== undefined) return []
    const after = { ...route, model, updatedAt: at }
    saveRoute(database, after)
    recordAudit(database, { at, what: 'route', target: task, action: 'change', before: route, after })
    return [{ task, model }]
  })
}
