import type { Task } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Dependent } from '../../protocol/reasons.ts'
import type { Dependents, Route } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { fallbacksOf, withFallbacks } from '../../shared/routeFallbacks.ts'
import { listAliases, removeAlias } from '../store/aliasTable.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { Database, ReadableDatabase } from '../store/database.ts'
import { listGatewaysOf } from '../store/gatewayTable.ts'
import { listKnowledgeBases } from '../store/knowledgeBaseTable.ts'
import { removeLatencyOf } from '../store/latencyTable.ts'
import { listModelsOf, type ModelRow, removeModelsOf } from '../store/modelTable.ts'
import { readPreferences, savePreferences } from '../store/preferencesTable.ts'
import { findProvider, listProviders, removeProvider } from '../store/providerTable.ts'
import { listRoutes, removeRoute, removeUnknownRoutesTo, saveRoute } from '../store/routeTable.ts'
import { listUnfinishedUses } from '../store/runTable.ts'
import { listThreadsOf } from '../store/threadTable.ts'

/** What would break or change its meaning without the provider. */
export function findDependents(database: ReadableDatabase, provider: string): Dependent[] {
  const routes = listRoutes(database)
  const models = listModelsOf(database, provider)
  const { active_llm_provider } = readPreferences(database)
  return [
    ...routesTo(routes, (target) => target.provider === provider),
    ...runsOf(database, provider, () => true),
    ...models.map(({ model }) => dependent('model', model)),
    ...defaultsOf(models),
    ...threadsOf(database, provider),
    ...basesOf(database, provider),
    ...gatewaysOf(database, provider),
    ...aliasesOf(database, provider),
    ...(active_llm_provider === provider ? [dependent('default', 'active provider')] : []),
  ]
}

/** A model as it is meant: a provider may spell it in more than one way, and have a default where a route names none. */
export interface MeantModel {
  provider: string
  model: string
  isMeant(model: string): boolean
  /** The model of the provider's settings, where a route names none; null: there is none. */
  defaultFor(task: Task): string | null
}

/** What would break or change its meaning without the model. */
export function findModelDependents(database: ReadableDatabase, meant: MeantModel): Dependent[] {
  const { provider, isMeant } = meant
  const registered = listModelsOf(database, provider).filter((row) => isMeant(row.model))
  const isTarget = (target: Target, task: Task): boolean => {
    if (target.provider !== provider) return false
    const model = target.model ?? meant.defaultFor(task)
    return model !== null && isMeant(model)
  }
  return [
    ...routesTo(listRoutes(database), isTarget),
    ...runsOf(database, provider, isMeant),
    ...defaultsOf(registered),
    ...threadsOf(database, provider, (model) => model !== null && isMeant(model)),
    ...basesOf(database, provider, isMeant),
    ...gatewaysOf(database, provider, isMeant),
    ...aliasesOf(database, provider, isMeant),
  ]
}

/** Everything that names a provider's model, or with a task leaves it to the provider's settings: null. The same one may come often. */
export function listNamedModels(database: ReadableDatabase): (Target & { task?: Task })[] {
  const providers = listProviders(database).map(({ provider }) => provider)
  return [
    ...listRoutes(database).flatMap(({ task, provider, model, options }) =>
      [{ provider, model }, ...fallbacksOf(options)].map((target) => ({ ...target, task })),
    ),
    ...listAliases(database),
    ...listKnowledgeBases(database).flatMap(({ embed, generation }) => [embed, ...(generation ? [generation] : [])]),
    ...providers.flatMap((provider) => [
      ...listModelsOf(database, provider),
      ...listUnfinishedUses(database, provider).map(({ model }) => ({ provider, model })),
      ...listThreadsOf(database, provider).map(({ model }) => ({ provider, model })),
    ]),
  ]
}

type Target = { provider: string; model: string | null }

