import type { Surface } from '../../protocol/home.ts'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Health, ModelLatency, ModelList, ProviderView } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type {
  Alias,
  Readiness,
  Resolution,
  ResolvedRoute,
  Route,
  TaskReadiness,
  Warning,
} from '../../protocol/routing.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { fail } from '../../shared/fail.ts'
import { fallbacksOf } from '../../shared/routeFallbacks.ts'
import { type AnnouncedLifecycle, lifecycleOfModel } from '../domain/modelLifecycle.ts'
import type {
  KeyFacts,
  KindRules,
  ProviderFacts,
  RegisteredFacts,
  ResolutionSnapshot,
} from '../domain/resolutionSnapshot.ts'
import { readReadiness, resolveRoute } from '../domain/resolveRoute.ts'
import { findDenial, type PolicyFacts } from '../domain/workspacePolicy.ts'
import type { HealthRecords } from '../health/healthRecords.ts'
import type { Keys } from '../keys.ts'
import {
  isSameModel,
  type KeyOwner,
  type OpenProvider,
  openProvider,
  problemsOfSettings,
} from '../providers/openProvider.ts'
import { adapterOf } from '../providers/registry.ts'
import { listAliases } from '../store/aliasTable.ts'
import type { ReadableDatabase } from '../store/database.ts'
import { listRegistrations, type ModelRegistration } from '../store/modelTable.ts'
import type { ProviderRow } from '../store/providerTable.ts'
import { listProviders } from '../store/providerTable.ts'
import { listRoutes } from '../store/routeTable.ts'
import type { Store } from '../store/store.ts'
import type { ModelLatencies } from '../usage/modelLatencies.ts'

export type Override = { provider: string; model?: string | undefined; alias?: string | undefined } | undefined

/** Everything that is known of providers and routes at this moment, without asking anybody. */
export interface Directory {
  /** `policies`: the rules of the folders that the texts are of. Absent: it is no question of certain texts. */
  resolve(task: Task, override?: Override, policies?: readonly PolicyFacts[]): Resolution
  readiness(policies?: readonly PolicyFacts[]): Readiness
  /** Why the rules forbid a model that no task is resolved to, or that was resolved before. Null: they do not. */
  denialOf(target: { provider: string; model: string; task?: Task }, policies: readonly PolicyFacts[]): Reason | null
  views(): ProviderView[]
  view(provider: string): ProviderView | undefined
  /** Undefined when there is no such provider. */
  open(provider: string): Outcome<OpenProvider> | undefined
  /** Models that routes and fallbacks name at this provider. */
  wantedModels(provider: string): string[]
  /** Enabled providers that a route or fallback names. */
  routedProviders(): string[]
}

interface Known {
  row: ProviderRow
  open: Outcome<OpenProvider>
  registered: RegisteredFacts[]
}

interface Rows {
  generation: number
  routes: Route[]
  aliases: Alias[]
  providers: Known[]
  defaultModel: { provider: string; model: string } | null
}

interface DirectoryParts {
  store: Pick<Store, 'read' | 'generation'>
  keys: Pick<Keys, 'facts' | 'hasVariable' | 'wasPresent' | 'otherKeeper'>
  health: Pick<HealthRecords, 'lookUp' | 'of'>
  announcedLifecycle: AnnouncedLifecycle
  latencies: Pick<ModelLatencies, 'of'>
  now(): number
  /** Whether the client is an editor, whose models can be asked. Absent: it is not. */
  hasEditor?: boolean
  /** What keeps a task from running although its route is ready, by the stored categories; null: nothing. */
  askWarning(route: ResolvedRoute): Warning | null
}

