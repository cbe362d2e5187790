import type { Surface } from '../../protocol/home.ts'
import type { ModelStatus } from '../../protocol/models.ts'
import type { Task } from '../../protocol/names.ts'
import type { Health, KeyState, ModelLifecycle, ModelList } from '../../protocol/providers.ts'
import type { Problem } from '../../protocol/reasons.ts'
import type { Route } from '../../protocol/routing.ts'
import type { PolicyFacts } from './workspacePolicy.ts'

/** Everything that a resolution looks at, taken at one moment. It asks nobody else, least of all the network. */
export interface ResolutionSnapshot {
  routes: readonly Pick<Route, 'task' | 'provider' | 'model' | 'alias' | 'options' | 'damage' | 'localizable'>[]
  providers: readonly ProviderFacts[]
  /** What is known of the kinds; their functions must be pure too. */
  kinds: { get(kind: string): KindRules | undefined }
  /** Milliseconds since 1970, for ages and shutdown dates. */
  now: number
  /** The default model for generation: offered where none is chosen, never taken by itself. */
  defaultModel?: { provider: string; model: string } | null | undefined
  /** Instead of the routes. Without a model: the route's, if it names the same provider, else the provider's default. */
  override?: { provider: string; model: string | null; alias?: string | undefined } | null | undefined
  /** The rules of the folders that the texts are of. Absent: there are none, or it is no question of certain texts. */
  policies?: readonly PolicyFacts[] | undefined
}

/** All that is known of one configured provider. */
export interface ProviderFacts {
  provider: string
  kind: string
  enabled: boolean
  /** As stored. It is parsed again here: a row may be older than the kind's schema. */
  config: unknown
  key: KeyFacts
  /** Sending the key over plain http to another machine was confirmed. */
  plainHttpAllowed: boolean
  health: Health
  /** Until when it asked to be left alone; null or absent: it did not, or that has passed. */
  pausedUntil?: string | null
  models: ModelList
  /** Models that somebody registered. */
  registered?: readonly RegisteredFacts[]
}

export interface RegisteredFacts {
  model: string
  status: ModelStatus
  /** What is kept of its announced end. */
  lifecycle: ModelLifecycle | null
}

export interface KeyFacts {
  state: KeyState
  source: 'secret_store' | 'environment'
  /** Name of the environment variable. */
  variable?: string | undefined
  /** The origin that the key was entered for; absent: it goes wherever the endpoint is. */
  boundTo?: string | undefined
  /** Who keeps it in a secret store of its own, although this client has none; absent: nobody that is known of. */
  keptBy?: Surface | undefined
}

/** What resolution needs to know about a kind of provider. */
export interface KindRules {
  keyNeed: 'required' | 'optional' | 'none'
  /** Only an editor can ask it, and the client is none. Absent: it can be asked. */
  lacksEditor?: boolean
  parseConfig(config: unknown): { ok: true; config: unknown } | { ok: false; problems: Problem[] }
  /** Absolute URL; null when nothing is called. */
  endpoint(config: unknown): string | null
  defaultModel(config: unknown, task: Task): string | null
  /** Whether a listed name means the wanted model, where a kind has more than one spelling. Absent: only the same name. */
  isSameModel?(wanted: string, listed: string): boolean
  /** What the product itself knows of the model's end, for providers whose lists do not say. */
  announcedLifecycle?(model: string): ModelLifecycle | null
}
