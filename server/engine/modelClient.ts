import type { DecisionLimits } from '../../protocol/decisions.ts'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ReadoutProblem } from '../../protocol/reasons.ts'
import type { DecisionDialect, OutputMode } from '../../protocol/routing.ts'
import type {
  CompletionOutcome,
  CompletionRequest,
  Decision,
  DecisionOutcome,
  DecisionRequest,
} from '../providers/adapter.ts'
import type { BatchAnswer, BatchLimits, BatchStatus, NewBatch, StoredAnswer } from '../providers/batchApi.ts'

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
  /** It was learned here: it is asked for nothing else. Absent: it was not. */
  learned?: LearnedPort
  /** Absent: the kind has no batch API, or the run has no use for one. */
  batch?: BatchPort
  /** How long an answer may become at most, thinking included. */
  mostOutputTokens(request: CompletionRequest): number
}

/** A model that was learned here: nobody is called. */
export interface LearnedPort {
  /** Another one whenever it was learned anew. */
  version: string
  /** Those that it was learned for, all of them. */
  categories: readonly { name: string; parent: string | null }[]
  /** Up to this probability its answer is not good enough to be given. */
  floor: number
  /** `inputHash`: SHA-256 of the text; of a text that it was learned from it says what it said before it had seen it. */
  judge(text: string, inputHash: string): LearnedVerdict
}

export interface LearnedVerdict {
  /** Empty: nothing fits. */
  categories: string[]
  /** Of exactly these. */
  probability: number
  /** Of the most probable first categories. */
  probabilities: Readonly<Record<string, number>>
}

/** Answers single requests of a model in its place; whose turn it is, the call's own signal says. */
export interface OfflineTurns {
  /** The next request with this signal is answered by `answer`. */
  take(signal: AbortSignal, answer: (request: CompletionRequest) => Promise<CompletionOutcome>): void
}

export function withOfflineTurns(model: ModelClient): { model: ModelClient; turns: OfflineTurns } {
  const answers = new WeakMap<AbortSignal, (request: CompletionRequest) => Promise<CompletionOutcome>>()
  return {
    turns: { take: (signal, answer) => void answers.set(signal, answer) },
    model: {
      ...model,
      complete: (request, signal) => answers.get(signal)?.(request) ?? model.complete(request, signal),
    },
  }
}

/** Money that is set aside for a batch until its results are read, however many processes come and go meanwhile. */
export interface BatchReservation {
  /** What it cost; the rest is free again. */
  settle(costUsd: number): void
}

/** A model's way through the batch API of its provider, counted and held to caps at the price that batches have. */
export interface BatchPort extends BatchCalls {
  limits: BatchLimits
  /** The smallest cap that counts, in US dollars; null: there is none. */
  capUsd: number | null
  /** A line of a batch file, and what it may cost at the most (null: nobody knows). Null: the request posts nothing. */
  prepare(customId: string, request: CompletionRequest): Promise<{ line: string; mostUsd: number | null } | null>
  readLine(line: unknown): BatchAnswer | null
  /** What comes of an answer, counted as a call of the run. */
  read(answer: StoredAnswer, request: CompletionRequest): Promise<CompletionOutcome>
  /** Waits while what is under way may turn out cheaper. Fails with `spend_cap` where it never fits. */
  reserve(mostUsd: number, signal: AbortSignal): Promise<Outcome<BatchReservation>>
  /** Of a batch that an earlier process has set it aside for: whatever the caps say now. */
  restore(mostUsd: number): Promise<BatchReservation>
}

/** The requests of a batch API; see `BatchApi`. */
export interface BatchCalls {
  upload: ((batch: NewBatch, signal: AbortSignal) => Promise<Outcome<string>>) | null
  findFile(batch: NewBatch, signal: AbortSignal): Promise<Outcome<string | null>>
  create(batch: NewBatch, signal: AbortSignal): Promise<Outcome<BatchStatus>>
  find(batch: NewBatch, signal: AbortSignal): Promise<Outcome<BatchStatus | null>>
  status(id: string, signal: AbortSignal): Promise<Outcome<BatchStatus>>
  download(result: string, signal: AbortSignal): Promise<Outcome<AsyncIterable<Uint8Array>>>
  cancel(id: string, signal: AbortSignal): Promise<Outcome<unknown>>
  remove(batch: { id: string; files: readonly string[] }, signal: AbortSignal): Promise<Outcome<unknown>>
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