export function createDirectory(parts: DirectoryParts): Directory {
  const { store, keys, health, announcedLifecycle, now, hasEditor = false } = parts
  let rows: Rows | null = null

  /** Rows are parsed once a generation: a status read costs no query. */
  function current(): Rows {
    const { generation } = store
    if (rows?.generation !== generation) {
      rows = store.read((database) => readRows(database, generation, hasEditor))
    }
    return rows
  }

  function snapshot(override?: Override, policies?: readonly PolicyFacts[]): ResolutionSnapshot {
    const { generation, routes, providers, defaultModel, aliases } = current()
    const recordOf = health.lookUp(generation)
    return {
      routes,
      providers: providers.map((known) => factsOf(known, recordOf, keys)),
      kinds: { get: (kind) => kindRules(kind, announcedLifecycle, hasEditor) },
      now: now(),
      defaultModel,
      override: override && {
        provider: override.provider,
        model: override.model ?? null,
        alias: aliases.find((known) => isAliasOf(known, override))?.alias,
      },
      policies,
    }
  }

  return {
    resolve: (task, override, policies) => resolveRoute(task, snapshot(override, policies)),
    denialOf: (target, policies) => denialBy(policies, target, current().providers, health),
    readiness(policies) {
      const { categorization, scoring } = readReadiness(snapshot(undefined, policies))
      return { categorization: withAskWarning(categorization, parts), scoring: withAskWarning(scoring, parts) }
    },
    views() {
      const { generation, providers } = current()
      const recordOf = health.lookUp(generation)
      return providers.map((known) => viewOf(known, recordOf, parts))
    },
    view(provider) {
      const known = current().providers.find(({ row }) => row.provider === provider)
      return known && viewOf(known, health.lookUp(), parts)
    },
    open: (provider) => current().providers.find(({ row }) => row.provider === provider)?.open,
    wantedModels: (provider) => [
      ...new Set(targetsOf(current().routes).flatMap((target) => modelAt(target, provider))),
    ],
    routedProviders() {
      const { routes, providers } = current()
      const routed = new Set(targetsOf(routes).map((target) => target.provider))
      return providers.filter(({ row }) => row.enabled && routed.has(row.provider)).map(({ row }) => row.provider)
    },
  }
}

function denialBy(
  policies: readonly PolicyFacts[],
  { provider, model, task }: Parameters<Directory['denialOf']>[0],
  providers: readonly Known[],
  health: Pick<HealthRecords, 'of'>,
): Reason | null {
  if (policies.length === 0) return null
  const known = providers.find(({ row }) => row.provider === provider)
  const listed = health.of(provider).models.models.find((each) => each.model === model)
  const facts = findDenial(policies, {
    ...{ provider, model, task, kind: known?.row.kind ?? provider },
    endpoint: known?.open.ok ? known.open.value.endpoint : null,
    leavesMachine: listed?.leavesMachine === true,
  })
  return facts && explainReason(facts)
}

/** A name that stands for another model by now is none of this choice. */
function isAliasOf({ alias, provider, model }: Alias, chosen: NonNullable<Override>): boolean {
  return alias === chosen.alias && provider === chosen.provider && model === chosen.model
}

function withAskWarning(task: TaskReadiness, { askWarning }: Pick<DirectoryParts, 'askWarning'>): TaskReadiness {
  const warning = task.route === null ? null : askWarning(task.route)
  return warning === null ? task : { ...task, warnings: [...task.warnings, warning] }
}

type RecordOf = ReturnType<HealthRecords['lookUp']>

function factsOf({ row, open, registered }: Known, recordOf: RecordOf, keys: DirectoryParts['keys']): ProviderFacts {
  const { health: found, models, circuit } = recordOf(row.provider)
  const key: KeyFacts = open.ok ? keys.facts(open.value.keyOwner) : { state: 'unknown', source: 'secret_store' }
  return {
    provider: row.provider,
    kind: row.kind,
    enabled: row.enabled,
    // No kind takes what is no object.
    config: row.damage === undefined ? row.config : row.damage,
    key,
    plainHttpAllowed: row.config.allow_plain_http === true,
    health: isSecretThere(found.reason, key, keys, open.ok ? open.value.keyOwner : null)
      ? notCheckedSince(found)
      : found,
    pausedUntil: circuit.pausedUntil,
    models,
    registered,
  }
}

/** The last check, of whichever process, missed a key or a variable that this one has. */
function isSecretThere(
  reason: Reason | null,
  key: KeyFacts,
  keys: Pick<Keys, 'hasVariable' | 'wasPresent'>,
  owner: KeyOwner | null,
): boolean {
  if (reason?.code !== 'secret_missing' || reason.boundTo) return false
  if (reason.header) return reason.variable !== undefined && keys.hasVariable(reason.variable)
  if (key.state === 'unknown') return owner !== null && keys.wasPresent(owner)
  return key.state === 'present' || key.state === 'not_needed'
}

function viewOf(
  known: Known,
  recordOf: RecordOf,
  { keys, announcedLifecycle, latencies }: Pick<DirectoryParts, 'keys' | 'announcedLifecycle' | 'latencies'>,
): ProviderView {
  const { row, open } = known
  const facts = factsOf(known, recordOf, keys)
  const { circuit } = recordOf(row.provider)
  return {
    provider: row.provider,
    kind: row.kind,
    kindLabel: adapterOf(row.kind)?.label ?? row.kind,
    enabled: row.enabled,
    config: row.config,
    endpoint: open.ok ? open.value.endpoint : null,
    key: facts.key.state,
    ...keptElsewhere(known, keys),
    health: facts.health,
    models: withLatencies(withLifecycles(row.kind, facts.models, announcedLifecycle), (model) =>
      latencies.of(row.provider, model),
    ),
    circuit,
    reason: reasonAgainst(known, facts),
    updatedAt: row.updatedAt,
  }
}

