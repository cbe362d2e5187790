import type { GenerationParameters, ProbeFindings } from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import { sumUsage } from '../domain/sumUsage.ts'
import type { Completion, CompletionRequest } from '../providers/adapter.ts'
import type { ProbePrompt } from './probeItems.ts'

export interface ProbePorts {
  complete(request: CompletionRequest): Promise<Outcome<Completion>>
  model: string
  parameters: GenerationParameters
  /** What the provider's configuration allows, best first. */
  offered: readonly OutputMode[]
  /** Log probabilities that a call can be asked for; 0: the kind or its configuration has none. */
  topLogprobs: number
  /** Whether the model is said to be able to think. */
  canThink: boolean
  /** A random mark for each call. */
  drawMark(): string
}

/** What came of a call: a text, nothing usable, or the provider's refusal to be asked in that way. */
type UnusableProblem = 'not_json' | 'empty' | 'truncated' | 'repetitive' | 'interrupted' | 'schema' | 'too_large'

export type ProbeAnswer =
  | { kind: 'text'; text: string }
  | { kind: 'unusable'; problem: UnusableProblem }
  | { kind: 'refused'; reason: Reason }

/** Asks, and remembers what all calls together show. */
export interface Asking {
  /** Fails with what would have been in the way of any call. */
  ask(prompt: ProbePrompt, mode: OutputMode, thinking?: boolean): Promise<Outcome<ProbeAnswer>>
  /** A call that did not say whether to think came with thinking. */
  hasThought(): boolean
  findings(): Pick<ProbeFindings, 'usageReported' | 'emptyWhileThinking' | 'calls' | 'usage'>
}

export function startAsking({ complete, model, parameters }: ProbePorts): Asking {
  let calls = 0
  let hasThought = false
  let hasThoughtByItself = false
  let isEmptyWhileThinking = false
  const usages: Usage[] = []

  function noteThought(thinking: boolean | undefined): void {
    hasThought = true
    if (thinking === undefined) hasThoughtByItself = true
  }

  return {
    async ask(prompt, mode, thinking) {
      calls++
      const outcome = await complete(requestOf(prompt, { model, parameters, mode, thinking }))
      if (outcome.ok) {
        usages.push(outcome.value.usage)
        if (outcome.value.hasThought) noteThought(thinking)
        return succeed({ kind: 'text', text: outcome.value.text })
      }
      const { reason } = outcome
      if (reason.code === 'invalid_response' && reason.problem === 'empty' && reason.hasThought) {
        noteThought(thinking)
        isEmptyWhileThinking = true
      }
      const answer = answerOf(reason)
      return answer ? succeed(answer) : outcome
    },
    hasThought: () => hasThoughtByItself,
    findings: () => ({
      usageReported: usages.length > 0 ? usages.every(({ input, output }) => input !== null && output !== null) : null,
      emptyWhileThinking: hasThought ? isEmptyWhileThinking : null,
      calls,
      usage: sumUsage(usages),
    }),
  }
}

export function requestOf(
  { system, prompt, schema, schemaName, maxOutputTokens, work }: ProbePrompt,
  how: { model: string; parameters: GenerationParameters; mode: OutputMode; thinking?: boolean | undefined },
): CompletionRequest {
  return { ...how, system, prompt, output: { name: schemaName, schema }, maxOutputTokens, thinking: how.thinking, work }
}

/** Null: the reason is about the provider and not about this way of asking. */
function answerOf(reason: Reason): ProbeAnswer | null {
  if (reason.code !== 'invalid_response') return null
  const { problem } = reason
  switch (problem) {
    case 'rejected_request':
      return { kind: 'refused', reason }
    case 'not_json':
    case 'empty':
    case 'truncated':
    case 'repetitive':
    case 'interrupted':
    case 'schema':
    case 'too_large':
      return { kind: 'unusable', problem }
    case 'error_body':
    case 'not_the_api':
    case 'unexpected_status':
    case 'cannot_serve':
      return null
    default:
      return assertNever(problem)
  }
}
