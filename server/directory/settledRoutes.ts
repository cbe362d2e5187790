import { type Task, tasks } from '../../protocol/names.ts'
import type { Route } from '../../protocol/routing.ts'
import { type OpenProvider, openProvider } from '../providers/openProvider.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Database, ReadableDatabase } from '../store/database.ts'
import type { ProviderRow } from '../store/providerTable.ts'
import { findRoute, saveRoute } from '../store/routeTable.ts'

/** A task whose route names another model since settings were saved. */
export interface SettledRoute {
  task: Task
  model: string
}

/** A task that another model would do since settings are saved. `route`: it names its model, and is changed; null: it follows by itself. */
interface SettlingRoute extends SettledRoute {
  route: Route | null
}

/**
 * Settings that name the model of a task set its route, where that goes to this provider: in what they now say otherwise, and only there,
 * so that saving a port leaves a route alone that somebody has changed since. A model that is taken out of the settings takes none out of
 * a route.
 */
export function routesToSettle(
  database: ReadableDatabase,
  before: ProviderRow | undefined,
  { provider, adapter, config }: OpenProvider,
): SettlingRoute[] {
  if (!before) return []
  const opened = openProvider(before)
  const modelBefore = (task: Task) =>
    opened.ok && opened.value.adapter === adapter ? adapter.defaultModel(opened.value.config, task) : null
  return tasks.flatMap((task) => {
    const model = adapter.defaultModel(config, task)
    const route = findRoute(database, task)
    if (model === null || model === modelBefore(task) || route?.provider !== provider) return []
    // What cannot be read of one is looked at by a person first.
    if (route.model === model || route.damage !== undefined) return []
    // One without a model goes where the settings say by itself.
    return [{ task, model, route: route.model === null ? null : route }]
  })
}

/** Sets the routes that the settings name another model for; `before`: the settings as they were. */
export function settleRoutes(
  database: Database,
  before: ProviderRow | undefined,
  open: OpenProvider,
  at: string,
): SettledRoute[] {
  return routesToSettle(database, before, open).flatMap(({ task, model, route }) => {
    if (route === null) return []
    const { alias: _, ...rest } = route
    const after = { ...rest, model, updatedAt: at }
    saveRoute(database, after)
    recordAudit(database, { at, what: 'route', target: task, action: 'change', before: route, after })
    return [{ task, model }]
  })
}