/** Who else keeps its key, whether or not this client was asked for it; where the key is of a secret store at all. */
function keptElsewhere({ open }: Known, keys: Pick<Keys, 'otherKeeper'>): { keyKeptBy?: Surface } {
  const keeper = open.ok ? keys.otherKeeper(open.value.keyOwner) : undefined
  return keeper === undefined ? {} : { keyKeptBy: keeper }
}

/** Lists are stored as providers give them; what the product's own file knows is added when they are answered. */
function withLifecycles(kind: string, list: ModelList, announcedLifecycle: AnnouncedLifecycle): ModelList {
  const models = list.models.map((listed) => {
    const lifecycle = lifecycleOfModel(listed, null, announcedLifecycle(kind, listed.model))
    return lifecycle ? { ...listed, lifecycle } : listed
  })
  return { ...list, models }
}

function withLatencies(list: ModelList, latencyOf: (model: string) => ModelLatency | null): ModelList {
  const models = list.models.map((listed) => {
    const latency = latencyOf(listed.model)
    return latency ? { ...listed, latency } : listed
  })
  return { ...list, models }
}

function notCheckedSince(found: Health): Health {
  return { ...found, state: 'unknown', reason: null, checkedAt: null }
}

function readRows(database: ReadableDatabase, generation: number, hasEditor: boolean): Rows {
  const registrations = groupByProvider(listRegistrations(database))
  const isDefault = ({ type, isDefault }: ModelRegistration) => isDefault && type === 'generation'
  const defaultModel = [...registrations.values()].flat().find(isDefault)
  return {
    generation,
    routes: listRoutes(database),
    aliases: listAliases(database),
    providers: listProviders(database).map((row) => ({
      row,
      open: whereEditorIs(openProvider(row), hasEditor),
      registered: registrations.get(row.provider) ?? [],
    })),
    defaultModel: defaultModel ? { provider: defaultModel.provider, model: defaultModel.model } : null,
  }
}

/** Without an editor, nobody is asked, so that no failed check is stored for those who have one. */
function whereEditorIs(open: Outcome<OpenProvider>, hasEditor: boolean): Outcome<OpenProvider> {
  if (!open.ok || hasEditor || open.value.adapter.asksEditor !== true) return open
  return fail({ code: 'editor_absent', provider: open.value.provider, why: 'no_editor' })
}

function groupByProvider(registrations: readonly ModelRegistration[]): Map<string, ModelRegistration[]> {
  const groups = new Map<string, ModelRegistration[]>()
  for (const registration of registrations) {
    const group = groups.get(registration.provider)
    if (group) group.push(registration)
    else groups.set(registration.provider, [registration])
  }
  return groups
}

interface RouteTarget {
  provider: string
  model: string | null
}

function targetsOf(routes: readonly Route[]): RouteTarget[] {
  return routes.flatMap((route) => [route, ...fallbacksOf(route.options)])
}

function modelAt(target: RouteTarget, provider: string): string[] {
  return target.provider === provider && target.model !== null ? [target.model] : []
}

/** What speaks against the provider itself, whichever model is asked: off, unknown, invalid, without key, or not well. */
function reasonAgainst({ row, open }: Known, facts: ProviderFacts): Reason | null {
  const { provider } = row
  if (!row.enabled) return explainReason({ code: 'provider_disabled', provider })
  if (!open.ok) return open.reason
  const { key } = facts
  if (key.state === 'missing') {
    const { source, variable, boundTo, keptBy } = key
    const origin = open.value.keyOwner.origin ?? undefined
    return explainReason({ code: 'secret_missing', provider, source, variable, boundTo, origin, keptBy })
  }
  return facts.health.state === 'failed' ? facts.health.reason : null
}

function kindRules(kind: string, announcedLifecycle: AnnouncedLifecycle, hasEditor: boolean): KindRules | undefined {
  const adapter = adapterOf(kind)
  if (!adapter) return undefined
  return {
    keyNeed: adapter.key.need,
    lacksEditor: adapter.asksEditor === true && !hasEditor,
    parseConfig(config) {
      const parsed = adapter.configSchema.safeParse(config)
      if (parsed.success) return { ok: true, config: parsed.data }
      return { ok: false, problems: problemsOfSettings(parsed.error, config) }
    },
    endpoint: (config) => adapter.endpoint(config),
    defaultModel: (config, task) => adapter.defaultModel(config, task),
    isSameModel: (wanted, listed) => isSameModel(adapter, wanted, listed),
    announcedLifecycle: (model) => announcedLifecycle(kind, model),
  }
}
