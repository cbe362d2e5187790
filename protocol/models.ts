import * as z from 'zod'
import { DecisionLimits } from './decisions.ts'
import { LearnedFacts } from './learned.ts'
import { LocalizableMessage } from './localizableMessage.ts'
import { Instant, KindId, ModelId, PageRequest, ProviderId } from './names.ts'
import { ConnectionReport, ModelLatency, ModelLifecycle, ProviderConfig } from './providers.ts'
import { Dependent, ReadoutProblem } from './reasons.ts'
import { Usage } from './results.ts'
import { callParameters, DecisionDialect } from './routing.ts'

/**
 * decision: it answers typed questions and writes no text. A model that does both generates. ner: it finds names in a text, such as
 * people and places; it judges nothing, so no list offers it for a task.
 */
export const ModelType = z.enum(['embedding', 'generation', 'decision', 'ner'])
export type ModelType = z.infer<typeof ModelType>

/** active: may be chosen; inactive: kept but not offered; deprecated: its provider has announced its end. */
export const ModelStatus = z.enum(['active', 'inactive', 'deprecated'])
export type ModelStatus = z.infer<typeof ModelStatus>

const seconds = z.int().min(1).max(600)
const usdPerMillion = z.number().min(0).max(100_000)

/** Parameters of a call for vectors. Absent: the provider's own default. */
export const EmbeddingParameters = z.strictObject({
  /** Length of a vector. */
  dimensions: z.int().min(1).max(8192).optional(),
  /** Tokens of one text at most. */
  max_tokens: z.int().min(1).max(10_000_000).optional(),
  /** Whether vectors are brought to length 1. */
  normalize: z.boolean().optional(),
  distance_metric: z.enum(['cosine', 'dot', 'euclidean']).optional(),
  /** Texts of one call at most. */
  batch_size: z.int().min(1).max(1000).optional(),
  timeout_seconds: seconds.optional(),
})
export type EmbeddingParameters = z.infer<typeof EmbeddingParameters>

/** Parameters of a call for text. Absent: the provider's own default. */
export const GenerationParameters = z.strictObject({
  context_window: z.int().min(1).max(100_000_000).optional(),
  max_output_tokens: callParameters.max_output_tokens,
  temperature: callParameters.temperature,
  top_p: callParameters.top_p,
  top_k: z.int().min(1).max(1000).optional(),
  timeout_seconds: callParameters.timeout_seconds,
  thinking: z.union([z.boolean(), z.enum(['low', 'medium', 'high'])]).optional(),
})
export type GenerationParameters = z.infer<typeof GenerationParameters>

/** Parameters of a call for a decision: temperatures are the model's own. */
export const DecisionParameters = z.strictObject({ timeout_seconds: seconds.optional() })
export type DecisionParameters = z.infer<typeof DecisionParameters>

/** Parameters of a call that finds names in a text. Absent: the provider's own default, and of `labels` person, organization and place. */
export const NerParameters = z.strictObject({
  /** What it looks for, each word once, in any case. */
  labels: z
    .array(z.string().trim().min(1).max(100))
    .min(1)
    .max(100)
    .refine((labels) => new Set(labels.map((label) => label.toLowerCase())).size === labels.length, 'each label once')
    .optional(),
  /** Names of which it is less sure are left out. */
  threshold: z.number().min(0).max(1).optional(),
  top_k: z.int().min(1).max(1000).optional(),
  /** Whether log probabilities are asked for: for whoever calls the model with these parameters; our own test needs none. */
  logprobs: z.boolean().optional(),
  /** Texts at which an answer ends. */
  stop: z.array(z.string().min(1).max(100)).min(1).max(16).optional(),
  timeout_seconds: seconds.optional(),
})
export type NerParameters = z.infer<typeof NerParameters>
export type NerParameter = keyof NerParameters
export type GenerationParameter = keyof GenerationParameters
export type EmbeddingParameter = keyof EmbeddingParameters

/**
 * What a model's endpoint really does, measured by small calls. Null: not measured, or it could not be determined.
 * `schema`: an answer outside the schema was not possible; `enumeration`: a label outside the list was not possible.
 */
