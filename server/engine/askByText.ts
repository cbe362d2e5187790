import { type Task, tasks } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { OutputMode, ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { answerTokens, buildPrompt, promptText } from '../domain/buildPrompt.ts'
import { cutText } from '../domain/cutText.ts'
import { drawItemKeys, type Random, shuffle } from '../domain/itemKeys.ts'
import { labelConfidence, labelPlace } from '../domain/labelConfidence.ts'
import { packItems, windowOfRun } from '../domain/packItems.ts'
import { examplesFor } from '../domain/promptExamples.ts'
import { asksBoth, type CompiledProfile, type Work } from '../domain/work.ts'
import { sha256 } from '../items/hashes.ts'
import type { Completion, CompletionRequest } from '../providers/adapter.ts'
import { isInOwnNetwork } from '../providers/endpointRules.ts'
import type {
  Asked,
  AskStrategy,
  Attempt,
  CallEstimate,
  CallFacts,
  DealtKeys,
  ExampleLikeness,
  Verdicts,
} from './askStrategy.ts'
import { askSuggestions } from './askSuggestions.ts'
import { Canary, canaryText, compareCanary } from './canary.ts'
import type { ModelClient } from './modelClient.ts'
import { modesFrom, OutputModeLadder } from './outputModeLadder.ts'
import { AnswerReader } from './readTextAnswers.ts'
import type { WorkItem } from './workItem.ts'

const nothingTold = { input: null, output: null, cached: null }

/** A cut-off answer gets more room for the next one only so often. */
const mostDoublings = 2

/** 1,024 tokens, below which hardly any provider caches. */
const shortestCached = 4096

/** A server next door has one cache, and works on one call at a time to begin with. */
function isHosted({ endpoint }: ResolvedRoute): boolean {
  return endpoint !== null && !isInOwnNetwork(endpoint)
}

/** What a usual answer takes for one item: the names and numbers, and for scoring a sentence or two. */
const tokensPerVerdict = { categorization: 45, scoring: 75 }

/** Answers about both tasks in a row of which none could be used, with none before that could: each task is then asked for alone. */
const mostUselessJoint = 2

/**
 * Asks by a prompt about several items at once, and reads the verdicts out of the text that comes back. Where it asks for both tasks, an
 * item whose scores cannot be used has its categories, and the strategy of the other task asks for the rest.
 */
export class TextStrategy implements AskStrategy {
  readonly batchSize: number
  readonly tasks: readonly Task[]
  readonly questionHash: string
  readonly alsoAsked: readonly string[] | undefined
  readonly #route: ResolvedRoute
  readonly #model: ModelClient
  readonly #profile: CompiledProfile
  readonly #modes: OutputModeLadder
  /** Drawn once: what stands before the items is then the same in each call, and servers need not read it again. */
  readonly #mark: string
  /** Drawn once: the schema of all calls of one size is the same, and servers need not compile it again. */
  readonly #keys: readonly string[]
  readonly #random: Random
  readonly likeness: ExampleLikeness | undefined
  readonly #reader = new AnswerReader()
  readonly warmsCache: boolean
  readonly #cacheKey: string | undefined
  /** Only of a server that loads the model for a window of the size that is asked for. */
  readonly #windowTokens: number | undefined
  /** Null: calls are of items alone. */
  readonly #canary: Canary | null
  /** Failures of the server's own (500) in a mode that has not worked yet. */
  readonly #broken = new Map<OutputMode, number>()
  /** Until a server refuses a call with them. */
  #asksLogprobs = true
  /** A call asks for both tasks. Ends where the model cannot answer so. */
  #isJoint: boolean
  /** Null: one of them could be used. */
  #uselessJoint: number | null = 0

  constructor(options: {
    route: ResolvedRoute
    model: ModelClient
    profile: CompiledProfile
    /** isJoint: it answers both tasks, and the route is that of the categorization. */
    isJoint?: boolean
    /** Of what is asked, where that is more than the task's own prompt. */
    questionHash?: string
    alsoAsked?: readonly string[] | undefined
    batchSize: number
    /** Answers outside the schema in a row, over all workers, after which a simpler output mode is used. */
    failuresBeforeStepDown: number
    /** A text of ours goes with each call, to tell whether it obeyed its items. Absent: none. */
    hasCanary?: boolean
    /** A random mark, of letters and digits, that no text can know. */
    drawMark(): string
    /** Where the items' keys come from; no text may foresee it. */
    random: Random
    /** Absent: the profile's examples are shown in their order. */
    likeness?: ExampleLikeness | undefined
  }) {
    const { route, model, profile } = options
    this.batchSize = options.batchSize
    this.#isJoint = options.isJoint ?? false
    this.tasks = this.#isJoint ? ['categorization', 'scoring'] : [route.task]
    this.questionHash = options.questionHash ?? sha256(promptText(route.task, profile))
    this.alsoAsked = options.alsoAsked
    this.#route = route
    this.#model = model
    this.#profile = profile
    this.#mark = options.drawMark()
    this.#random = options.random
    this.likeness = options.likeness
    this.#canary = options.hasCanary ? new Canary((signal) => this.#askCanary(signal)) : null
    this.#keys = drawItemKeys(Math.max(this.batchSize, 1) + (this.#canary ? 1 : 0), options.random)
    const { system } = buildPrompt(this.#workAbout([]), this.#mark)
    // Examples that each call has others of begin each call differently.
    this.warmsCache = isHosted(route) && this.likeness === undefined && system.length >= shortestCached
    this.#cacheKey = this.warmsCache ? sha256(system).slice(0, 32) : undefined
    this.#windowTokens = route.kind === 'ollama' ? this.#windowOfRun() : undefined
    this.#modes = new OutputModeLadder(
      modesFrom(model.outputModes, route.options.outputMode),
      options.failuresBeforeStepDown,
    )
  }

  async ask(items: readonly WorkItem[], attempt: Attempt, signal: AbortSignal): Promise<Asked> {
    const mode = attempt.dealt?.mode ?? this.#modes.current(attempt.simplerThan)
    const canary = attempt.dealt ? null : ((await this.#canary?.alone(signal)) ?? null)
    const { work: plain, places } = this.#workOf(canary ? [...items, canaryItem] : items, attempt.dealt?.keys)
    const work = attempt.dealt ? plain : await this.#withLikeExamples(plain, signal)
    const shown = this.#shownExamples(work)
    const labelLogprobs = this.#labelLogprobs()
    const completed = await this.#model.complete({ ...this.#requestOf(work, mode, attempt), labelLogprobs }, signal)
    if (!completed.ok) {
      const { reason, spent } = completed
      const isRefused = reason.code === 'invalid_response' && reason.problem === 'rejected_request'
      // They may be what was refused: it is asked without them first.
      const triesWithout = labelLogprobs !== undefined && isRefused
      if (triesWithout) this.#asksLogprobs = false
      const call = {
        ...{ outputMode: mode, tasks: tasksOf(work), ...shown },
        latencyMs: spent?.latencyMs ?? null,
        usage: spent?.usage ?? nothingTold,
        costUsd: spent?.costUsd ?? null,
      }
      const asksDifferently = triesWithout || this.#stepsDown(reason, mode, attempt, items)
      return { ok: false, reason, call, asksDifferently }
    }
    const { text, latencyMs, usage, costUsd = null, limits, answeredBy } = completed.value
    const call = { outputMode: mode, tasks: tasksOf(work), latencyMs, usage, costUsd, answeredBy, ...shown }
    const answer = this.#reader.read(work, text, places)
    if (!answer.ok) {
      const { problem, detail, localizable } = answer
      const facts = { problem, detail, ...(localizable ? { localizable } : {}) }
      const { reason } = fail({ code: 'invalid_response', provider: this.#route.provider, ...facts })
      const asksDifferently =
        this.#reader.beginsToRepeatScale(answer.offScale) ||
        this.#stepsDown(reason, mode, attempt, items) ||
        this.#endsJoint(work)
      return { ok: false, reason, call, asksDifferently }
    }
    this.#modes.worked(mode)
    if (asksBoth(work)) this.#uselessJoint = null
    const judged = new Map([...answer.verdicts].filter(([place]) => place < items.length))
    const sure = this.#byLogprobs(judged, completed.value, places)
    const isTold = canary && compareCanary(canary, answer.verdicts.get(items.length), this.#profile)
    const told = isTold ? { ...call, canary: isTold } : call
    const found = sure === null ? told : { ...told, confidenceFrom: 'logprobs' as const }
    const verdicts = sure ?? judged
    const said = { verdicts, call: found, limits }
    // A request of a batch was its only one.
    if (!asksBoth(work) || attempt.dealt) return { ok: true, ...said }
    const asking = { route: this.#route, model: this.#model, mark: this.#mark, mode }
    return { ok: true, ...(await askSuggestions(asking, { ...said, work, places }, signal)) }
  }

  async #askCanary(signal: AbortSignal): Promise<Verdicts | null> {
    const { work, places } = this.#workOf([canaryItem])
    const mode = this.#modes.current(null)
    const request = this.#requestOf(work, mode, { cutOff: 0 })
    const completed = await this.#model.complete(request, signal)
    const answer = completed.ok ? this.#reader.read(work, completed.value.text, places) : null
    return (answer?.ok && answer.verdicts.get(0)) || null
  }

  /** Only where a test of the model has found that they come. */
  #labelLogprobs(): number | undefined {
    const { readout } = this.#model
    const isWanted = this.#asksLogprobs && this.#route.task === 'categorization' && readout?.isMeasured === true
    return isWanted ? readout.labels : undefined
  }

  /** With the confidence that the labels' tokens give, of all items of the call. Null: that is not known of each. */
  #byLogprobs(
    verdicts: ReadonlyMap<number, Verdicts>,
    { text, places = [] }: Pick<Completion, 'text' | 'places'>,
    keys: ReadonlyMap<string, number>,
  ): Map<number, Verdicts> | null {
    const answer = places.map(({ token }) => token).join('')
    if (!answer.includes(text)) return null
    const allowed = this.#profile.offered.map(({ name }) => name)
    const sure = new Map<number, Verdicts>()
    for (const [key, place] of keys) {
      const categorization = verdicts.get(place)?.categorization
      if (!categorization) continue
      const [label] = categorization.categories
      const at = label === undefined ? null : labelPlace(answer, key, label)
      const confidence = at === null ? null : labelConfidence(places, at, label as string, allowed)
      if (confidence === null) return null
      sure.set(place, { ...verdicts.get(place), categorization: { ...categorization, confidence } })
    }
    return sure.size === 0 ? null : sure
  }

  room(items: readonly WorkItem[]): number {
    return packItems(
      items.map((item) => cutText(item.text, this.#longestText())),
      {
        contextTokens: this.#contextTokens(),
        answerTokens: this.#model.maxAnswerTokens,
        ofAnswer: answerTokens(this.#workAbout([])),
        frame: () => this.#frame() + (this.#canary ? canaryText : ''),
      },
    )
  }

  #contextTokens(): number | undefined {
    const { contextTokens } = this.#model
    if (this.#windowTokens === undefined) return contextTokens
    return Math.min(contextTokens ?? Number.POSITIVE_INFINITY, this.#windowTokens)
  }

  #windowOfRun(): number {
    const ofAnswer = answerTokens(this.#workAbout([]))
    return windowOfRun({ frame: this.#frame(), ofAnswer, items: this.batchSize, longest: this.#longestText() })
  }

  #frame(): string {
    const { system, prompt, schema } = buildPrompt(this.#workAbout([]), this.#mark)
    return `${system}${prompt}${JSON.stringify(schema)}`
  }

  charactersOf(item: WorkItem): number {
    return cutText(item.text, this.#longestText()).length
  }

  estimate(items: number): CallEstimate {
    const calls = Math.ceil(items / this.batchSize)
    const characters = this.#frame().length
    const again = Math.max(0, calls - 1)
    const cached = this.warmsCache
      ? { cachedCharacters: again * buildPrompt(this.#workAbout([]), this.#mark).system.length }
      : {}
    const ofItem = this.tasks.reduce((sum, task) => sum + tokensPerVerdict[task], 0)
    return { calls, frameCharacters: calls * characters, ...cached, outputTokens: items * ofItem }
  }

  async #withLikeExamples(work: Work, signal: AbortSignal): Promise<Work> {
    const texts = work.items.map(({ text }) => text)
    const examples = (await this.likeness?.order(texts, signal)) ?? undefined
    return examples ? { ...work, examples } : work
  }

  /** Named on the receipt where each call may have others. */
  #shownExamples(work: Work): Pick<CallFacts, 'examples'> {
    const { items, profile, examples: ordered } = work
    if (!profile.examples?.likeness) return {}
    const judged = new Set(items.map(({ inputHash }) => inputHash))
    const shown = examplesFor(asksBoth(work) ? 'both' : work.task, profile, judged, ordered).map(
      ({ inputHash }) => inputHash,
    )
    return { examples: { by: ordered ? 'likeness' : 'spread', shown } }
  }

  #requestOf(work: Work, mode: OutputMode, { cutOff }: Pick<Attempt, 'cutOff'>): CompletionRequest {
    const built = buildPrompt(work, this.#mark, { repeatsScale: this.#reader.repeatsScale })
    return {
      model: this.#route.model,
      system: built.system,
      prompt: built.prompt,
      output: { name: built.schemaName, schema: built.schema },
      mode,
      // A longer answer may be what a cut-off one lacked.
      maxOutputTokens: built.maxOutputTokens * 2 ** Math.min(cutOff, mostDoublings),
      thinking: this.#route.options.thinking,
      cacheKey: this.#cacheKey,
      windowTokens: this.#windowTokens,
      work,
    }
  }

  /**
   * Each call deals the keys anew, by the order of its items: which item has which key nobody can know, and the keys stand in the
   * prompt in the order of the schema, so that a model that goes by the order goes right.
   */
  #workOf(
    items: readonly JudgedText[],
    dealt?: DealtKeys['keys'],
  ): { work: Work; places: ReadonlyMap<string, number> } {
    const longest = this.#longestText()
    const places = new Map(dealt ?? this.#deal(items.length))
    const prepared = [...places].map(([key, place]) => {
      const { text, inputHash } = items[place] as JudgedText
      return { key, text: cutText(text, longest), inputHash }
    })
    return { work: this.#workAbout(prepared), places }
  }

  #deal(items: number): [string, number][] {
    const order = shuffle([...Array(items).keys()], this.#random)
    return order.map((place, index) => [this.#keys[index] as string, place])
  }

  #workAbout(items: Work['items']): Work {
    const about = { items, profile: this.#profile }
    return this.#isJoint ? { ...about, task: 'categorization', withScores: true } : { ...about, task: this.#route.task }
  }

  /** True: from now on each task is asked for alone, beginning with the same items. */
  #endsJoint(work: Work): boolean {
    if (!asksBoth(work) || this.#uselessJoint === null) return false
    if (this.#isJoint) this.#isJoint = ++this.#uselessJoint < mostUselessJoint
    return !this.#isJoint
  }

  #breaksAt(reason: Extract<Reason, { code: 'overloaded' }>, mode: OutputMode, items: readonly WorkItem[]): boolean {
    if (reason.raw?.status !== 500 || reason.isLoading) return false
    const failures = (this.#broken.get(mode) ?? 0) + 1
    this.#broken.set(mode, failures)
    return failures >= failuresBeforeTryingSimpler && this.#modes.refused(mode, items[0]?.key ?? '')
  }

  #longestText(): number {
    const { categorizeChars, scoreChars } = this.#profile.limits
    if (this.#isJoint) return Math.max(categorizeChars, scoreChars)
    return this.#route.task === 'categorization' ? categorizeChars : scoreChars
  }

  #stepsDown(
    reason: Reason,
    mode: OutputMode,
    { isRepeat, simplerThan }: Attempt,
    items: readonly WorkItem[],
  ): boolean {
    if (reason.code === 'overloaded') return this.#breaksAt(reason, mode, items)
    if (reason.code !== 'invalid_response') return false
    switch (reason.problem) {
      case 'rejected_request':
        // Smaller groups of items that were refused in every mode go through no mode but the best.
        if (reason.refuses === 'other' || (isRepeat && simplerThan === null)) return false
        return this.#modes.refused(mode, items[0]?.key ?? '')
      case 'schema':
      case 'not_json':
      case 'empty':
        return this.#modes.misshapen(mode, isRepeat)
      default:
        return false
    }
  }
}

/** A server that fails at a way of asking again and again, without a word on why, may not know it. 503 and 529 are words enough. */
const failuresBeforeTryingSimpler = 2

type JudgedText = Pick<WorkItem, 'text' | 'inputHash'>

const canaryItem: JudgedText = { text: canaryText, inputHash: sha256(canaryText) }

function tasksOf(work: Work): readonly Task[] {
  return asksBoth(work) ? tasks : [work.task]
}
