import type { DecisionLimits } from '../../protocol/decisions.ts'
import type { Task } from '../../protocol/names.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import type { CompletionOutcome, CompletionRequest, DecisionOutcome, DecisionRequest } from '../providers/adapter.ts'

/** A configured provider, ready for calls: configuration, key and transport are behind it, so none of them reaches a journal. */
export interface ModelClient {
  /** SHA-256 of what else changes an answer: the model's parameters, thinking, a chosen output mode. Absent: not known. */
  optionsHash?: string
  /** How structured output can be asked for, best first. */
  outputModes: readonly OutputMode[]
  /** Calls at the same time at most, as long as nobody says how many. Absent: as many as to begin with. */
  mostConcurrency?: number
  /** Expected failures are Outcomes. An aborted signal ends the call with `cancelled`. */
  complete(request: CompletionRequest, signal: AbortSignal): Promise<CompletionOutcome>
  /** Absent: the model does not decide natively, as far as is known. */
  decisions?: DecisionPort
  /** How long an answer may become at most, thinking included. */
  mostOutputTokens(request: CompletionRequest): number
}

/** The native decisions of a model. */
export interface DecisionPort {
  limits: DecisionLimits
  /** Its list, its registration or a probe says that it decides. False: a call may find out. */
  isKnown: boolean
  /** It writes no text: `complete` fails with `ask_unsupported`. */
  isOnly: boolean
  /** Counted and held to caps as one call, for all tasks whose questions it carries. */
  decide(request: DecisionRequest, tasks: readonly Task[], signal: AbortSignal): Promise<DecisionOutcome>
}
