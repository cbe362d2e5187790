import type { Outcome } from '../../protocol/outcome.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { CompletionRequest, DecisionRequest, EmbeddingRequest, ProviderAdapter, ProviderCall } from './adapter.ts'
import { streamAnswer } from './answerPieces.ts'
import { type CallToTry, checkWithoutList } from './checkWithoutList.ts'
import { type DecisionPlace, decideAt } from './decide.ts'
import { commonEmbeddingParameters, type EmbeddedBatch, embedInBatches } from './embedInBatches.ts'
import type { StatusRules } from './failureReason.ts'
import { type FileBatches, fileBatches } from './fileBatches.ts'
import { hostedConfig } from './keyRules.ts'
import { asReadout } from './logprobs.ts'
import { type ChatDialect, completeChat, type SdkPlace } from './openaiChat.ts'
import { embedOverOpenai } from './openaiEmbed.ts'
import type { ModelListing } from './openaiModels.ts'
import { type KeyHeaders, type OpenCall, openCall } from './openCall.ts'
import { inAcceptedTerms } from './schemaTerms.ts'
import { outputTokens, withSupportedEmbedding, withSupportedParameters } from './supportedParameters.ts'

/** A service at a well-known address that takes all ways of asking, the usual parameters, and makes vectors. */
export function hostedService(defaultEndpoint: string) {
  return {
    configSchema: hostedConfig(defaultEndpoint),
    defaultEndpoint,
    capabilities: {
      embeddings: true,
      outputModes: ['schema', 'tool', 'json', 'text'],
      stops: true,
      generationParameters: ['max_output_tokens', 'temperature', 'top_p', 'timeout_seconds', 'thinking'],
      embeddingParameters: ['dimensions', ...commonEmbeddingParameters],
    },
    endpoint: ({ base_url }: { base_url: string }) => base_url,
  } as const satisfies Partial<FamilyKind<{ base_url: string }>>
}

type OwnParts = 'kind' | 'label' | 'description' | 'configSchema' | 'key' | 'defaultEndpoint' | 'capabilities'

/** What makes one kind out of the family that speaks OpenAI's chat completions. */
export interface FamilyKind<Config>
  extends Pick<ProviderAdapter<Config>, OwnParts | 'isSameModel' | 'hostsEndWith' | 'liteLlm'> {
  endpoint(config: Config): string
  /** How the chat wants to be asked, by model and what is asked. */
  dialect(request: CompletionRequest, config: Config): ChatDialect
  list(open: OpenCall, config: Config): Promise<Outcome<ModelListing>>
  /** Why not all models are listed, in words for the method of a check. Absent: the list is whole. */
  listIsPartial?: boolean
  /** Where chat and embeddings are. Absent: at the endpoint itself. */
  place?(config: Config, model: string): SdkPlace
  /** Absent: as a bearer. `list`: for lists, where they want it otherwise. */
  keyHeaders?: KeyHeaders
  listKeyHeaders?: KeyHeaders
  rules?: StatusRules
  embedding?: FamilyEmbedding
  decisions?: FamilyDecisions<Config>
  /** Absent: it takes none. Keys and rules are those of its chat. */
  batches?: FileBatches<Config>
}

/** Where decisions are asked for, and how the key goes there; absent: as with everything else. */
export interface FamilyDecisions<Config> {
  place(config: Config, model: string): DecisionPlace
  keyHeaders?: KeyHeaders
  /** Its list does not say which models decide. */
  isUnlisted?: true
}

export interface FamilyEmbedding {
  mostTexts: number
  /** What the API wants beside model and texts. */
  extra?(request: EmbeddingRequest): Readonly<Record<string, unknown>>
  /** Absent: as OpenAI has it. */
  send?(open: OpenCall, texts: readonly string[], request: EmbeddingRequest): Promise<Outcome<EmbeddedBatch>>
}

export type FamilyAdapter<Config> = ProviderAdapter<Config> & { endpoint(config: Config): string }

