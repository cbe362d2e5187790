import type { DecisionAnswer, DecisionQuestion } from '../../protocol/decisions.ts'
import { type Task, tasks } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import type { DecisionDialect, ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { cutText } from '../domain/cutText.ts'
import { furtherQuestion, type ProfileQuestions, taskOfQuestion } from '../domain/decisionQuestions.ts'
import { factsOf, questionsLeft, readCategories, readScores, refusedQuestion } from '../domain/decisionVerdicts.ts'
import { charactersOf, type DecisionPlan, leastTokens } from '../domain/planDecisions.ts'
import { bands } from '../domain/prompts.ts'
import { cautiousTokens, fitText, type TextRoom } from '../domain/textRoom.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { sha256 } from '../items/hashes.ts'
import type { AnsweredBy, DecisionOutcome } from '../providers/adapter.ts'
import type { RateLimit } from '../providers/rateLimits.ts'
import type { Asked, AskStrategy, Attempt, CallEstimate, CallFacts, Verdicts } from './askStrategy.ts'
import type { Decided, DecisionPort } from './modelClient.ts'
import type { WorkItem } from './workItem.ts'

/** What is known of an item while its questions are asked, and what the calls for it took. */
interface Progress {
  answers: Map<string, DecisionAnswer>
  calls: number
  latencyMs: number
  usage: Usage
  costUsd: number | null
  dialect: DecisionDialect | undefined
  answeredBy: AnsweredBy | undefined
  limits: readonly RateLimit[] | undefined
  /** Of a read-out: the least share of the probability on the labels of a question, and choices that depended on the order. */
  labelMass: number | undefined
  flips: number | undefined
}

/** Asks by typed questions about one item, and makes verdicts of the probabilities that come back. */
export class DecisionStrategy implements AskStrategy {
  readonly batchSize = 1
  readonly tasks: readonly Task[]
  readonly questionHash: string
  readonly #route: ResolvedRoute
  readonly #port: DecisionPort
  readonly #mode: 'decisions' | 'readout'
  readonly #profile: CompiledProfile
  readonly #questions: ProfileQuestions
  readonly #plan: DecisionPlan
  readonly #longestText: number
  readonly #firstTasks: readonly Task[]
  /** What a request takes of a text, as far as is known: a server that refuses one tells it. */
  #room: TextRoom
  /** Of the items that were read out. */
  readonly #masses = { sum: 0, items: 0 }
  /** Of items that were not answered as a whole: what was answered counts. */
  readonly #begun = new WeakMap<WorkItem, Progress>()

  constructor(options: {
    route: ResolvedRoute
    port: DecisionPort
    mode: 'decisions' | 'readout'
    /** The route's own first. */
    tasks: readonly Task[]
    profile: CompiledProfile
    questions: ProfileQuestions
    plan: DecisionPlan
    /** Characters of an item that are sent at most. */
    longestText: number
  }) {
    this.tasks = options.tasks
    this.#route = options.route
    this.#port = options.port
    this.#mode = options.mode
    this.#profile = options.profile
    this.#questions = options.questions
    this.#plan = options.plan
    this.#longestText = options.longestText
    this.#room = options.plan.room
    this.#firstTasks = tasksOf(options.plan.first)
    this.questionHash = sha256(JSON.stringify(this.#asked()))
  }

  async ask([item]: readonly WorkItem[], _attempt: Attempt, signal: AbortSignal): Promise<Asked> {
    if (!item) throw new Error('A decision is about one item')
    const progress = this.#begun.get(item) ?? nothingYet()
    const before = progress.calls
    const input = this.#inputOf(item)
    for (let questions = this.#next(progress); questions.length > 0; questions = this.#next(progress)) {
      const isFirst = this.#missing(progress).length > 0
      const asked = isFirst ? this.#firstTasks : tasksOf(questions)
      const decided = await this.#port.decide({ model: this.#route.model, input, questions }, asked, signal)
      const told = decided.ok ? decided.value : decided.partly
      if (told) {
        addCall(progress, told)
        this.#begun.set(item, progress)
      }
      if (!decided.ok && !questions.every(({ name }) => progress.answers.has(name))) {
        const { reason } = decided
        if (!isFirst) this.#begun.set(item, progress)
        this.#learnRoom(reason, input)
        // Another item may have taught it while this one was under way.
        const asksDifferently = reason.code === 'context_too_long' && this.#inputOf(item).length < input.length
        const call = told
          ? this.#callOf(progress, progress.calls - before)
          : this.#failedCall(progress, decided, before)
        return { ok: false, reason, call, asksDifferently }
      }
      const refused = refusedQuestion(this.#questions, progress.answers)
      if (refused !== null) {
        const call = this.#callOf(progress, progress.calls - before)
        return { ok: false, reason: this.#refusal(refused), call, asksDifferently: false }
      }
      if (!isFirst) break
    }
    if (before > 0) this.#begun.delete(item)
    if (progress.labelMass !== undefined) {
      this.#masses.sum += progress.labelMass
      this.#masses.items++
    }
    return this.#verdicts(progress, before)
  }

  charactersOf(item: WorkItem): number {
    const { length } = this.#inputOf(item)
    return this.#port.isOneByOne ? length * this.#callsOfItem() : length
  }

  /** A second call for further categories is made for some of the items only; nobody knows for how many. */
  estimate(items: number): CallEstimate {
    const { first, asksWithinLater } = this.#plan
    const within = [...this.#questions.within.values()]
    const later = asksWithinLater ? charactersOf(within) / Math.max(1, within.length) : 0
    const ofItem = this.#callsOfItem()
    const calls = items * ofItem
    const mostCalls = items * (ofItem + this.#furtherCalls())
    const most = mostCalls > calls ? { mostCalls } : {}
    // What stands before the text is the same in each call, and holds all questions.
    if (this.#port.isOneByOne) {
      return { calls, ...most, frameCharacters: calls * charactersOf([...first, ...within]), outputTokens: calls }
    }
    return { calls, ...most, frameCharacters: Math.ceil(items * (charactersOf(first) + later)), outputTokens: 0 }
  }

  labelMass(): number | null {
    const { sum, items } = this.#masses
    return items === 0 ? null : Math.round((sum / items) * 1000) / 1000
  }

  #callsOfItem(): number {
    const { first, asksWithinLater } = this.#plan
    const asked = this.#port.isOneByOne ? first.length : Math.min(1, first.length)
    return asked + (asksWithinLater ? 1 : 0)
  }

  /** Of an item, at most, besides those that each item needs: about further categories, and of choices in another order. */
  #furtherCalls(): number {
    const { first, asksWithinLater } = this.#plan
    if (first.length === 0 || !this.tasks.includes('categorization')) return 0
    const further = this.#profile.choice.most - 1
    const choices = first.filter(({ type }) => type === 'choice').length + (asksWithinLater ? 1 : 0)
    if (this.#port.isOneByOne) return further + choices
    return further > 0 && !asksWithinLater ? 1 : 0
  }

  /** Both hashes of a request for two tasks are those that each has alone. */
  #asked(): object {
    const { category, within, scores } = this.#questions
    const { wording } = this.#port
    const shared = { ask: this.#mode, characters: this.#longestText, ...(wording === undefined ? {} : { wording }) }
    if (this.#route.task === 'scoring') {
      const { rubric } = this.#profile
      return rubric
        ? { ...shared, scores, criteria: rubric.criteria }
        : { ...shared, scores, bands: bands.map(({ from, to }) => [from, to]) }
    }
    const { offered, choice } = this.#profile
    const further = choice.most > 1 ? offered.map(furtherQuestion) : []
    return { ...shared, category, within: [...within.values()], further, choice }
  }

  #next(progress: Progress): readonly DecisionQuestion[] {
    const { answers } = progress
    if (answers.size === 0) return this.#plan.first
    const missing = this.#missing(progress)
    // What is behind them is known, so that an answer that breaks off again may end there.
    if (missing.length > 0) return [...missing, ...this.#plan.first.filter((question) => !missing.includes(question))]
    if (!this.tasks.includes('categorization')) return []
    const left = questionsLeft(this.#questions, answers, this.#profile)
    const { questions: most } = this.#port.limits
    return most === undefined ? left : left.slice(0, most)
  }

  /** Of the first request's questions. */
  #missing({ answers }: Progress): readonly DecisionQuestion[] {
    return this.#plan.first.filter(({ name }) => !answers.has(name))
  }

  #verdicts(progress: Progress, before: number): Asked {
    const { answers, limits } = progress
    const verdicts: Verdicts = {}
    if (this.tasks.includes('categorization')) verdicts.categorization = readCategories(this.#questions, answers)
    if (this.tasks.includes('scoring')) verdicts.scoring = readScores(answers, this.#profile)
    return {
      ok: true,
      verdicts: new Map([[0, verdicts]]),
      call: this.#callOf(progress, progress.calls - before),
      limits,
    }
  }

  #inputOf({ text }: WorkItem): string {
    return fitText(cutText(text, this.#longestText), this.#room)
  }

  /**
   * From a refusal that counts tokens the room of every text follows: the server's own count of this one tells how much was too much.
   * What is not worth a question is no room.
   */
  #learnRoom(reason: Reason, input: string): void {
    if (reason.code !== 'context_too_long' || !reason.limitTokens || !reason.neededTokens) return
    const tooMany = reason.neededTokens - reason.limitTokens
    const tokens = cautiousTokens(input) * (1 - tooMany / reason.neededTokens) - tooMany * 0.1
    if (tooMany > 0 && tokens >= leastTokens && tokens < this.#room.tokens) this.#room = { ...this.#room, tokens }
  }

  /** What was answered before stays on the bill of the item, and is not asked again. */
  #failedCall(progress: Progress, { spent }: Extract<DecisionOutcome, { ok: false }>, before: number): CallFacts {
    const call = this.#callOf(progress, progress.calls - before + 1)
    if (!spent) return { ...call, latencyMs: null }
    return {
      ...call,
      usage: sum(progress.calls === 0 ? null : progress.usage, spent.usage),
      costUsd: sumOfCosts(progress, spent.costUsd),
      latencyMs: progress.latencyMs + spent.latencyMs,
    }
  }

  /** One question that is refused leaves the item without a verdict: it is not guessed. */
  #refusal(question: string): Reason {
    const { provider, model } = this.#route
    const detail = localizable('the question "{0}" was refused', question)
    return fail({ code: 'content_filtered', provider, model, ...withMessage('detail', detail) }).reason
  }

  #callOf(progress: Progress, calls: number): CallFacts {
    const { answers, dialect, answeredBy, labelMass, flips } = progress
    const readout = {
      ...(labelMass === undefined ? {} : { labelMass: Math.round(labelMass * 1000) / 1000 }),
      ...(flips === undefined ? {} : { flips }),
    }
    const isAnother = answeredBy && (answeredBy.isFallback || answeredBy.model !== this.#route.model)
    return {
      outputMode: this.#mode,
      decisions: Object.fromEntries(
        this.tasks.map((task) => [task, { ...factsOf(task, this.#questions, answers, dialect), ...readout }]),
      ),
      // Where no category is offered there is nothing to ask.
      calls: Math.max(1, calls),
      latencyMs: progress.latencyMs,
      usage: progress.usage,
      costUsd: progress.costUsd,
      answeredBy: isAnother ? answeredBy : undefined,
    }
  }
}

function tasksOf(questions: readonly DecisionQuestion[]): Task[] {
  const asked = new Set(questions.map(taskOfQuestion))
  return tasks.filter((task) => asked.has(task))
}

const nothingTold: Usage = { input: null, output: null, cached: null }

function nothingYet(): Progress {
  return {
    answers: new Map(),
    calls: 0,
    latencyMs: 0,
    usage: nothingTold,
    costUsd: null,
    dialect: undefined,
    answeredBy: undefined,
    limits: undefined,
    labelMass: undefined,
    flips: undefined,
  }
}

function addCall(progress: Progress, decision: Decided): void {
  const isFirst = progress.calls === 0
  progress.costUsd = sumOfCosts(progress, decision.costUsd)
  for (const answer of decision.answers) progress.answers.set(answer.name, answer)
  progress.calls += decision.calls ?? 1
  progress.latencyMs += decision.latencyMs
  progress.usage = sum(isFirst ? null : progress.usage, decision.usage)
  progress.dialect = decision.dialect
  progress.answeredBy = decision.answeredBy
  progress.limits = decision.limits
  const { labelMass, flips } = decision
  if (labelMass !== undefined) progress.labelMass = Math.min(progress.labelMass ?? 1, labelMass)
  if (flips !== undefined) progress.flips = (progress.flips ?? 0) + flips
}

/** Null: the price of one of them is not known. */
function sumOfCosts({ calls, costUsd }: Pick<Progress, 'calls' | 'costUsd'>, cost: number | undefined): number | null {
  if (cost === undefined) return null
  if (calls === 0) return cost
  return costUsd === null ? null : costUsd + cost
}

/** What is not told of one of them is not known of both. */
function sum(one: Usage | null, other: Usage): Usage {
  if (one === null) return other
  const both = (name: 'input' | 'output' | 'cached'): number | null => {
    const [first, second] = [one[name], other[name]]
    return first == null || second == null ? null : first + second
  }
  return { input: both('input'), output: both('output'), cached: both('cached') }
}