export const ProbeFindings = z.object({
  /** With thinking as it is by default. */
  schema: z.boolean().nullable(),
  schemaWithThinking: z.boolean().nullable(),
  schemaWithoutThinking: z.boolean().nullable(),
  enumeration: z.boolean().nullable(),
  /** A call with five items came back with exactly their five keys. */
  batchOfFive: z.boolean().nullable(),
  /**
   * The most items of one call, of 5, 10, 20 and 40, that were judged in it as they are alone, none of them left out. Null: it could not be
   * determined. Absent: not measured.
   */
  batch: z.int().positive().nullish(),
  usageReported: z.boolean().nullable(),
  /** The answer was empty although there was thinking text: the model needs thinking switched off. */
  emptyWhileThinking: z.boolean().nullable(),
  /** False: not one answer could be used. Absent: some could, or it was measured before this was told. */
  usable: z.boolean().optional(),
  /** Best first: what runs should use. */
  outputModes: z.array(z.enum(['schema', 'tool', 'json', 'text'])),
  /** It decides natively, in this wire form. Null: it does not. Absent: not measured. */
  decisions: z.object({ dialect: DecisionDialect, limits: DecisionLimits }).nullish(),
  /**
   * Whether decisions can be read out of its log probabilities: how many come back, and how much of the probability lay on the offered
   * labels of a question that is easy. Null: not, for `problem`. Absent: not measured.
   */
  readout: z.object({ labels: z.int().nonnegative(), labelMass: z.number().min(0).max(1) }).nullish(),
  readoutProblem: ReadoutProblem.optional(),
  calls: z.int().nonnegative(),
  usage: Usage,
  /** Version of the server that was measured; another one is measured again. */
  serverVersion: z.string().nullable(),
  at: Instant,
})
export type ProbeFindings = z.infer<typeof ProbeFindings>

/** What a real call for a vector measured, with the parameters of the registration. */
export const EmbeddingFindings = z.object({
  /** Length of the vector. */
  dimensions: z.int().positive(),
  at: Instant,
  /** Version of the server that was measured; null: it does not say. */
  serverVersion: z.string().nullable(),
})
export type EmbeddingFindings = z.infer<typeof EmbeddingFindings>

/**
 * What a million tokens cost, in US dollars, where somebody knows better than any list; 0: nothing. What is absent, the provider's or
 * the public list fills. Of a provider it holds for all its models; a model's own goes before it, figure by figure.
 */
export const Price = z.strictObject({
  input: usdPerMillion.optional().meta({ title: 'input' }),
  output: usdPerMillion.optional().meta({ title: 'output' }),
  /** Of what the server had read before. Absent beside an own `input`: as much as `input`. */
  cached_input: usdPerMillion.optional().meta({ title: 'cached input' }),
  /** Of calls that are sent as a batch. Absent: as those that are not. */
  batch_input: usdPerMillion.optional().meta({ title: 'input in a batch' }),
  batch_output: usdPerMillion.optional().meta({ title: 'output in a batch' }),
})
export type Price = z.infer<typeof Price>

/** A model that somebody registered. Listing never carries a secret. */
export const RegisteredModel = z.object({
  provider: ProviderId,
  model: ModelId,
  type: ModelType,
  status: ModelStatus,
  parameters: z.union([EmbeddingParameters, GenerationParameters, DecisionParameters, NerParameters]),
  /** It stands at every gateway, as long as it is active. */
  sync: z.boolean(),
  /** What somebody said it costs. Null: nothing of one's own. */
  price: Price.nullable(),
  /** Null: it answered no call in the last 30 days. */
  latency: ModelLatency.nullable(),
  /** At most one for each type, over all providers. */
  isDefault: z.boolean(),
  probe: ProbeFindings.nullable(),
  /** Null: never measured, or not an embedding model. */
  embedding: EmbeddingFindings.nullable(),
  /** The server has another version than the one that was measured: what was found is shown, and not relied on. */
  isProbeOutdated: z.boolean(),
  lifecycle: ModelLifecycle.nullable(),
  updatedAt: Instant,
  /** It was learned here; absent: it was not. */
  learned: LearnedFacts.optional(),
  /** Somebody has broken what is stored of it: why it cannot be read. Parameters and measurements are then missing here. Absent: all is well. */
  unreadable: z.string().optional(),
})
export type RegisteredModel = z.infer<typeof RegisteredModel>

/**
 * A model whose end is announced, and what names it: routes, fallbacks, unfinished runs, knowledge bases, aliases, gateways, conversations
 * and defaults. `shutdownAt` null: it is deprecated, and nobody has said until when it works.
 */
export const EndingModel = z.object({
  provider: ProviderId,
  model: ModelId,
  ...ModelLifecycle.shape,
  dependents: z.array(Dependent).min(1),
})
export type EndingModel = z.infer<typeof EndingModel>