/** The adapter of such a kind: everything that they share. */
export function familyAdapter<Config>(kind: FamilyKind<Config>): FamilyAdapter<Config> {
  const { list, place, rules, keyHeaders, listKeyHeaders = keyHeaders, embedding, decisions, capabilities } = kind
  return {
    ...partsOf(kind),
    defaultModel: () => null,

    async check(call) {
      const open = openCall(kind, call, null, { keyHeaders: listKeyHeaders })
      if (!open.ok) return open
      const listed = await list(open.value, call.config)
      if (!listed.ok) return await checkWithoutList(listed.reason, callOf(kind, call, open.value))
      const { models, isPartial } = listed.value
      const findings = { version: null, models, method: 'listed the models (no cost)' }
      return succeed(kind.listIsPartial || isPartial ? { ...findings, isListPartial: true } : findings)
    },

    async listModels(call) {
      const open = openCall(kind, call, null, { keyHeaders: listKeyHeaders })
      if (!open.ok) return open
      const listed = await list(open.value, call.config)
      return listed.ok ? succeed(listed.value.models) : listed
    },

    async complete(call, asked) {
      const request = asReadout(withSupportedParameters(asked, capabilities))
      const timeoutSeconds = request.parameters?.timeout_seconds
      const open = openCall(kind, call, request.model, { keyHeaders, timeoutSeconds })
      if (!open.ok) return open
      const dialect = kind.dialect(request, call.config)
      const options = { rules, place: place?.(call.config, request.model) }
      return await inAcceptedTerms(open.value.endpoint, request, dialect.terms, (terms) =>
        completeChat(open.value, request, { ...options, dialect: { ...dialect, terms } }),
      )
    },

    stream(call, asked) {
      return streamAnswer(asked, (request) => this.complete(call, request))
    },

    mostOutputTokens(config, asked) {
      const request = asReadout(withSupportedParameters(asked, capabilities))
      if (request.topLogprobs !== undefined) return outputTokens(request, 0)
      return outputTokens(request, kind.dialect(request, config).thinkingTokens)
    },

    ...(decisions
      ? {
          ...(decisions.isUnlisted ? { probesDecisions: true as const } : {}),
          decide: (call, request) => decideThrough(kind, decisions, call, request),
          decisionLimits: (config, model) => decisions.place(config, model).limits ?? {},
        }
      : {}),
    ...(kind.batches ? { batches: fileBatches(kind, { keyHeaders, rules, ...kind.batches }) } : {}),
    ...(embedding ? { embed: (call, asked) => embedThrough(kind, embedding, call, asked) } : {}),
  }
}

async function decideThrough<Config>(
  kind: FamilyKind<Config>,
  { place, keyHeaders = kind.keyHeaders }: FamilyDecisions<Config>,
  call: ProviderCall<Config>,
  request: DecisionRequest,
) {
  const timeoutSeconds = request.parameters?.timeout_seconds
  const open = openCall(kind, call, request.model, { keyHeaders, timeoutSeconds })
  return open.ok
    ? await decideAt(open.value, request, { rules: kind.rules, ...place(call.config, request.model) })
    : open
}

/** Where a chat would go, for a check that has no list. Where the place depends on the model, any name will do. */
function callOf<Config>(kind: FamilyKind<Config>, call: ProviderCall<Config>, listed: OpenCall): CallToTry {
  const { keyHeaders, rules } = kind
  return {
    listed,
    open: () => openCall(kind, call, null, { keyHeaders }),
    url(open) {
      const { baseUrl, query } = kind.place?.(call.config, 'model') ?? { baseUrl: open.endpoint }
      return `${baseUrl}/chat/completions${query ? `?${new URLSearchParams(query)}` : ''}`
    },
    rules,
  }
}

function partsOf<Config>(kind: FamilyKind<Config>) {
  const { label, description, configSchema, key, defaultEndpoint, capabilities, endpoint } = kind
  const { isSameModel, hostsEndWith, liteLlm } = kind
  const parts = { kind: kind.kind, label, description, configSchema, key, defaultEndpoint, capabilities, endpoint }
  return {
    ...parts,
    ...(isSameModel ? { isSameModel } : {}),
    ...(hostsEndWith ? { hostsEndWith } : {}),
    ...(liteLlm ? { liteLlm } : {}),
  }
}

async function embedThrough<Config>(
  kind: FamilyKind<Config>,
  embedding: FamilyEmbedding,
  call: ProviderCall<Config>,
  asked: EmbeddingRequest,
) {
  const { rules, keyHeaders } = kind
  const request = withSupportedEmbedding(asked, kind.capabilities)
  const { model } = request
  const timeoutSeconds = request.parameters.timeout_seconds
  const options = { model, extra: embedding.extra?.(request) ?? {}, rules, place: kind.place?.(call.config, model) }
  return await embedInBatches(request, {
    mostTexts: embedding.mostTexts,
    open: () => openCall(kind, call, model, { keyHeaders, timeoutSeconds }),
    send: (open, texts) => embedding.send?.(open, texts, request) ?? embedOverOpenai(open, texts, options),
  })
}

/** The length of vectors under the name that most APIs have for it. */
export function dimensionsField({ parameters }: EmbeddingRequest): Readonly<Record<string, unknown>> {
  return parameters.dimensions === undefined ? {} : { dimensions: parameters.dimensions }
}
