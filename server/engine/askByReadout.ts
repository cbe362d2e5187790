import type { DecisionAnswer, DecisionLimits, DecisionQuestion } from '../../protocol/decisions.ts'
import type { Task } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReadoutProblem } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import {
  answerOf,
  averageReadings,
  isDoubtful,
  mostLabels,
  type Order,
  type Reading,
  readLabels,
  readoutPrompt,
  readoutSystem,
  readoutWording,
} from '../domain/readout.ts'
import { sumUsage } from '../domain/sumUsage.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { Completion, CompletionRequest, DecisionRequest, SpentOnFailure } from '../providers/adapter.ts'
import type { DecidedOutcome, DecisionPort, ModelClient } from './modelClient.ts'

export interface ReadoutOptions {
  provider: string
  model: string
  client: ModelClient
  profile: CompiledProfile
  /** Log probabilities that come back. */
  labels: number
  /** What is asked of all or most texts, in the order of the prompt. */
  questions: readonly DecisionQuestion[]
  /** The task that a question's call is accounted for. */
  taskOf(question: DecisionQuestion): Task
  /** A random mark, of letters and digits, that no text can know. */
  drawMark(): string
}

/** Texts whose questions were answered in part before a call failed: what was answered is not paid for again. */
const mostHalfAnswered = 256

/**
 * Decisions of a model that only talks, read out of its log probabilities: a call of one output token for each question, one after the
 * other, since all of them share what stands before. Where one fails, all of them have, and those that were answered are remembered.
 */
export class ReadoutPort implements DecisionPort {
  readonly limits: DecisionLimits
  readonly isKnown = false
  readonly isOnly = false
  readonly isOneByOne = true
  readonly wording = readoutWording
  readonly #options: ReadoutOptions
  readonly #system: string
  readonly #known: ReadonlySet<DecisionQuestion>
  /** Drawn once: what stands before the text is then the same in each call, and servers need not read it again. */
  readonly #mark: string
  readonly #halfAnswered = new Map<string, Map<string, AnsweredQuestion>>()

  constructor(options: ReadoutOptions) {
    const most = Math.min(options.labels, mostLabels)
    this.limits = { options: most, levels: Math.min(most, 10) }
    this.#options = options
    this.#system = readoutSystem(options.questions)
    this.#known = new Set(options.questions)
    this.#mark = options.drawMark()
  }

  async decide(request: DecisionRequest, _tasks: readonly Task[], signal: AbortSignal): Promise<DecidedOutcome> {
    const { input, questions } = request
    const answered = this.#halfAnswered.get(input) ?? new Map<string, AnsweredQuestion>()
    this.#halfAnswered.delete(input)
    const calls = new CallSum()
    for (const question of questions) {
      if (answered.has(question.name)) continue
      const asked = await this.#answer(input, question, calls, signal)
      if (!asked.ok) {
        if (answered.size > 0) this.#remember(input, answered)
        return { ...asked, spent: calls.spent() }
      }
      answered.set(question.name, asked.value)
    }
    const all = questions.flatMap(({ name }) => answered.get(name) ?? [])
    return succeed({
      answers: all.map(({ answer }) => answer),
      labelMass: Math.min(1, ...all.map(({ mass }) => mass)),
      flips: all.filter(({ isFlip }) => isFlip).length,
      ...calls.facts(),
    })
  }

