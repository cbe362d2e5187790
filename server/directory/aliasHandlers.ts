import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Alias } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { findAlias, listAliases, removeAlias, saveAlias } from '../store/aliasTable.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { findProvider } from '../store/providerTable.ts'
import { listRoutes, saveRoute } from '../store/routeTable.ts'
import { type GateParts, refuseByGate } from './gatedRoutes.ts'

type AliasRequest = 'alias/list' | 'alias/save' | 'alias/remove'

/** Stable names for models: routes that were chosen by one follow it. */
export function aliasHandlers(parts: StoredData & GateParts): Pick<Handlers, AliasRequest> {
  const { store, change, now } = parts
  return {
    'alias/list': () => succeed(store.read(listAliases)),
    async 'alias/save'({ workspaceFolder, confirm, ...alias }) {
      const followers = store.read(listRoutes).filter((route) => route.alias === alias.alias)
      const moved = followers.map(({ task }) => ({ task, provider: alias.provider, model: alias.model }))
      const unmet = await refuseByGate(parts, moved, { workspaceFolder, confirm })
      return (
        unmet ?? (await change(['routes', 'audit'], (database) => putAlias(database, { ...alias, updatedAt: now() })))
      )
    },
    'alias/remove': ({ alias, confirm }) =>
      change(['routes', 'audit'], (database) => dropAlias(database, alias, confirm === true, now())),
  }
}

function putAlias(database: Database, after: Alias): Outcome<Alias> {
  const { alias, provider, model, updatedAt: at } = after
  if (findProvider(database, alias)) return fail({ code: 'already_exists', what: 'provider', id: alias })
  if (!findProvider(database, provider)) return fail({ code: 'provider_unconfigured', provider })
  const before = findAlias(database, alias) ?? null
  saveAlias(database, after)
  recordAudit(database, { at, what: 'alias', target: alias, action: before ? 'change' : 'create', before, after })
  for (const route of listRoutes(database)) {
    if (route.alias !== alias || (route.provider === provider && route.model === model)) continue
    const moved = { ...route, provider, model, updatedAt: at }
    saveRoute(database, moved)
    recordAudit(database, { at, what: 'route', target: route.task, action: 'change', before: route, after: moved })
  }
  return succeed(after)
}

/** Routes stay where they go, and lose the name. */
function dropAlias(database: Database, alias: string, isConfirmed: boolean, at: string): Outcome<null> {
  const before = findAlias(database, alias)
  if (!before) return fail({ code: 'not_found', what: 'alias', id: alias })
  const routes = listRoutes(database).filter((route) => route.alias === alias)
  if (routes.length > 0 && !isConfirmed) {
    const dependents = routes.map(({ task }) => ({ what: 'route' as const, id: task }))
    return fail({ code: 'has_dependents', what: 'alias', id: alias, dependents })
  }
  for (const route of routes) {
    const { alias: _, ...after } = { ...route, updatedAt: at }
    saveRoute(database, after)
    recordAudit(database, { at, what: 'route', target: route.task, action: 'change', before: route, after })
  }
  removeAlias(database, alias)
  recordAudit(database, { at, what: 'alias', target: alias, action: 'remove', before, after: null })
  return succeed(null)
}
