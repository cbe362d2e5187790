import type { GenerationParameter, NerParameter } from '../../protocol/models.ts'
import type { CompletionRequest, EmbeddingRequest, ProviderAdapter } from './adapter.ts'

type Capabilities = ProviderAdapter['capabilities']

/** What can be said of a model that writes: what its calls carry, and its window, which also counts where no call names it. */
export function generationParametersOf({ capabilities }: ProviderAdapter): readonly GenerationParameter[] {
  const { generationParameters: carried = [] } = capabilities
  return carried.length === 0 || carried.includes('context_window') ? carried : ['context_window', ...carried]
}

/** Of a model that finds names: labels and threshold are ours, the rest is what its calls carry. */
export function nerParametersOf({ capabilities }: ProviderAdapter): readonly NerParameter[] {
  const { generationParameters: carried = [], topLogprobs = 0, stops = false } = capabilities
  if (carried.length === 0) return []
  return [
    'labels',
    'threshold',
    ...(carried.includes('top_k') ? (['top_k'] as const) : []),
    ...(topLogprobs > 0 ? (['logprobs'] as const) : []),
    ...(stops ? (['stop'] as const) : []),
    ...(carried.includes('timeout_seconds') ? (['timeout_seconds'] as const) : []),
  ]
}

/**
 * The request with only what the kind supports of the registered model's parameters: the rest is not sent.
 * A route's own word on thinking goes before the model's.
 */
export function withSupportedParameters(request: CompletionRequest, capabilities: Capabilities): CompletionRequest {
  const parameters = pick(request.parameters ?? {}, capabilities.generationParameters)
  return { ...request, parameters, thinking: request.thinking ?? parameters.thinking }
}

export function withSupportedEmbedding(request: EmbeddingRequest, capabilities: Capabilities): EmbeddingRequest {
  return { ...request, parameters: pick(request.parameters, capabilities.embeddingParameters) }
}

/** Tokens to allow for an answer and the thinking before it; never more than the model is registered to give. */
export function outputTokens({ maxOutputTokens, parameters }: CompletionRequest, thinkingTokens: number): number {
  return Math.min(maxOutputTokens + thinkingTokens, parameters?.max_output_tokens ?? Number.POSITIVE_INFINITY)
}

function pick<Parameters extends object>(
  parameters: Parameters,
  names: readonly (keyof Parameters)[] = [],
): Parameters {
  const wanted = new Set<PropertyKey>(names)
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => wanted.has(name))) as Parameters
}
