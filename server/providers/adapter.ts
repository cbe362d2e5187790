import type * as z from 'zod'
import type { DecisionAnswer, DecisionLimits, DecisionQuestion } from '../../protocol/decisions.ts'
import type { ExtraBody } from '../../protocol/extraBody.ts'
import type {
  DecisionParameters,
  EmbeddingParameter,
  EmbeddingParameters,
  GenerationParameter,
  GenerationParameters,
} from '../../protocol/models.ts'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ConnectionReport, KindPreset, ModelInfo } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import type { DecisionDialect, OutputMode, RouteOptions } from '../../protocol/routing.ts'
import type { TokenPlace } from '../domain/labelConfidence.ts'
import type { Work } from '../domain/work.ts'
import type { BatchApi } from './batchApi.ts'
import type { Deadlines } from './deadlines.ts'
import type { RateLimit } from './rateLimits.ts'
import type { Transport } from './transport.ts'

/** What a LiteLLM proxy has to be told to call a kind. */
export interface LiteLlmKind<Config = unknown> {
  /** Stands before the model's name, by what the model is for. Absent: it cannot pass such calls on. */
  readonly generation?: string
  readonly embedding?: string
  /** Beside model, base URL and key. */
  parameters?(config: Config): Readonly<Record<string, string>>
}

export type JsonSchema = { readonly [name: string]: unknown }

/** Everything a call to a provider needs besides what is asked. */
export interface ProviderCall<Config> {
  /** The slug of the configured instance, for reasons. */
  provider: string
  config: Config
  /** Null: this instance has no key. In memory only. */
  key: string | null
  transport: Transport
  signal: AbortSignal
  /** What was learned here. Absent: nothing can be. Only `builtin` offers it. */
  learned?: { list(): Promise<ModelInfo[]> } | undefined
  /** Where they differ from those that a check or a completion has by itself. */
  deadlines?: Partial<Deadlines>
}

export interface CheckFindings {
  /** Version of the server; null where it does not say. */
  version: string | null
  models: ModelInfo[]
  /** True: it has models that no list shows, so that a missing name means nothing. */
  isListPartial?: boolean
  /** How it was asked, in words, such as "listed the models (no cost)". */
  method: string
}

export interface CompletionRequest {
  model: string
  system: string
  prompt: string
  /** The shape of the answer: a name of letters and underscores, and a JSON schema that every mode can express. */
  output: { name: string; schema: JsonSchema }
  mode: OutputMode
  maxOutputTokens: number
  /**
   * So many of the most probable tokens are wanted for the first place of the answer, with their log probabilities. Then one token is
   * asked for, as text, at temperature 0 and without thinking, whatever the fields beside say. Absent: no.
   */
  topLogprobs?: number
  /**
   * So many of the most probable tokens are wanted for each place of the answer, which is otherwise asked for as ever. Absent: no. A kind
   * that cannot leaves them out.
   */
  labelLogprobs?: number | undefined
  thinking: RouteOptions['thinking']
  /** Of a run whose calls begin alike and long enough to be cached: the same for all of them, and telling nothing. Absent: it is not worth it. */
  cacheKey?: string | undefined
  /**
   * What the calls of the run are made to fit, prompt and answer together but without thinking: a server that loads a model for one window
   * need not load it again while the run goes on. Absent: this call stands for itself.
   */
  windowTokens?: number | undefined
  /** What the model's registration says beyond that; only what the kind supports is sent. */
  parameters?: GenerationParameters
  /** Fields of the body beyond those that are made of all this; see extraBody.ts. */
  extraBody?: ExtraBody | undefined
  /** Texts at which the answer ends. Absent, or of a kind that does not take them: none. */
  stop?: readonly string[] | undefined
  /** What the prompt was made from. A conversation judges nothing: no items. */
  work: Work
  /** `prompt` is the last word of a conversation. Absent: it stands for itself. */
  conversation?: Conversation
}

/** One side's word in a conversation, as it is sent. */
export interface ChatTurn {
  role: 'user' | 'assistant'
  text: string
}

/** What goes before the prompt, and where its answer goes while it is made. */
export interface Conversation {
  /** Oldest first, from a user's on, the sides taking turns. */
  turns: readonly ChatTurn[]
  /** Gets the answer's text as it comes, never thinking. All pieces together are the answer, but for blanks around it. */
  onText(piece: string): void
}

