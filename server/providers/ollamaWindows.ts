import { type CompletionRequest, textsOf } from './adapter.ts'
import { type ShownModel, showOllamaModel } from './ollamaModels.ts'
import type { OpenCall } from './openCall.ts'
import { outputTokens } from './supportedParameters.ts'

/** The window that a call asks for. Absent: the server decides, and nothing is known of it. */
export interface ChatWindow {
  num_ctx: number | undefined
  /** How long the model is to stay loaded after the call. Absent: as its server has it. */
  keep_alive?: string
}

/** A server that lets a model go this soon after a call loads it anew for each call of a run. */
const soonMs = 30_000
/** Less is no loading, but a check that the model is there. */
const shortestLoadNs = 100_000_000
/** The usual time of servers to which nobody has said another one. */
const keptWarm = '5m'

/** The server's own default on machines without much memory of a graphics card: asked for alike, it stays loaded as it is. */
const smallest = 4096
/** Beyond it a window has to be set by a person: it takes gigabytes. */
const largestByItself = 131_072

const mostRemembered = 500

/**
 * The window that each model is asked to be served with: never the server's silent default, which cuts what is longer. Another window
 * loads the model anew, so there are few sizes, a run says with its first call what it will need, and one that was asked for stays until
 * a longer call needs the next.
 */
export class OllamaWindows {
  readonly #asked = new Map<string, number>()
  readonly #shown = new Map<string, Promise<ShownModel | null>>()
  readonly #lastAnswers = new Map<string, { num_ctx: number | undefined; at: number }>()
  /** Models that their server lets go between the calls of a run. */
  readonly #letGo = new Set<string>()

  /** `outputLimit`: the tokens that the answer may take. */
  async forCall(open: OpenCall, request: CompletionRequest, outputLimit: number): Promise<ChatWindow> {
    const window = await this.#windowFor(open, request, outputLimit)
    return this.#letGo.has(keyOf(open, request.model)) ? { ...window, keep_alive: keptWarm } : window
  }

  /** After each answer: `loadNs`, what loading the model took of it. */
  answered(open: OpenCall, model: string, { num_ctx }: ChatWindow, loadNs: unknown): void {
    const key = keyOf(open, model)
    const last = this.#lastAnswers.get(key)
    const isSame = last?.num_ctx === num_ctx && performance.now() - (last?.at ?? Number.NEGATIVE_INFINITY) < soonMs
    if (isSame && typeof loadNs === 'number' && loadNs > shortestLoadNs) this.#letGo.add(key)
    if (this.#lastAnswers.size >= mostRemembered) this.#lastAnswers.clear()
    this.#lastAnswers.set(key, { num_ctx, at: performance.now() })
  }

  async #windowFor(open: OpenCall, request: CompletionRequest, outputLimit: number): Promise<ChatWindow> {
    const { context_window } = request.parameters ?? {}
    if (context_window !== undefined) return { num_ctx: context_window }
    const shown = await this.shown(open, request.model)
    if (shown?.isRemote) return { num_ctx: undefined }
    // What its owner decided stays; a call that does not fit is refused, with both figures.
    if (shown?.ownWindow !== undefined) return { num_ctx: shown.ownWindow }
    const ofRun = (request.windowTokens ?? 0) + Math.max(0, outputLimit - outputTokens(request, 0))
    const needed = Math.max(tokensOf(request) + outputLimit, ofRun)
    return { num_ctx: this.#ask(keyOf(open, request.model), needed, shown) }
  }

  /** After a refusal; null: the model has no larger window, or somebody decided on this one. */
  widen(open: OpenCall, model: string, { num_ctx }: ChatWindow, needed: number): ChatWindow | null {
    const key = keyOf(open, model)
    const before = this.#asked.get(key)
    if (num_ctx === undefined || before === undefined || before > num_ctx) return null
    const next = this.#ask(key, needed, this.#known.get(key) ?? null)
    return next > num_ctx ? { num_ctx: next } : null
  }

  /** What the server knows of a model; asked for once. */
  async shown(open: OpenCall, model: string): Promise<ShownModel | null> {
    const key = keyOf(open, model)
    const shown = this.#shown.get(key) ?? showOllamaModel(open, model)
    if (this.#shown.size >= mostRemembered) this.#shown.clear()
    this.#shown.set(key, shown)
    const found = await shown
    if (found !== null) this.#known.set(key, found)
    // Somebody else's call that was broken off says nothing.
    else if (open.exchange.facts.failure !== null) this.#shown.delete(key)
    return found
  }

  readonly #known = new Map<string, ShownModel>()

  #ask(key: string, needed: number, shown: ShownModel | null): number {
    const before = this.#asked.get(key) ?? smallest
    const most = Math.min(shown?.trainedTokens ?? largestByItself, largestByItself)
    let window = before
    while (window < needed && window < most) window *= 2
    if (this.#asked.size >= mostRemembered) this.#asked.clear()
    this.#asked.set(key, Math.min(window, most))
    return Math.min(window, most)
  }
}

function keyOf({ endpoint }: OpenCall, model: string): string {
  return `${endpoint} ${model}`
}

/** Rather too many: three bytes a token, and what a template adds. */
function tokensOf(request: CompletionRequest): number {
  return Math.ceil(textsOf(request).reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 3) + 64
}
