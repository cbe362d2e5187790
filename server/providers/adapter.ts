import type * as z from 'zod'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Usage } from '../../protocol/results.ts'
import type { OutputMode, RouteOptions } from '../../protocol/routing.ts'
import type { Work } from '../domain/work.ts'
import type { Deadlines } from './deadlines.ts'
import type { Transport } from './transport.ts'

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
  /** Where they differ from those that a check or a completion has by itself. */
  deadlines?: Partial<Deadlines>
}

export interface CheckFindings {
  /** Version of the server; null where it does not tell. */
  version: string | null
  models: ModelInfo[]
  /** How it was asked, in words, such as "listed the models (no cost)". */
  method: string
}

export interface CompletionRequest {
  model: string
  system: string
  prompt: string
  /** The shape of the answer: a name of letters and underscores, and a JSON schema that every mode can be told. */
  output: { name: string; schema: JsonSchema }
  mode: OutputMode
  maxOutputTokens: number
  thinking: RouteOptions['thinking']
  /** What the prompt was made from. */
  work: Work
}

export interface Completion {
  /** The answer's text, JSON in every mode but `text`; never the thinking. Not validated here. */
  text: string
  usage: Usage
  latencyMs: number
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
  }
  readonly defaultEndpoint: string | null
  readonly capabilities: {
    readonly embeddings: boolean
    /** How structured output can be asked for, best first. */
    readonly outputModes: readonly OutputMode[]
  }
  /** What this configuration allows of `capabilities.outputModes`, where the kind lets the user choose. */
  outputModes?(config: Config): readonly OutputMode[]
  /** Where calls go with this configuration, as an absolute URL without a trailing slash; null when nothing is called. */
  endpoint(config: Config): string | null
  /** The model to use when the route names none; null: the user has to choose. */
  defaultModel(config: Config, task: Task): string | null
  /** Whether a listed name means the wanted model, where a kind has more than one spelling. Absent: only the same name. */
  isSameModel?(wanted: string, listed: string): boolean
  /** Is it there, is the key accepted, which models are there. Never a paid call where a free one exists. */
  check(call: ProviderCall<Config>): Promise<Outcome<CheckFindings>>
  listModels(call: ProviderCall<Config>): Promise<Outcome<ModelInfo[]>>
  complete(call: ProviderCall<Config>, request: CompletionRequest): Promise<Outcome<Completion>>
}