/** All that a request says to the model. */
export function textsOf({ system, prompt, conversation }: CompletionRequest): string[] {
  return [system, ...(conversation?.turns ?? []).map(({ text }) => text), prompt]
}

/** A request that is part of a conversation; its mode is `text`. */
export type StreamRequest = CompletionRequest & { conversation: Conversation }

/** Another model than the one that was asked. */
export interface AnsweredBy {
  /** Null: the gateway does not say which. */
  model: string | null
  /** A gateway says that it turned to this one after another had failed. */
  isFallback: boolean
}

/** A token as text, such as " A", with the natural logarithm of its probability. */
export interface TokenLogprob {
  token: string
  logprob: number
}

export interface Completion {
  /** The answer's text, JSON in every mode but `text`; never the thinking. Not validated here. */
  text: string
  /**
   * Where they were wished for: the most probable tokens of the first place, most probable first. Absent: the server gave none, be it
   * that it has none, or that the one token is no whole character.
   */
  logprobs?: readonly TokenLogprob[]
  /** Of `labelLogprobs`, place by place: together they are the answer's text, as the server wrote it. Absent: none were told. */
  places?: readonly TokenPlace[]
  /** Whether the model sent thinking text beside it; absent where the kind cannot know. */
  hasThought?: boolean
  usage: Usage
  /** What the call cost, where the provider says so itself. */
  costUsd?: number
  /** What the provider announced of its limits with the answer. Absent: nothing, or nobody has looked. */
  limits?: readonly RateLimit[]
  /** Absent: the model that was asked, as far as anybody says. */
  answeredBy?: AnsweredBy
  latencyMs: number
}

/** What an answer took that cannot be used: it is on the bill all the same. */
export interface SpentOnFailure {
  usage: Usage
  costUsd?: number | undefined
  latencyMs: number
}

/** `spent`: an answer came, and said what it took. */
export type CompletionOutcome =
  | { ok: true; value: Completion }
  | { ok: false; reason: Reason; spent?: SpentOnFailure | undefined }

/** Typed questions about one text. It is one item: several are never packed together. */
export interface DecisionRequest {
  model: string
  /** Already cut to the task's limit. Data: nothing in it is an instruction. */
  input: string
  questions: readonly DecisionQuestion[]
  /** What a probe found the endpoint to speak, where neither kind nor configuration says it. */
  dialect?: DecisionDialect | undefined
  /** What the model's list or a probe says that a request takes; goes before what the kind knows. */
  limits?: DecisionLimits
  parameters?: DecisionParameters
}

export interface Decision {
  /** One a question, in their order, each checked against it. */
  answers: readonly DecisionAnswer[]
  dialect: DecisionDialect
  usage: Usage
  costUsd?: number
  limits?: readonly RateLimit[]
  /** As the answer names it, also where it is the one that was asked: a name such as `latest` stands for a version. */
  answeredBy?: AnsweredBy
  latencyMs: number
}

export type DecisionOutcome =
  | { ok: true; value: Decision }
  /** `partly`: what was answered rightly of an answer that cannot be used as a whole; at least one question. Absent: nothing. */
  | { ok: false; reason: Reason; spent?: SpentOnFailure | undefined; partly?: Decision | undefined }

export interface EmbeddingRequest {
  model: string
  texts: readonly string[]
  parameters: EmbeddingParameters
}

export interface Embeddings {
  /** One for each text, in their order, all of one length. */
  vectors: readonly (readonly number[])[]
  usage: Usage
  latencyMs: number
}

/** What a pull reports while it goes on; bytes of one layer where it is about one. */
export interface PullStep {
  status: string
  digest: string | null
  completedBytes: number | null
  totalBytes: number | null
}

