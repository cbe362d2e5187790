import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { PolicyView } from '../../protocol/policy.ts'
import type { Problem } from '../../protocol/reasons.ts'
import type { RouteToSave } from '../../protocol/requests/routeRequests.ts'
import { callParameters, type Route } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { fallbacksOf } from '../../shared/routeFallbacks.ts'
import type { PolicyFacts } from '../domain/workspacePolicy.ts'
import { problemOfRouteHeaders } from '../providers/customHeaders.ts'
import { generationParametersOf } from '../providers/supportedParameters.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { Log } from '../rpc/log.ts'
import { findAlias } from '../store/aliasTable.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { findProvider } from '../store/providerTable.ts'
import { findRoute, listRoutes, listUnknownTasks, saveRoute } from '../store/routeTable.ts'
import type { Store } from '../store/store.ts'
import type { Directory } from './directory.ts'
import { type GateParts, refuseByGate } from './gatedRoutes.ts'

type RouteRequest = 'route/list' | 'route/save' | 'route/saveAll' | 'route/resolve' | 'readiness/read' | 'policy/read'

interface RouteHandlersParts extends StoredData, GateParts {
  directory: Pick<Directory, 'resolve' | 'readiness' | 'open'>
  policies: { inFolder(folder: string): Promise<PolicyFacts[]> }
}

export function routeHandlers(parts: RouteHandlersParts): Pick<Handlers, RouteRequest> {
  const { store, change, directory, now, policies } = parts
  return {
    'route/list': () => succeed(store.read(listRoutes)),
    'route/resolve': async ({ task, workspaceFolder }) =>
      directory.resolve(task, undefined, workspaceFolder === undefined ? [] : await policies.inFolder(workspaceFolder)),
    async 'readiness/read'(asked) {
      const found = asked?.workspaceFolder ? await policies.inFolder(asked.workspaceFolder) : []
      return succeed({ ...directory.readiness(found), ...(found.length > 0 ? { policies: viewsOf(found) } : {}) })
    },
    'policy/read': async ({ workspaceFolder }) =>
      succeed({ policies: viewsOf(await policies.inFolder(workspaceFolder)) }),

    async 'route/save'({ workspaceFolder, confirm, ...route }) {
      const problem =
        problemOfOptions(route, directory) ?? (await refuseByGate(parts, [route], { workspaceFolder, confirm }))
      return problem ?? (await change(['routes', 'audit'], (database) => putRoute(database, route, now())))
    },

    async 'route/saveAll'({ routes, ...gated }) {
      for (const route of routes) {
        const problem = problemOfOptions(route, directory)
        if (problem) return problem
      }
      const unmet = await refuseByGate(parts, routes, gated)
      if (unmet) return unmet
      return await change(['routes', 'audit'], (database) => {
        const at = now()
        const saved: Route[] = []
        // A refusal takes the whole change back.
        for (const route of routes) {
          const put = putRoute(database, route, at)
          if (!put.ok) return put
          saved.push(put.value)
        }
        return succeed(saved)
      })
    },
  }
}

function viewsOf(policies: readonly PolicyFacts[]): PolicyView[] {
  return policies.map(({ local: _, ...view }) => view)
}

/** What its kind of provider cannot be told. Null: nothing, or its settings are not valid, so that nobody can say. */
function problemOfOptions(
  { provider, options = {} }: RouteToSave,
  directory: Pick<Directory, 'open'>,
): Outcome<never> | null {
  const open = directory.open(provider)
  if (!open?.ok) return null
  const { adapter, config } = open.value
  const carried: readonly string[] = generationParametersOf(adapter)
  const { headers } = options
  const isMissing = (name: string): boolean => {
    if (name === 'headers') return headers !== '' && typeof (config as { headers?: unknown }).headers !== 'string'
    if (name === 'extra_body') return carried.length === 0
    return name in callParameters && !carried.includes(name)
  }
  const problems = Object.keys(options)
    .filter(isMissing)
    .map((name) => problemAt(name, localizable('{0} does not have this parameter', localizableText(adapter.label))))
  const wrong = headers === undefined ? null : problemOfRouteHeaders(headers)
  if (wrong) problems.push(problemAt('headers', wrong))
  return problems.length === 0 ? null : fail({ code: 'config_invalid', provider, problems })
}

function problemAt(name: string, sentence: LocalizableMessage): Problem {
  return { path: `options.${name}`, ...withMessage('message', sentence) }
}

/** A provider that is not ready may be chosen, one that does not exist may not. Options that are not sent stay. */
function putRoute(database: Database, route: RouteToSave, at: string): Outcome<Route> {
  const { task, provider, model, options, ifUpdatedAt } = route
  const before = findRoute(database, task)
  if (ifUpdatedAt !== undefined && ifUpdatedAt !== (before?.updatedAt ?? null)) {
    return fail({ code: 'conflict', what: 'route', id: task })
  }
  if (!findProvider(database, provider)) return fail({ code: 'provider_unconfigured', provider })
  const unknown = fallbacksOf(options ?? {}).find((fallback) => !findProvider(database, fallback.provider))
  if (unknown) return fail({ code: 'provider_unconfigured', provider: unknown.provider })
  const named = nameOfRoute(database, route, before)
  if (!named.ok) return named
  const after: Route = {
    task,
    provider,
    model,
    ...named.value,
    options: options ?? before?.options ?? {},
    updatedAt: at,
  }
  saveRoute(database, after)
  const action = before ? 'change' : 'create'
  recordAudit(database, { at, what: 'route', target: task, action, before: before ?? null, after })
  return succeed(after)
}

/** The alias that it has from now on. */
function nameOfRoute(
  database: Database,
  { provider, model, alias }: RouteToSave,
  before: Route | undefined,
): Outcome<{ alias?: string }> {
  const isWhere = (target: { provider: string; model: string | null } | undefined): boolean =>
    target?.provider === provider && target.model === model
  if (alias === undefined) return succeed(before?.alias && isWhere(before) ? { alias: before.alias } : {})
  if (alias === null) return succeed({})
  const known = findAlias(database, alias)
  if (!known) return fail({ code: 'not_found', what: 'alias', id: alias })
  return isWhere(known) ? succeed({ alias }) : fail({ code: 'conflict', what: 'alias', id: alias })
}

/** Routes of tasks that this version does not know, as a newer one may have written them: the others work as before. */
export function logIgnoredRoutes(store: Pick<Store, 'read'>, log: Pick<Log, 'warn'>): void {
  for (const task of store.read(listUnknownTasks)) {
    log.warn(`The stored route of "${task}" is ignored: this version knows no such task.`)
  }
}
