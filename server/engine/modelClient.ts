import type { OutputMode } from '../../protocol/routing.ts'
import type { CompletionOutcome, CompletionRequest } from '../providers/adapter.ts'

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
  /** How long an answer may become at most, thinking included. */
  mostOutputTokens(request: CompletionRequest): number
}