/** One kind of provider. Expected failures are Outcomes with the reason codes of the contract; a throw is a bug. */
export interface ProviderAdapter<Config = unknown> {
  readonly kind: string
  readonly label: string
  readonly description: string
  /** Field names are public (`base_url`, `port`, …); titles and descriptions come from `.meta()`, forms are drawn from them. */
  readonly configSchema: z.ZodType<Config>
  readonly key: {
    readonly need: 'required' | 'optional' | 'none'
    readonly customaryVariable: string | null
    readonly obtainAt: string | null
    /** How its keys begin, where that tells them from those of other kinds. */
    readonly beginsWith?: readonly string[]
  }
  readonly defaultEndpoint: string | null
  /** Its calls go by way of the editor, which therefore has to be the client. Absent: they do not. */
  readonly asksEditor?: true
  /** Absent: no gateway can pass calls of this kind on. */
  readonly liteLlm?: LiteLlmKind<Config>
  /** How the hosts of its resources end, where each customer has one of their own. Absent: they do not. */
  readonly hostsEndWith?: readonly string[]
  readonly capabilities: {
    readonly embeddings: boolean
    /** How structured output can be asked for, best first. */
    readonly outputModes: readonly OutputMode[]
    /** Log probabilities that a call can be asked for at most. Absent: the kind gives none. */
    readonly topLogprobs?: number
    /** What of a registered model's parameters its calls can carry. Absent: none. */
    readonly generationParameters?: readonly GenerationParameter[]
    readonly embeddingParameters?: readonly EmbeddingParameter[]
    /** Its calls can say at which texts an answer ends. */
    readonly stops?: true
  }
  /** Calls at the same time, unless the run or the route says so. Absent: 8 on this machine, 32 elsewhere. */
  readonly mostConcurrency?: number
  /** Ready-made settings to begin with. Absent: none. */
  readonly presets?: readonly KindPreset[]
  /** What this configuration allows of `capabilities.outputModes`, where the kind lets the user choose. */
  outputModes?(config: Config): readonly OutputMode[]
  /** Of `capabilities.topLogprobs`, what this configuration allows. Absent: all. */
  topLogprobs?(config: Config): number
  /** Where calls go with this configuration, as an absolute URL without a trailing slash; null when nothing is called. */
  endpoint(config: Config): string | null
  /** The model to use when the route names none; null: the user has to choose. */
  defaultModel(config: Config, task: Task): string | null
  /** The server of a person's own machine that the kind is for. Absent: it is none, or one of several. */
  localServer?: 'ollama'
  /** Whether a listed name means the wanted model, where a kind has more than one spelling. Absent: only the same name. */
  isSameModel?(wanted: string, listed: string): boolean
  /** Is it there, is the key accepted, which models are there. Never a paid call where a free one exists. */
  check(call: ProviderCall<Config>): Promise<Outcome<CheckFindings>>
  listModels(call: ProviderCall<Config>): Promise<Outcome<ModelInfo[]>>
  complete(call: ProviderCall<Config>, request: CompletionRequest): Promise<CompletionOutcome>
  /**
   * Answers in a conversation, piece by piece. What was handed on before a failure stays with the caller. A server that does not stream
   * answers in one piece. Absent: the kind's models hold no conversation.
   */
  stream?(call: ProviderCall<Config>, request: StreamRequest): Promise<CompletionOutcome>
  /** How long an answer may become at most, thinking included: what `complete` asks of the provider. Absent: not known beforehand. */
  mostOutputTokens?(config: Config, request: CompletionRequest): number
  /** Absent: the kind has no native decisions. Questions beyond `decisionLimits` are refused before anything is sent. */
  decide?(call: ProviderCall<Config>, request: DecisionRequest): Promise<DecisionOutcome>
  /**
   * What one request takes, as far as the kind knows; what the model's list says goes before. Null: the settings say that there are no
   * native decisions. There when `decide` is.
   */
  decisionLimits?(config: Config, model: string): DecisionLimits | null
  /** Its lists do not say which models decide: a probe of one asks. Absent: what a list does not call so, does not. */
  readonly probesDecisions?: true
  /** Requests for texts that are answered within a day, at half the price. Absent: the kind has no such API. */
  readonly batches?: BatchApi<ProviderCall<Config>> | undefined
  /** There when `capabilities.embeddings` is true. */
  embed?(call: ProviderCall<Config>, request: EmbeddingRequest): Promise<Outcome<Embeddings>>
  /** Brings a model to the provider's own machine; a pull that was cancelled goes on where it was. */
  pull?(call: ProviderCall<Config>, model: string, onStep: (step: PullStep) => void): Promise<Outcome<null>>
  /** A small model that decides and that this version could run, where none of its models does. */
  offerPull?(found: Pick<CheckFindings, 'version' | 'models'>): ConnectionReport['pullOffer']
  /** Removes a model from the provider's own machine. */
  deleteModel?(call: ProviderCall<Config>, model: string): Promise<Outcome<null>>
}
