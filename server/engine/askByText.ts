import type { Task } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { OutputMode, ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { buildPrompt, promptText } from '../domain/buildPrompt.ts'
import { cutText } from '../domain/cutText.ts'
import { type ParsedAnswer, parseCategoryVerdicts, parseScoreVerdicts } from '../domain/parseVerdicts.ts'
import type { CompiledProfile, Work } from '../domain/work.ts'
import { sha256 } from '../items/hashes.ts'
import type { CompletionRequest } from '../providers/adapter.ts'
import type { Asked, AskStrategy, Attempt, CallEstimate, Verdicts } from './askStrategy.ts'
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
  readonly questionHash: string
  readonly #route: ResolvedRoute
  readonly #model: ModelClient
  readonly #profile: CompiledProfile
  readonly #modes: OutputModeLadder
  readonly #drawMark: () => string

  constructor(options: {
    route: ResolvedRoute
    model: ModelClient
    profile: CompiledProfile
    batchSize: number
    /** Answers outside the schema in a row, over all workers, after which a simpler output mode is used. */
    failuresBeforeStepDown: number
    /** A new random mark for each call, of letters and digits. */
    drawMark(): string
  }) {
    const { route, model, profile } = options
    this.batchSize = options.batchSize
    this.questionHash = sha256(promptText(route.task, profile.prompts, profile.examples))
    this.#route = route
    this.#model = model
    this.#profile = profile
    this.#drawMark = options.drawMark
    this.#modes = new OutputModeLadder(
      modesFrom(model.outputModes, route.options.outputMode),
      options.failuresBeforeStepDown,
    )
  }

  async ask(items: readonly WorkItem[], attempt: Attempt, signal: AbortSignal): Promise<Asked> {
    const mode = this.#modes.current(attempt.simplerThan)
    const work = this.#workOf(items)
    const completed = await this.#model.complete(this.#requestOf(work, mode, attempt), signal)
    if (!completed.ok) {
      const { reason, spent } = completed
      const call = {
        outputMode: mode,
        latencyMs: spent?.latencyMs ?? null,
        usage: spent?.usage ?? nothingTold,
        costUsd: spent?.costUsd ?? null,
      }
      return { ok: false, reason, call, asksDifferently: this.#stepsDown(reason, mode, attempt, items) }
    }
    const { text, latencyMs, usage, costUsd = null, limits } = completed.value
    const call = { outputMode: mode, latencyMs, usage, costUsd }
    const answer = parseAnswer(work, text)
    if (!answer.ok) {
      const { problem, detail, localizable } = answer
      const facts = { problem, detail, ...(localizable ? { localizable } : {}) }
      const { reason } = fail({ code: 'invalid_response', provider: this.#route.provider, ...facts })
      return { ok: false, reason, call, asksDifferently: this.#stepsDown(reason, mode, attempt, items) }
    }
    this.#modes.worked(mode)
    return { ok: true, verdicts: answer.verdicts, call, limits }
  }

  charactersOf(item: WorkItem): number {
    return cutText(item.text, this.#longestText()).length
  }

  estimate(items: number): CallEstimate {
    const { task } = this.#route
    const calls = Math.ceil(items / this.batchSize)
    const frame = buildPrompt({ task, items: [], profile: this.#profile }, this.#drawMark())
    const characters = frame.system.length + frame.prompt.length + JSON.stringify(frame.schema).length
    return { calls, frameCharacters: calls * characters, outputTokens: items * tokensPerVerdict[task] }
  }

  #requestOf(work: Work, mode: OutputMode, { cutOff }: Attempt): CompletionRequest {
    const built = buildPrompt(work, this.#drawMark())
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

  #workOf(items: readonly WorkItem[]): Work {
    const longest = this.#longestText()
    const prepared = items.map((item, index) => ({
      key: String(index + 1),
      text: cutText(item.text, longest),
      inputHash: item.inputHash,
    }))
    return { task: this.#route.task, items: prepared, profile: this.#profile }
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

type ParsedVerdicts =
  | { ok: true; verdicts: ReadonlyMap<number, Verdicts> }
  | Extract<ParsedAnswer<unknown>, { ok: false }>

function parseAnswer(work: Work, text: string): ParsedVerdicts {
  if (work.task === 'categorization') return byPlace('categorization', parseCategoryVerdicts(text, work))
  return byPlace('scoring', parseScoreVerdicts(text, work))
}

function byPlace<Verdict>(task: Task, answer: ParsedAnswer<Verdict>): ParsedVerdicts {
  if (!answer.ok) return answer
  const verdicts = [...answer.verdicts].map(([key, verdict]) => [Number(key) - 1, { [task]: verdict }] as const)
  return { ok: true, verdicts: new Map(verdicts) }
}
