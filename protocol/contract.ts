import * as z from 'zod'
import { CategorySlug, Instant, KindId, ModelId, PageRequest, ProviderId, pageOf, RunId, Task } from './names.ts'
import { outcomeOf } from './outcome.ts'
import { Category, CategoryChange, Preferences } from './profile.ts'
import { ConnectionReport, KindInfo, ModelInfo, ProviderConfig, ProviderView } from './providers.ts'
import { ResultRecord } from './results.ts'
import { Dependents, Readiness, Resolution, Route, RouteOptions } from './routing.ts'
import { RunEstimate, RunRequest, RunView } from './runs.ts'

/** Requests without parameters take `{}`, null or nothing. */
const nothing = z.object({}).nullish()

/** One change as it was made: `before` is null for something new, `after` null for something removed. Secrets never appear. */
export const AuditEntry = z.object({
  id: z.int(),
  at: Instant,
  what: z.enum(['provider', 'route', 'preferences', 'category', 'test']),
  /** The slug, task or run that it was about. */
  target: z.string(),
  action: z.string(),
  before: z.json().nullable(),
  after: z.json().nullable(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

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

/** Client to server. Every result is an Outcome, except `route/resolve`, which adds its trace to one. */
export const requests = {
  'provider/kinds': request(nothing, z.array(KindInfo)),
  'provider/list': request(nothing, z.array(ProviderView)),
  'provider/get': request(z.object({ provider: ProviderId }), ProviderView),
  /**
   * Creates or replaces. `config` replaces the stored one whole. `create: true` refuses an existing slug;
   * `ifUpdatedAt` refuses (conflict) when the row has changed since.
   */
  'provider/save': request(
    z.object({
      provider: ProviderId,
      kind: KindId,
      enabled: z.boolean().optional(),
      config: ProviderConfig,
      create: z.boolean().optional(),
      ifUpdatedAt: Instant.optional(),
    }),
    ProviderView,
  ),
  /** Refused with `has_dependents` until `confirm` is true; then the routes that named it go too. */
  'provider/remove': request(z.object({ provider: ProviderId, confirm: z.boolean().optional() }), Dependents),
  'provider/setEnabled': request(
    z.object({ provider: ProviderId, enabled: z.boolean(), confirm: z.boolean().optional() }),
    ProviderView,
  ),
  /** A saved provider by its slug, or unsaved values. `key` is used for this test only and kept nowhere. */
  'provider/test': request(
    z.union([
      z.object({ provider: ProviderId }),
      z.object({ kind: KindId, config: ProviderConfig, key: z.string().max(10_000).optional() }),
    ]),
    ConnectionReport,
  ),
  /** The last good list; `refresh` asks the provider first. */
  'provider/models': request(z.object({ provider: ProviderId, refresh: z.boolean().optional() }), z.array(ModelInfo)),
  'provider/dependents': request(z.object({ provider: ProviderId }), Dependents),

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
  'run/resume': request(z.object({ runId: RunId }), RunView),
  'run/list': request(PageRequest.nullish(), pageOf(RunView)),
  /** Final results in the order of the source. */
  'run/results': request(z.object({ runId: RunId, ...PageRequest.shape }), pageOf(ResultRecord)),
  /** Forgets the run and its journal; the results file stays. */
  'run/remove': request(z.object({ runId: RunId }), none),

  /** Newest first. */
  'audit/list': request(PageRequest.nullish(), pageOf(AuditEntry)),
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>

/** Server to client. `origin` is where the key would be sent; the client answers only with a key entered for it. */
export const serverRequests = {
  'secret/read': request(z.object({ provider: ProviderId, origin: z.string() }), z.object({ key: z.string() })),
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>

/** Server to client. `data/changed` names what to read again; `status/changed` carries the new readiness. */
export const notifications = {
  'status/changed': Readiness,
  'data/changed': z.object({
    what: z.array(z.enum(['providers', 'routes', 'preferences', 'categories', 'runs', 'audit'])),
  }),
  'run/progress': RunView,
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
