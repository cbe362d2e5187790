import * as z from 'zod'
import { DecisionLimits } from './decisions.ts'
import { Surface } from './home.ts'
import { Instant, KindId, ModelId, ProviderId, Task } from './names.ts'
import { Reason } from './reasons.ts'

/** When a model ends. `source`: the provider's own list, or the product's dated file of announcements. */
export const ModelLifecycle = z.object({
  deprecatedAt: Instant.nullable(),
  shutdownAt: Instant.nullable(),
  replacement: z.string().nullable(),
  source: z.enum(['live', 'bundled']),
})
export type ModelLifecycle = z.infer<typeof ModelLifecycle>

/** How long the model's answered calls took in the last 30 days, tests included: to within a tenth. */
export const ModelLatency = z.object({
  calls: z.int().positive(),
  /** Half of the calls took no longer. */
  p50Ms: z.number().nonnegative(),
  /** 95 of 100 calls took no longer. */
  p95Ms: z.number().nonnegative(),
})
export type ModelLatency = z.infer<typeof ModelLatency>

/** A model as its provider lists it. Absent fields were not said by the provider; null means it said "none". */
export const ModelInfo = z.object({
  model: ModelId,
  label: z.string().optional(),
  /** decision: it answers typed questions and writes no text. A model that does both is of type generation, and `decisions` is there. */
  type: z.enum(['generation', 'embedding', 'decision']).optional(),
  /** It answers typed questions natively, so many and so long ones in a request. Absent: not, as far as its list says. */
  decisions: DecisionLimits.optional(),
  /** What a call gets, prompt and answer together, where the server says that; else what the model was made for. */
  contextTokens: z.int().positive().optional(),
  /** What the model was trained for, where its server serves it with a window of its own. */
  trainedContextTokens: z.int().positive().optional(),
  sizeBytes: z.number().nonnegative().optional(),
  /** True when using the model sends data away although its server is local. */
  leavesMachine: z.boolean().optional(),
  deprecatedAt: Instant.nullish(),
  shutdownAt: Instant.nullish(),
  replacement: z.string().nullish(),
  /** What is known of its end, from the best source; only where there is something to know. Added to lists when they are answered. */
  lifecycle: ModelLifecycle.optional(),
  /** Its provider calls it deprecated without saying since when. */
  deprecated: z.boolean().optional(),
  /** As the provider itself lists it, in US dollars for a million tokens. */
  pricing: z.object({ input: z.number().nonnegative(), output: z.number().nonnegative() }).optional(),
  maxOutputTokens: z.int().positive().optional(),
  /** Length of a vector, of an embedding model; in `provider/models` also as it was measured. */
  dimensions: z.int().positive().optional(),
  /** As the provider words it: `7B`, `Q4_K_M`. */
  /** Set when the last list lacked it, for the first time: it counts as gone when the next one lacks it, too. */
  unlistedSince: Instant.optional(),
  parameterSize: z.string().optional(),
  quantization: z.string().optional(),
  /** How long its calls took lately. Added to lists when they are answered; absent: there were none. */
  latency: ModelLatency.optional(),
  /** In memory now, so that a call need not wait for it. */
  loaded: z.boolean().optional(),
  /** As the provider words them: `tools`, `vision`, `thinking`, … */
  capabilities: z.array(z.string()).optional(),
})
export type ModelInfo = z.infer<typeof ModelInfo>

/**
 * The last good model list of a provider.
 * fresh: listed by the last check; stale: the last check could not list, this is the list before it; never: no list was ever read.
 */
export const ModelList = z.object({
  state: z.enum(['fresh', 'stale', 'never']),
  models: z.array(ModelInfo),
  listedAt: Instant.nullable(),
  /** True: the provider has models that no list shows, so that a missing name means nothing. */
  isPartial: z.boolean().optional(),
})
export type ModelList = z.infer<typeof ModelList>

/** What the last check of a provider found. `unknown`: never checked. */
export const Health = z.object({
  state: z.enum(['ok', 'failed', 'unknown']),
  reason: Reason.nullable(),
  latencyMs: z.number().nonnegative().nullable(),
  version: z.string().nullable(),
  checkedAt: Instant.nullable(),
})
export type Health = z.infer<typeof Health>

/**
 * How the server's own checks treat the provider. closed: asked at the usual interval; open: it failed several times in a row,
 * or asked to be left alone, and is asked rarely; half_open: it is being asked whether it is back.
 */
export const Circuit = z.object({
  state: z.enum(['closed', 'open', 'half_open']),
  /** Failed checks in a row. */
  failures: z.int().nonnegative(),
  /** It asked to be left alone until then, and is. */
  pausedUntil: Instant.nullable(),
})
export type Circuit = z.infer<typeof Circuit>

/** Whether the provider's key is there. `unknown`: the secret store was not asked yet. */
export const KeyState = z.enum(['not_needed', 'present', 'missing', 'unknown'])
export type KeyState = z.infer<typeof KeyState>