export const ModelFilter = z.object({
  type: ModelType.optional(),
  provider: ProviderId.optional(),
  status: ModelStatus.optional(),
  /** Part of the model's name, in any case. */
  search: z.string().max(200).optional(),
  /**
   * Only what can be given away: name, type, status, parameters, default and announced end. Price, latency and all that was measured at
   * an endpoint are null then; models that are disabled or cannot be read are left out.
   */
  public: z.boolean().optional(),
  ...PageRequest.shape,
})

/** Beside a text in English: the same for other languages. */
const localizable = { localizable: LocalizableMessage.optional() }

/** What a test of one model measured. Nothing of it changes configuration, keys or choices. */
export const ModelTestReport = z.object({
  provider: ProviderId,
  model: ModelId,
  type: ModelType,
  /** What was sent, in words; shown before it is sent where a person waits. */
  sent: z.string(),
  ...localizable,
  latencyMs: z.number().nonnegative(),
  usage: Usage,
  /** Null for a generation model. `matches` is null where no dimensions are configured; `advice` says what to change. */
  embedding: z
    .object({
      dimensions: z.int(),
      configured: z.int().nullable(),
      matches: z.boolean().nullable(),
      advice: z.string().nullable(),
      ...localizable,
    })
    .nullable(),
  /** What a model that finds names found in the made-up sentence, less than its threshold left out. Absent: another type. */
  names: z.array(z.object({ text: z.string(), label: z.string(), confidence: z.number().min(0).max(1) })).optional(),
  /** Null for an embedding model, and for text when the probe was not asked for. Of a model that decides, one question tells all. */
  probe: ProbeFindings.nullable(),
  /** The model was not registered before: what was found is kept with it, so now it is. */
  registered: z.boolean(),
})
export type ModelTestReport = z.infer<typeof ModelTestReport>

/** A connection test; `tested` is there when a model was named, and says what came of a real call to it. */
export const ConnectionTest = ConnectionReport.extend({ tested: ModelTestReport.nullable() })
export type ConnectionTest = z.infer<typeof ConnectionTest>

/** What a test would send, shown before anything is sent. */
export const TestPlan = z.object({
  /** For a person, in words. */
  sent: z.string(),
  ...localizable,
  endpoint: z.string().nullable(),
  /** Calls of the model at most; asking for the list of models is none. */
  calls: z.int().nonnegative(),
  /** At most, for all calls together. `input` is a rough figure: characters / 4. */
  tokens: z.object({ input: z.int().nonnegative(), output: z.int().nonnegative() }),
  /** Nobody has to be asked first: nothing is called, or a server of this machine that names no other, whose price is not known. */
  isFree: z.boolean(),
})
export type TestPlan = z.infer<typeof TestPlan>

/** A test is about to make one of its calls. `usage`: of the calls before it, as far as they were reported. */
export const TestProgress = z.object({
  provider: ProviderId,
  model: ModelId,
  /** From 1. */
  call: z.int().positive(),
  /** Calls at most. */
  most: z.int().positive(),
  /** How the answer is asked for; null: it is a vector or a decision. */
  mode: z.enum(['schema', 'tool', 'json', 'text']).nullable(),
  usage: Usage,
})
export type TestProgress = z.infer<typeof TestProgress>

/** A model server that answered on this machine. */
export const FoundServer = z.object({
  kind: KindId,
  /** Id of the kind's preset that fits it; null where it needs none. */
  preset: z.string().nullable(),
  label: z.string(),
  endpoint: z.string(),
  /** The whole settings to add it with, those of its preset among them. */
  config: ProviderConfig,
  version: z.string().nullable(),
  models: z.array(z.string()),
  /** Why it does not say what it has. Absent: it does. */
  state: z.enum(['wants_key', 'loading']).optional(),
  /** The configured provider that goes there already. */
  provider: ProviderId.nullable(),
})
export type FoundServer = z.infer<typeof FoundServer>

/** How far a pull is. Bytes over all layers that are known by now; null before the first is. */
export const PullProgress = z.object({
  provider: ProviderId,
  model: ModelId,
  /** What the server says it is doing. */
  status: z.string(),
  completedBytes: z.number().nonnegative().nullable(),
  totalBytes: z.number().nonnegative().nullable(),
  layers: z.array(z.object({ digest: z.string(), completedBytes: z.number(), totalBytes: z.number() })).max(200),
})
export type PullProgress = z.infer<typeof PullProgress>
