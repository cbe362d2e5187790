import { fail, type Outcome, succeed } from '../protocol/outcome.ts'
import type { Dependent } from '../protocol/reasons.ts'
import type { Dependents } from '../protocol/routing.ts'
import { recordAudit } from './store/auditTable.ts'
import type { Database, ReadableDatabase } from './store/database.ts'
import { readPreferences, savePreferences } from './store/preferencesTable.ts'
import { findProvider, removeProvider } from './store/providerTable.ts'
import { listRoutes, removeRoute, saveRoute } from './store/routeTable.ts'
import { listRunningRuns } from './store/runTable.ts'

/** What would break or change its meaning without the provider. */
export function findDependents(database: ReadableDatabase, provider: string): Dependent[] {
  const routes = listRoutes(database)
  const { active_llm_provider } = readPreferences(database)
  const runs = listRunningRuns(database).filter(({ view }) => view.routes.some((route) => route.provider === provider))
  return [
    ...routes.filter((route) => route.provider === provider).map((route) => dependent('route', route.task)),
    ...routes
      .filter((route) => route.options.fallback?.provider === provider)
      .map((route) => dependent('fallback', route.task)),
    ...runs.map(({ view }) => dependent('run', view.runId)),
    ...(active_llm_provider === provider ? [dependent('default', 'active provider')] : []),
  ]
}

function dependent(what: Dependent['what'], id: string): Dependent {
  return { what, id }
}

/** Routes that named the provider go with it, each told in the audit log; nothing is pointed anywhere else. */
export function removeWithDependents(
  database: Database,
  provider: string,
  isConfirmed: boolean,
  at: string,
): Outcome<Dependents> {
  const row = findProvider(database, provider)
  if (!row) return fail({ code: 'not_found', what: 'provider', id: provider })
  const dependents = findDependents(database, provider)
  if (dependents.length > 0 && !isConfirmed) {
    return fail({ code: 'has_dependents', what: 'provider', id: provider, dependents })
  }
  for (const route of listRoutes(database)) {
    if (route.provider === provider) {
      removeRoute(database, route.task)
      recordAudit(database, { at, what: 'route', target: route.task, action: 'remove', before: route, after: null })
    } else if (route.options.fallback?.provider === provider) {
      const { fallback: _, ...options } = route.options
      const after = { ...route, options, updatedAt: at }
      saveRoute(database, after)
      recordAudit(database, { at, what: 'route', target: route.task, action: 'change', before: route, after })
    }
  }
  if (readPreferences(database).active_llm_provider === provider) {
    savePreferences(database, { active_llm_provider: null }, at)
  }
  removeProvider(database, provider)
  const before = { kind: row.kind, enabled: row.enabled, config: row.config }
  recordAudit(database, { at, what: 'provider', target: provider, action: 'remove', before, after: null })
  return succeed({ provider, dependents })
}
