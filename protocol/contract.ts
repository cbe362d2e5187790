import * as z from 'zod'
import {
  ConnectionTest,
  FoundServer,
  ModelFilter,
  ModelStatus,
  ModelTestReport,
  ModelType,
  PullProgress,
  RegisteredModel,
  TestPlan,
} from './models.ts'
import { CategorySlug, Instant, KindId, ModelId, PageRequest, ProviderId, pageOf, RunId, Task } from './names.ts'
import { outcomeOf } from './outcome.ts'
import { Category, CategoryChange, Preferences } from './profile.ts'
import { KindInfo, ModelInfo, ProviderConfig, ProviderView } from './providers.ts'
import { ResultRecord } from './results.ts'
import { Dependents, Readiness, Resolution, Route, RouteOptions } from './routing.ts'
import { RunEstimate, RunRequest, RunView } from './runs.ts'
import { UsageRequest, UsageRow } from './usage.ts'

/** Requests without parameters take `{}`, null or nothing. */
const nothing = z.object({}).nullish()

/** One change as it was made: `before` is null for something new, `after` null for something removed. Secrets never appear. */
export const AuditEntry = z.object({
  id: z.int(),
  at: Instant,
  what: z.enum(['provider', 'model', 'route', 'preferences', 'category', 'test']),
  /** The slug, task or run that it was about; of a model, `provider/model`. */
  target: z.string(),
  action: z.string(),
  before: z.json().nullable(),
  after: z.json().nullable(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** Which changes to list; what is absent does not matter. `since` counts in, `until` does not. */
export const AuditFilter = z.object({
  what: z.array(AuditEntry.shape.what).min(1).max(10).optional(),
  target: z.string().max(400).optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  ...PageRequest.shape,
})
export type AuditFilter = z.infer<typeof AuditFilter>

/** What the server is and where its data lives; the answer to `initialize` carries it as `experimental` capabilities. */
export const ServerInfo = z.object({
  dataDir: z.string(),
  version: z.string(),
  store: z.object({
    mode: z.enum(['read-write', 'read-only']),
    /** Why it is read-only; null otherwise. */
    why: z.string().nullable(),
    generation: z.int(),
    /** Damaged files found at the start and set aside, in words. */
    damage: z.array(z.string()),
    /** Every migration of the database, in order. `now`: this start applied it. */
    migrations: z.array(
      z.object({ number: z.int(), name: z.string(), applied: z.enum(['now', 'before']), appliedAt: Instant }),
    ),
  }),
})
export type ServerInfo = z.infer<typeof ServerInfo>

function request<Params extends z.ZodType, Value extends z.ZodType>(params: Params, value: Value) {
  return { params, result: outcomeOf(value) }
}

const none = z.null()

const modelOfProvider = { provider: ProviderId, model: ModelId }
const confirm = { confirm: z.boolean().optional() }

/** Parameters of a model: a wrong one is told with its path, `parameters.dimensions`, as an Outcome. */
const ModelParameters = z.record(z.string(), z.json())

/** How a model is to be tested. `type` and `parameters` are those of its registration, unless they are said. */
const modelTest = {
  type: ModelType.optional(),
  parameters: ModelParameters.optional(),
  /** Generation only: measure what the endpoint really does, by a few small calls. */
  probe: z.boolean().optional(),
}
const savedTest = { provider: ProviderId, model: ModelId.optional(), ...modelTest }
const unsavedTest = { kind: KindId, config: ProviderConfig, model: ModelId.optional(), ...modelTest }

/** Client to server. Every result is an Outcome, except `route/resolve`, which adds its trace to one. */
export const requests = {
  'provider/kinds': request(nothing, z.array(KindInfo)),
  'provider/list': request(nothing, z.array(ProviderView)),
  'provider/get': request(z.object({ provider: ProviderId }), ProviderView),
  /**
   * Creates or replaces. `config` replaces the stored one whole. `create: true` refuses an existing slug;
   * `ifUpdatedAt` refuses (conflict) when the row has changed since. Switching off is refused as in `provider/setEnabled`.
   */
  'provider/save': request(
    z.object({
      provider: ProviderId,
      kind: KindId,
      enabled: z.boolean().optional(),
      config: ProviderConfig,
      create: z.boolean().optional(),
      ifUpdatedAt: Instant.optional(),
      ...confirm,
    }),
    ProviderView,
  ),
  /** Refused with `has_dependents` until `confirm` is true; then the routes that named it go too. */
  'provider/remove': request(z.object({ provider: ProviderId, confirm: z.boolean().optional() }), Dependents),
  /** Switching off is refused with `has_dependents` until `confirm` is true; the routes stay as they are. */
  'provider/setEnabled': request(z.object({ provider: ProviderId, enabled: z.boolean(), ...confirm }), ProviderView),
  /**
   * A saved provider by its slug, or unsaved values. `key` is used for this test only and kept nowhere.
   * Costs nothing where the provider has a free way, until `model` asks for a real call of that model, or `probe` for a few.
   */
  'provider/test': request(
    z.union([z.object(savedTest), z.object({ ...unsavedTest, key: z.string().max(10_000).optional() })]),
    ConnectionTest,
  ),
  /** The last good list; `refresh` asks the provider first. */
  'provider/models': request(z.object({ provider: ProviderId, refresh: z.boolean().optional() }), z.array(ModelInfo)),
  'provider/dependents': request(z.object({ provider: ProviderId }), Dependents),
  /** Asks the usual ports of this machine, and no other, which model servers are there. Only when a person wants it. */
  'provider/scan': request(nothing, z.array(FoundServer)),

  /** Registered models, in the order in which they were registered. */
  'model/list': request(ModelFilter.nullish(), pageOf(RegisteredModel)),
  /**
   * Registers or changes. `parameters` replaces the stored ones whole; absent fields stay as they are. The type of a registered
   * model is fixed. Switching one off is refused with `has_dependents` until `confirm` is true.
   */
  'model/save': request(
    z.object({
      ...modelOfProvider,
      /** Needed for a new one. */
      type: ModelType.optional(),
      status: ModelStatus.optional(),
      parameters: ModelParameters.optional(),
      create: z.boolean().optional(),
      ifUpdatedAt: Instant.optional(),
      ...confirm,
    }),
    RegisteredModel,
  ),
  /** Forgets the registration: parameters, findings, default. The model itself and the routes that name it stay. */
  'model/remove': request(z.object({ ...modelOfProvider, ...confirm }), Dependents),
  /** One for each type: the one before is none any more. `isDefault: false` takes it back. */
  'model/setDefault': request(z.object({ ...modelOfProvider, isDefault: z.boolean().default(true) }), RegisteredModel),
  'model/dependents': request(z.object(modelOfProvider), Dependents),
  /** One tiny real call, or with `probe` a few. What was found is kept with the model. */
  'model/test': request(z.object({ ...modelOfProvider, ...modelTest }), ModelTestReport),
  /** What `model/test` or `provider/test` would send with the same parameters. Sends nothing. */
  'model/describeTest': request(z.union([z.object(savedTest), z.object(unsavedTest)]), TestPlan),
  /** Answers when the model is there; `model/pullProgress` tells the rest. A pull that was cancelled goes on where it was. */
  'model/pull': request(z.object(modelOfProvider), ModelInfo),
  /** Removes the model from its provider's machine. Routes and registration that name it stay. */
  'model/delete': request(z.object({ ...modelOfProvider, ...confirm }), Dependents),

  'route/list': request(nothing, z.array(Route)),
  'route/save': request(
    z.object({ task: Task, provider: ProviderId, model: ModelId.nullable(), options: RouteOptions.optional() }),
    Route,
  ),
  'route/resolve': { params: z.object({ task: Task }), result: Resolution },
  'readiness/read': request(nothing, Readiness),

  'preferences/read': request(nothing, Preferences),
  'preferences/save': request(
    z.object({
      interests: z.string().max(10_000).optional(),
      anti_interests: z.string().max(10_000).optional(),
      active_llm_provider: ProviderId.nullable().optional(),
    }),
    Preferences,
  ),
  'category/list': request(nothing, z.array(Category)),
  /** Without `slug`: creates, with a slug made from the name. */
  'category/save': request(CategoryChange, Category),
  'category/remove': request(z.object({ slug: CategorySlug, confirm: z.boolean().optional() }), none),
  /** Moves the children of `from` under `into` and removes `from`. */
  'category/merge': request(z.object({ from: CategorySlug, into: CategorySlug }), Category),

  'run/estimate': request(RunRequest, RunEstimate),
  /** Answers when the run has started; `run/progress` tells the rest. */
  'run/start': request(RunRequest, RunView),
  'run/cancel': request(z.object({ runId: RunId }), RunView),
  /** `maxCostUsd` replaces the run's cap; what was spent before the resumption counts. */
  'run/resume': request(z.object({ runId: RunId, maxCostUsd: RunRequest.shape.maxCostUsd }), RunView),
  'run/list': request(PageRequest.nullish(), pageOf(RunView)),
  /** Final results in the order of the source. */
  'run/results': request(z.object({ runId: RunId, ...PageRequest.shape }), pageOf(ResultRecord)),
  /** Forgets the run and its journal; the results file stays. */
  'run/remove': request(z.object({ runId: RunId }), none),

  /** Sums of tokens and money, newest day first; calls of a moment ago are in them. */
  'usage/read': request(UsageRequest.nullish(), pageOf(UsageRow)),

  /** Newest first. */
  'audit/list': request(AuditFilter.nullish(), pageOf(AuditEntry)),
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>

/** Server to client. `origin` is where the key would be sent; the client answers only with a key entered for it. */
export const serverRequests = {
  'secret/read': request(z.object({ provider: ProviderId, origin: z.string() }), z.object({ key: z.string() })),
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>

/** Server to client. `data/changed` names what to read again; `status/changed` carries the new readiness. */
export const notifications = {
  'status/changed': Readiness,
  'data/changed': z.object({
    what: z.array(z.enum(['providers', 'models', 'routes', 'preferences', 'categories', 'runs', 'usage', 'audit'])),
  }),
  'run/progress': RunView,
  /** At most 10 a second for each model. */
  'model/pullProgress': PullProgress,
} as const satisfies Record<string, z.ZodType>

/** Client to server: the key of a provider was set or cleared, so what was known of it is out of date. */
export const clientNotifications = {
  'secret/changed': z.object({ provider: ProviderId }),
} as const satisfies Record<string, z.ZodType>

/** What `initialize` takes as `initializationOptions`. */
export const InitializationOptions = z.object({
  dataDir: z.string().min(1).max(4096),
  /** Check the providers of active routes on the server's own clock. Off for one-shot clients. */
  healthChecks: z.boolean().default(true),
})
export type InitializationOptions = z.infer<typeof InitializationOptions>

export type RequestName = keyof typeof requests
/** What a caller passes: defaults may be left out. */
export type Params<Name extends RequestName> = z.input<(typeof requests)[Name]['params']>
/** What a handler gets: defaults are filled in. */
export type ParsedParams<Name extends RequestName> = z.output<(typeof requests)[Name]['params']>
export type Result<Name extends RequestName> = z.output<(typeof requests)[Name]['result']>
export type NotificationName = keyof typeof notifications
export type Notification<Name extends NotificationName> = z.output<(typeof notifications)[Name]>