/** One field of a kind's configuration, as forms and the terminal show it. */
export const ConfigField = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  type: z.enum(['string', 'integer', 'number', 'boolean', 'enum']),
  values: z.array(z.string()).optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  required: z.boolean(),
  /** Of numbers, both included, unless `isMinimumExcluded`. */
  minimum: z.number().optional(),
  isMinimumExcluded: z.boolean().optional(),
  maximum: z.number().optional(),
  /** Of texts, in characters. */
  maxLength: z.int().positive().optional(),
  /** Of texts: a regular expression that all of it has to match. */
  pattern: z.string().optional(),
  /** What a text is: an address; the name of a model of this provider; the name of an environment variable. */
  format: z.enum(['url', 'model', 'variable']).optional(),
  /** Where a form shows it: among what few need, or beside the key. Absent: with the rest. */
  group: z.enum(['advanced', 'key']).optional(),
  placeholder: z.string().optional(),
})
export type ConfigField = z.infer<typeof ConfigField>

/** A ready-made start for a kind: settings to begin with, such as a well-known local server's address. */
export const KindPreset = z.object({
  id: z.string(),
  label: z.string(),
  description: z.string(),
  /** Goes into `config`; a person may change any of it. */
  config: z.record(z.string(), z.json()),
})
export type KindPreset = z.infer<typeof KindPreset>

/** What a kind of provider is and needs. */
export const KindInfo = z.object({
  kind: KindId,
  label: z.string(),
  description: z.string(),
  key: z.object({
    need: z.enum(['required', 'optional', 'none']),
    /** The environment variable that is customary for this key; never read unless the user names it. */
    customaryVariable: z.string().nullable(),
    /** Where a person gets a key. */
    obtainAt: z.string().nullable(),
    /** How its keys begin, where that distinguishes them from those of other kinds. */
    beginsWith: z.array(z.string()).optional(),
  }),
  defaultEndpoint: z.string().nullable(),
  embeddings: z.boolean(),
  /** Whether it has a native call for decisions. */
  decisions: z.boolean(),
  /** What can be said of a registered model, by its type: names of GenerationParameters, EmbeddingParameters, … */
  modelParameters: z.object({
    generation: z.array(z.string()),
    embedding: z.array(z.string()),
    decision: z.array(z.string()),
    /** Empty: its models write nothing. */
    ner: z.array(z.string()),
  }),
  /** Whether its models can be brought to its machine and removed from there. */
  canPull: z.boolean(),
  fields: z.array(ConfigField),
  /** Empty where there is nothing to choose from. */
  presets: z.array(KindPreset),
})
export type KindInfo = z.infer<typeof KindInfo>

/** The kind's own settings, `base_url`, `port` and so on; validated by the kind's schema. Never holds a key. */
export const ProviderConfig = z.record(z.string(), z.json())
export type ProviderConfig = z.infer<typeof ProviderConfig>

/** A configured provider with all that is known of it without asking the network. */
export const ProviderView = z.object({
  provider: ProviderId,
  kind: z.string(),
  kindLabel: z.string(),
  enabled: z.boolean(),
  config: ProviderConfig,
  /** Null when the kind is unknown, the settings are not valid, or nothing is called (`builtin`). */
  endpoint: z.string().nullable(),
  key: KeyState,
  /** Who keeps its key in a secret store of its own, beside the client that asks. Absent: nobody that is known of. */
  keyKeptBy: Surface.optional(),
  health: Health,
  models: ModelList,
  circuit: Circuit.optional(),
  /** Why this provider cannot be used at all, whatever the model; null when it can as far as is known. */
  reason: Reason.nullable(),
  updatedAt: Instant,
})
export type ProviderView = z.infer<typeof ProviderView>

export const SavedProvider = ProviderView.extend({
  /** Tasks whose route names another model now, because the settings do. Absent: none. */
  settled: z.array(z.object({ task: Task, model: ModelId })).optional(),
})
export type SavedProvider = z.infer<typeof SavedProvider>

/**
 * What a text is that somebody pasted to connect to something. key: of the kind that it begins like, null where it begins like none or
 * several; the key itself is in no answer. address: `config` are the whole settings to add it with, those of its preset among them; `name` a
 * slug for it, which may be taken; `isLocal`: this machine, which asks no key; `provider`: the configured one that goes there already.
 */
export const Recognised = z.discriminatedUnion('what', [
  z.object({ what: z.literal('key'), kind: KindId.nullable() }),
  z.object({
    what: z.literal('address'),
    kind: KindId,
    preset: z.string().nullable(),
    label: z.string(),
    name: ProviderId,
    config: ProviderConfig,
    endpoint: z.string().nullable(),
    isLocal: z.boolean(),
    provider: ProviderId.nullable(),
  }),
  z.object({ what: z.literal('nothing') }),
])
export type Recognised = z.infer<typeof Recognised>

/** What "Test connection" measured. Nothing of it changes configuration, keys or choices. */
export const ConnectionReport = z.object({
  provider: ProviderId,
  kind: z.string(),
  endpoint: z.string().nullable(),
  latencyMs: z.number().nonnegative(),
  version: z.string().nullable(),
  models: z.array(ModelInfo),
  /** The models that the routes want from this provider, and whether the list has them. */
  wanted: z.array(z.object({ model: ModelId, found: z.boolean() })),
  /** How the endpoint was asked, in words, such as "listed the models (no cost)". */
  method: z.string(),
  /** True: it has models that no list shows, so that a missing name means nothing. */
  isListPartial: z.boolean().optional(),
  /** A kind that knows this server better than the one it is added as. */
  betterKind: z.literal('ollama').optional(),
  /** A small model that decides, which this server could run and pull; only where none of its models decides. */
  pullOffer: z.object({ model: ModelId, parameterSize: z.string(), licence: z.string() }).optional(),
})
export type ConnectionReport = z.infer<typeof ConnectionReport>