  /** A doubtful one is asked about in the other order, too, and both count the same. */
  async #answer(
    input: string,
    question: DecisionQuestion,
    calls: CallSum,
    signal: AbortSignal,
  ): Promise<Outcome<AnsweredQuestion>> {
    const forth = await this.#read(input, question, 'forth', calls, signal)
    if (!forth.ok) return forth
    const back = isDoubtful(question, forth.value) ? await this.#read(input, question, 'back', calls, signal) : null
    if (back?.ok === false) return back
    const reading = averageReadings(forth.value, back?.value ?? null)
    if (reading === null) return this.#noLabel()
    const { mass, isFlip } = reading
    return succeed({ answer: answerOf(question, reading), mass, isFlip })
  }

  async #read(
    input: string,
    question: DecisionQuestion,
    order: Order,
    calls: CallSum,
    signal: AbortSignal,
  ): Promise<Outcome<Reading | null>> {
    const isFirst = order === 'forth' && this.#known.has(question)
    const completed = await this.#options.client.complete(this.#requestOf(input, question, order, isFirst), signal)
    if (!completed.ok) {
      calls.add(completed.spent)
      return completed
    }
    calls.add(completed.value)
    const { logprobs, text, hasThought } = completed.value
    const reading = readLabels(logprobs ?? [], question, order)
    if (reading !== null) return succeed(reading)
    if (hasThought) return this.#unsupported('thinks')
    // llama.cpp leaves them out where the token is half a character: that is no answer, and says nothing of the server.
    if (logprobs === undefined && text !== '' && !text.includes('\uFFFD')) {
      return this.#unsupported('no_logprobs')
    }
    return succeed(null)
  }

  #requestOf(input: string, question: DecisionQuestion, order: Order, isFirst: boolean): CompletionRequest {
    const { model, labels, profile, taskOf } = this.#options
    const task = taskOf(question)
    // An item counts once for each task, however many questions it takes.
    const counts = isFirst && this.#options.questions.find((each) => taskOf(each) === task) === question
    return {
      model,
      system: this.#system,
      prompt: readoutPrompt(input, question, { mark: this.#mark, order, isKnown: this.#known.has(question) }),
      output: { name: 'label', schema: {} },
      mode: 'text',
      maxOutputTokens: 1,
      topLogprobs: labels,
      thinking: false,
      work: { task, items: counts ? [{ key: 'text', text: input }] : [], profile },
    }
  }

  #unsupported(readout: ReadoutProblem): Outcome<never> {
    const { provider, model } = this.#options
    const why = readout === 'no_logprobs' ? 'server' : 'model'
    return fail({ code: 'ask_unsupported', provider, model, ask: 'readout', why, readout })
  }

  #noLabel(): Outcome<never> {
    const detail = localizable('none of the labels is among the likely answers')
    const { provider } = this.#options
    return fail({ code: 'invalid_response', provider, problem: 'schema', ...withMessage('detail', detail) })
  }

  #remember(input: string, answered: Map<string, AnsweredQuestion>): void {
    this.#halfAnswered.set(input, answered)
    const oldest = this.#halfAnswered.keys().next()
    if (this.#halfAnswered.size > mostHalfAnswered && !oldest.done) this.#halfAnswered.delete(oldest.value)
  }
}

interface AnsweredQuestion {
  answer: DecisionAnswer
  mass: number
  isFlip: boolean
}

/** What several calls took together. A cost that one of them does not say is not known of all. */
class CallSum {
  readonly #calls: (Completion | SpentOnFailure)[] = []

  add(call: Completion | SpentOnFailure | undefined): void {
    if (call !== undefined) this.#calls.push(call)
  }

  facts() {
    const { limits, answeredBy } = this.#calls.findLast((call): call is Completion => 'text' in call) ?? {}
    return {
      ...{ calls: this.#calls.length, ...this.#sum() },
      ...(limits ? { limits } : {}),
      ...(answeredBy ? { answeredBy } : {}),
    }
  }

  /** Absent: nothing was answered. */
  spent(): SpentOnFailure | undefined {
    return this.#calls.length === 0 ? undefined : this.#sum()
  }

  #sum() {
    const costs = this.#calls.flatMap(({ costUsd }) => costUsd ?? [])
    const isPriced = costs.length > 0 && costs.length === this.#calls.length
    return {
      usage: sumUsage(this.#calls.map(({ usage }) => usage)),
      latencyMs: this.#calls.reduce((sum, { latencyMs }) => sum + latencyMs, 0),
      ...(isPriced ? { costUsd: costs.reduce((sum, cost) => sum + cost, 0) } : {}),
    }
  }
}
