import type { DecisionLimits } from '../../protocol/decisions.ts'

/**
 * What one request for decisions takes, by who serves it: as documented or as read in the source (facts/decisions-api.md §1.5 and §2,
 * facts/decision-models.md §1.1). Tokens are of text and questions together. What is not there is not known.
 */
export const decisionLimits = {
  openai: { questions: 400, options: 255, levels: 10, tokens: 922_000 },
  gemini: { questions: 1000, options: 255, levels: 10, tokens: 262_144 },
  typesafe: { options: 255, levels: 10, tokens: 32_000 },
  ollama: { questions: 64, options: 26, levels: 10, bytes: 65_536 },
  openrouter: { questions: 200, options: 255, levels: 10 },
  fireworks: { options: 208, levels: 10 },
  cloudflare: { questions: 64, options: 255, levels: 10, bytes: 520_000 },
  perplexity: { questions: 128, options: 255, levels: 10 },
  litellm: { questions: 128, options: 255, levels: 10 },
  vllm: { questions: 64, options: 26, levels: 10 },
  sglang: { options: 255, levels: 10 },
  localai: { questions: 64, options: 26, levels: 10, bytes: 65_536 },
  llamaCpp: { levels: 10 },
} as const satisfies Record<string, DecisionLimits>

/** Services that are told by their host. */
const hosts: readonly [RegExp, DecisionLimits][] = [
  [/(^|\.)fireworks\.ai$/, decisionLimits.fireworks],
  [/^api\.cloudflare\.com$/, decisionLimits.cloudflare],
  [/^api\.perplexity\.ai$/, decisionLimits.perplexity],
]

/** Of a server at this address, as far as the address tells it. */
export function limitsAt(baseUrl: string): DecisionLimits {
  const { hostname } = new URL(baseUrl)
  return hosts.find(([host]) => host.test(hostname))?.[1] ?? {}
}

/** Servers that name themselves as the owner of what they list. */
const owners: Readonly<Record<string, DecisionLimits>> = {
  llamacpp: decisionLimits.llamaCpp,
  vllm: decisionLimits.vllm,
  sglang: decisionLimits.sglang,
}

export function limitsOfOwner(owner: unknown): DecisionLimits {
  return (typeof owner === 'string' ? owners[owner.toLowerCase()] : undefined) ?? {}
}
