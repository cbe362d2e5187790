import { fail, succeed } from '../../protocol/outcome.ts'
import type { Route } from '../../protocol/routing.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { change, type Services } from '../services.ts'
import { recordAudit } from '../store/auditTable.ts'
import { findProvider } from '../store/providerTable.ts'
import { findRoute, listRoutes, saveRoute } from '../store/routeTable.ts'

type RouteRequest = 'route/list' | 'route/save' | 'route/resolve' | 'readiness/read'

export function routeHandlers(services: Services): Pick<Handlers, RouteRequest> {
  const { directory, store } = services
  return {
    'route/list': () => succeed(store.read(listRoutes)),
    'route/resolve': ({ task }) => directory.resolve(task),
    'readiness/read': () => succeed(directory.readiness()),

    /** A provider that is not ready may be chosen, one that does not exist may not. Options that are not sent stay. */
    'route/save': ({ task, provider, model, options }) =>
      change(services, ['routes', 'audit'], (database) => {
        if (!findProvider(database, provider)) return fail({ code: 'provider_unconfigured', provider })
        const fallback = options?.fallback?.provider
        if (fallback && !findProvider(database, fallback))
          return fail({ code: 'provider_unconfigured', provider: fallback })
        const before = findRoute(database, task)
        const at = services.now()
        const after: Route = { task, provider, model, options: options ?? before?.options ?? {}, updatedAt: at }
        saveRoute(database, after)
        const action = before ? 'change' : 'create'
        recordAudit(database, { at, what: 'route', target: task, action, before: before ?? null, after })
        return succeed(after)
      }),
  }
}