function routesTo(routes: readonly Route[], isTarget: (target: Target, task: Task) => boolean): Dependent[] {
  const fallsBack = ({ task, options }: Route) => fallbacksOf(options).some((fallback) => isTarget(fallback, task))
  return [
    ...routes.filter((route) => isTarget(route, route.task)).map((route) => dependent('route', route.task)),
    ...routes.filter(fallsBack).map((route) => dependent('fallback', route.task)),
  ]
}

/** Runs that go on now, and those that could be resumed. */
function runsOf(database: ReadableDatabase, provider: string, isMeant: (model: string) => boolean): Dependent[] {
  const uses = listUnfinishedUses(database, provider).filter(({ model }) => isMeant(model))
  return [...new Set(uses.map(({ runId }) => runId))].map((runId) => dependent('run', runId))
}

function basesOf(database: ReadableDatabase, provider: string, isMeant = (_model: string) => true): Dependent[] {
  return listKnowledgeBases(database)
    .filter(({ embed, generation }) =>
      [embed, generation].some((target) => target?.provider === provider && isMeant(target.model)),
    )
    .map(({ name }) => dependent('knowledge_base', name))
}

function gatewaysOf(database: ReadableDatabase, provider: string, isMeant = (_model: string) => true): Dependent[] {
  return listGatewaysOf(database, provider, isMeant).map((gateway) => dependent('gateway', gateway))
}

function aliasesOf(database: ReadableDatabase, provider: string, isMeant = (_model: string) => true): Dependent[] {
  return listAliases(database)
    .filter((alias) => alias.provider === provider && isMeant(alias.model))
    .map(({ alias }) => dependent('alias', alias))
}

function threadsOf(
  database: ReadableDatabase,
  provider: string,
  isMeant?: (model: string | null) => boolean,
): Dependent[] {
  return listThreadsOf(database, provider, isMeant).map(({ title }) => dependent('thread', title))
}

function defaultsOf(models: readonly ModelRow[]): Dependent[] {
  return models.filter(({ isDefault }) => isDefault).map(({ type, model }) => dependent('default', `${type}: ${model}`))
}

function dependent(what: Dependent['what'], id: string): Dependent {
  return { what, id }
}

/**
 * Routes that named the provider go with it, and so do its registered models and their aliases, each recorded in the audit log; nothing is pointed
 * anywhere else.
 */
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
  removeRoutesTo(database, provider, at)
  removeUnknownRoutesTo(database, provider)
  removeRegistrations(database, provider, at)
  for (const before of listAliases(database).filter((alias) => alias.provider === provider)) {
    removeAlias(database, before.alias)
    recordAudit(database, { at, what: 'alias', target: before.alias, action: 'remove', before, after: null })
  }
  if (readPreferences(database).active_llm_provider === provider) {
    const before = readPreferences(database)
    const after = savePreferences(database, { active_llm_provider: null }, at)
    recordAudit(database, { at, what: 'preferences', target: 'preferences', action: 'change', before, after })
  }
  removeProvider(database, provider)
  const before = { kind: row.kind, enabled: row.enabled, config: row.config }
  recordAudit(database, { at, what: 'provider', target: provider, action: 'remove', before, after: null })
  return succeed({ provider, dependents })
}

function removeRoutesTo(database: Database, provider: string, at: string): void {
  for (const route of listRoutes(database)) {
    if (route.provider === provider) {
      removeRoute(database, route.task)
      recordAudit(database, { at, what: 'route', target: route.task, action: 'remove', before: route, after: null })
    } else if (fallbacksOf(route.options).some((fallback) => fallback.provider === provider)) {
      const left = fallbacksOf(route.options).filter((fallback) => fallback.provider !== provider)
      const after = { ...route, options: withFallbacks(route.options, left), updatedAt: at }
      saveRoute(database, after)
      recordAudit(database, { at, what: 'route', target: route.task, action: 'change', before: route, after })
    }
  }
}

function removeRegistrations(database: Database, provider: string, at: string): void {
  for (const before of listModelsOf(database, provider)) {
    const target = `${provider}/${before.model}`
    recordAudit(database, { at, what: 'model', target, action: 'remove', before, after: null })
  }
  removeModelsOf(database, provider)
  removeLatencyOf(database, provider)
}
