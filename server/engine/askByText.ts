import type { Task } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { OutputMode, ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { buildPrompt, promptText } from '../domain/buildPrompt.ts'
import { cutText } from '../domain/cutText.ts'
import { drawItemKeys, type Random, shuffle } from '../domain/itemKeys.ts'
import { labelConfidence, labelPlace } from '../domain/labelConfidence.ts'
import { type ParsedAnswer, parseCategoryVerdicts, parseScoreVerdicts } from '../domain/parseVerdicts.ts'
import { examplesFor } from '../domain/promptExamples.ts'
import { ScaleWatch } from '../domain/readScore.ts'
import type { CompiledProfile, ScoreVerdict, Work } from '../domain/work.ts'
import { sha256 } from '../items/hashes.ts'
import type { Completion, CompletionRequest } from '../providers/adapter.ts'
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
import type { ModelClient } from './modelClient.ts'
import { modesFrom, OutputModeLadder } from './outputModeLadder.ts'
import type { WorkItem } from './workItem.ts'

const nothingTold = { input: null, output: null, cached: null }

/** A cut-off answer gets more room for the next one only so often. */
const mostDoublings = 2

/** What a usual answer takes for one item: the names and numbers, and for scoring a sentence or two. */
const tokensPerVerdict = { categorization: 45, scoring: 75 }

/** Asks by a prompt about several items at once, and reads the verdicts out of the text that comes back. */
export class TextStrategy implements AskStrategy {
  readonly batchSize: number
  readonly tasks: readonly Task[]
  readonly questionHash: string
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
  readonly #scale = new ScaleWatch()
  /** Failures of the server's own (500) in a mode that has not worked yet. */
  readonly #broken = new Map<OutputMode, number>()
  /** Numbers came that are none of the scale: it is repeated in every call from then on. */
  #repeatsScale = false
  /** Until a server refuses a call with them. */
  #asksLogprobs = true

  constructor(options: {
    route: ResolvedRoute
    model: ModelClient
    profile: CompiledProfile
    batchSize: number
    /** Answers outside the schema in a row, over all workers, after which a simpler output mode is used. */
    failuresBeforeStepDown: number
    /** A random mark, of letters and digits, that no text can know. */
    drawMark(): string
    /** Where the items' keys come from; no text may foresee it. */
    random: Random
    /** Absent: the profile's examples are shown in their order. */
    likeness?: ExampleLikeness | undefined
  }) {
    const { route, model, profile } = options
    this.batchSize = options.batchSize
    this.tasks = [route.task]
    this.questionHash = sha256(promptText(route.task, profile))
    this.#route = route
    this.#model = model
    this.#profile = profile
    this.#mark = options.drawMark()
    this.#random = options.random
    this.likeness = options.likeness
    this.#keys = drawItemKeys(Math.max(this.batchSize, 1), options.random)
    this.#modes = new OutputModeLadder(
      modesFrom(model.outputModes, route.options.outputMode),
      options.failuresBeforeStepDown,
    )
  }

  async ask(items: readonly WorkItem[], attempt: Attempt, signal: AbortSignal): Promise<Asked> {
    const mode = attempt.dealt?.mode ?? this.#modes.current(attempt.simplerThan)
    const { work: plain, places } = this.#workOf(items, attempt.dealt?.keys)
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
        ...{ outputMode: mode, ...shown },
        latencyMs: spent?.latencyMs ?? null,
        usage: spent?.usage ?? nothingTold,
        costUsd: spent?.costUsd ?? null,
      }
      const asksDifferently = triesWithout || this.#stepsDown(reason, mode, attempt, items)
      return { ok: false, reason, call, asksDifferently }
    }
    const { text, latencyMs, usage, costUsd = null, limits, answeredBy } = completed.value
    const call = { outputMode: mode, latencyMs, usage, costUsd, answeredBy, ...shown }
    const answer = this.#parse(work, text, places)
    if (!answer.ok) {
      const { problem, detail, localizable } = answer
      const facts = { problem, detail, ...(localizable ? { localizable } : {}) }
      const { reason } = fail({ code: 'invalid_response', provider: this.#route.provider, ...facts })
      const asksDifferently =
        this.#beginsToRepeatScale(answer.offScale) || this.#stepsDown(reason, mode, attempt, items)
      return { ok: false, reason, call, asksDifferently }
    }
    this.#modes.worked(mode)
    const sure = this.#byLogprobs(answer.verdicts, completed.value, places)
    if (sure === null) return { ok: true, verdicts: answer.verdicts, call, limits }
    return { ok: true, verdicts: sure, call: { ...call, confidenceFrom: 'logprobs' }, limits }
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
      sure.set(place, { categorization: { ...categorization, confidence } })
    }
    return sure.size === 0 ? null : sure
  }

  charactersOf(item: WorkItem): number {
    return cutText(item.text, this.#longestText()).length
  }

  estimate(items: number): CallEstimate {
    const { task } = this.#route
    const calls = Math.ceil(items / this.batchSize)
    const frame = buildPrompt({ task, items: [], profile: this.#profile }, this.#mark)
    const characters = frame.system.length + frame.prompt.length + JSON.stringify(frame.schema).length
    return { calls, frameCharacters: calls * characters, outputTokens: items * tokensPerVerdict[task] }
  }

  async #withLikeExamples(work: Work, signal: AbortSignal): Promise<Work> {
    const texts = work.items.map(({ text }) => text)
    const examples = (await this.likeness?.order(texts, signal)) ?? undefined
    return examples ? { ...work, examples } : work
  }

  /** Named on the receipt where each call may have others. */
  #shownExamples({ task, items, profile, examples: ordered }: Work): Pick<CallFacts, 'examples'> {
    if (!profile.examples?.likeness) return {}
    const judged = new Set(items.map(({ inputHash }) => inputHash))
    const shown = examplesFor(task, profile, judged, ordered).map(({ inputHash }) => inputHash)
    return { examples: { by: ordered ? 'likeness' : 'spread', shown } }
  }

  #requestOf(work: Work, mode: OutputMode, { cutOff }: Attempt): CompletionRequest {
    const built = buildPrompt(work, this.#mark, { repeatsScale: this.#repeatsScale })
    return {
      model: this.#route.model,
      system: built.system,
      prompt: built.prompt,
      output: { name: built.schemaName, schema: built.schema },
      mode,
      // A longer answer may be what a cut-off one lacked.
      maxOutputTokens: built.maxOutputTokens * 2 ** Math.min(cutOff, mostDoublings),
      thinking: this.#route.options.thinking,
      work,
    }
  }

  /**
   * Each call deals the keys anew, by the order of its items: which item has which key nobody can know, and the keys stand in the
   * prompt in the order of the schema, so that a model that goes by the order goes right.
   */
  #workOf(items: readonly WorkItem[], dealt?: DealtKeys['keys']): { work: Work; places: ReadonlyMap<string, number> } {
    const longest = this.#longestText()
    const places = new Map(dealt ?? this.#deal(items.length))
    const prepared = [...places].map(([key, place]) => {
      const { text, inputHash } = items[place] as WorkItem
      return { key, text: cutText(text, longest), inputHash }
    })
    return { work: { task: this.#route.task, items: prepared, profile: this.#profile }, places }
  }

  #deal(items: number): [string, number][] {
    const order = shuffle([...Array(items).keys()], this.#random)
    return order.map((place, index) => [this.#keys[index] as string, place])
  }

  #parse(work: Work, text: string, places: ReadonlyMap<string, number>): ParsedVerdicts {
    if (work.task === 'categorization') return byPlace('categorization', parseCategoryVerdicts(text, work), places)
    const answer = parseScoreVerdicts(text, work)
    this.#scale.sawOffScale(answer.problems.flatMap(({ value }) => value ?? []))
    if (!answer.ok) return byPlace('scoring', answer, places)
    const verdicts = [...answer.verdicts]
    for (const [, verdict] of verdicts) this.#scale.sawScores(verdict)
    const doubtful = verdicts.find(([, verdict]) => this.#scale.isDoubtful(verdict))
    return doubtful ? ofAnotherScale(doubtful[1]) : byPlace('scoring', answer, places)
  }

  /** True: the same items are asked about again, with the scale repeated. */
  #beginsToRepeatScale(isOffScale: boolean): boolean {
    if (!isOffScale || this.#repeatsScale) return false
    this.#repeatsScale = true
    return true
  }

  #breaksAt(reason: Extract<Reason, { code: 'overloaded' }>, mode: OutputMode, items: readonly WorkItem[]): boolean {
    if (reason.raw?.status !== 500 || reason.isLoading) return false
    const failures = (this.#broken.get(mode) ?? 0) + 1
    this.#broken.set(mode, failures)
    return failures >= failuresBeforeTryingSimpler && this.#modes.refused(mode, items[0]?.key ?? '')
  }

  #longestText(): number {
    const { categorizeChars, scoreChars } = this.#profile.limits
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

type ParsedVerdicts =
  | { ok: true; verdicts: ReadonlyMap<number, Verdicts> }
  | (Omit<Extract<ParsedAnswer<unknown>, { ok: false }>, 'problems'> & { offScale: boolean })

function byPlace<Verdict>(
  task: Task,
  answer: ParsedAnswer<Verdict>,
  places: ReadonlyMap<string, number>,
): ParsedVerdicts {
  if (!answer.ok) return { ...answer, offScale: answer.problems.some(({ code }) => code === 'score_off_scale') }
  const verdicts = [...answer.verdicts].map(
    ([key, verdict]) => [places.get(key) as number, { [task]: verdict }] as const,
  )
  return { ok: true, verdicts: new Map(verdicts) }
}

/** The numbers are right for the scale and for another one, and the other one is what the model was seen to use. */
function ofAnotherScale({ interest, quality }: ScoreVerdict): ParsedVerdicts {
  const detail = localizable('interest {0} and quality {1} may be of another scale', interest ?? '', quality ?? '')
  return { ok: false, problem: 'schema', ...withMessage('detail', detail), offScale: true }
}
