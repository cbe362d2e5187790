import type { DecisionLimits } from '../../protocol/decisions.ts'
import type { Task } from '../../protocol/names.ts'
import type { ReadoutProblem } from '../../protocol/reasons.ts'
import type { DecisionDialect, OutputMode } from '../../protocol/routing.ts'
import type {
  CompletionOutcome,
  CompletionRequest,
  Decision,
  DecisionOutcome,
  DecisionRequest,
} from '../providers/adapter.ts'

/** A configured provider, ready for calls: configuration, key and transport are behind it, so none of them reaches a journal. */
export interface ModelClient {
  /** SHA-256 of what else changes an answer: the model's parameters, thinking, a chosen output mode. Absent: not known. */
  optionsHash?: string
  /** How structured output can be asked for, best first. */
  outputModes: readonly OutputMode[]
  /**
   * How many log probabilities come back with an answer, as far as is known; `problem`: why decisions cannot be read out of them. Absent:
   * there are none.
   */
  readout?: { labels: number; problem?: ReadoutProblem; isMeasured?: true } | undefined
  /** The most items of a call that a probe found to be judged as they are alone. Absent: nobody has measured it. */
  measuredBatch?: number | undefined
  /** Of a call with its answer, and of the answer, as far as the model's list or registration says. Absent: not known. */
  contextTokens?: number | undefined
  maxAnswerTokens?: number | undefined
  /** Calls at the same time at most, as long as nobody says how many. Absent: as many as to begin with. */
  mostConcurrency?: number
  /**
   * Expected failures are Outcomes. An aborted signal ends the call with `cancelled`. In a conversation the answer also comes piece by
   * piece; `ask_unsupported` where the kind or the model holds none.
   */
  complete(request: CompletionRequest, signal: AbortSignal): Promise<CompletionOutcome>
  /** Absent: the model does not decide natively, as far as is known. */
  decisions?: DecisionPort
  /** How long an answer may become at most, thinking included. */
  mostOutputTokens(request: CompletionRequest): number
}

/** The decisions of a model. */
export interface DecisionPort {
  limits: DecisionLimits
  /** Its list, its registration or a probe says that it decides. False: a call may find out. */
  isKnown: boolean
  /** It writes no text: `complete` fails with `ask_unsupported`. */
  isOnly: boolean
  /** Each question is a call of its own, with the text: none is asked on suspicion. Absent: those of a request are one call. */
  isOneByOne?: boolean
  /** What is said to the model beside the questions, where it is ours. Another wording is another question. */
  wording?: string
  /** Counted and held to caps as one call, for all tasks whose questions it carries. */
  decide(request: DecisionRequest, tasks: readonly Task[], signal: AbortSignal): Promise<DecidedOutcome>
}

/** A decision, native or read out of log probabilities, which has no dialect. */
export interface Decided extends Omit<Decision, 'dialect'> {
  dialect?: DecisionDialect
  /** Calls that it took. Absent: one. */
  calls?: number
  /** Of a read-out: the least share of the probability that lay on the labels of a question, 0 to 1. */
  labelMass?: number
  /** Of a read-out: questions whose first option was another one in the reverse order. */
  flips?: number
}

export type DecidedOutcome = { ok: true; value: Decided } | Extract<DecisionOutcome, { ok: false }>
