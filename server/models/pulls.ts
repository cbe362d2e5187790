import type { PullProgress } from '../../protocol/models.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { PullStep } from '../providers/adapter.ts'

/** Short enough to look alive, long enough not to flood: at most 10 a second for each model. */
const sendEveryMs = 100

export interface PullPorts {
  onProgress(progress: PullProgress): void
  /** Milliseconds of a clock that never jumps. */
  monotonicNow(): number
  after(delayMs: number, work: () => void): { dispose(): void }
}

/** What is to be pulled, and how. */
export interface PullOrder {
  provider: string
  model: string
  start(signal: AbortSignal, onStep: (step: PullStep) => void): Promise<Outcome<null>>
}

interface SharedPull {
  waiting: number
  ending: AbortController
  done: Promise<Outcome<null>>
}

export class Pulls {
  readonly #ports: PullPorts
  readonly #current = new Map<string, SharedPull>()

  constructor(ports: PullPorts) {
    this.#ports = ports
  }

  /**
   * Answers when the model is there. Who asks for a model that is being pulled waits for the same pull; it is given up when
   * nobody waits for it any more.
   */
  async pull(order: PullOrder, signal: AbortSignal): Promise<Outcome<null>> {
    if (signal.aborted) return fail({ code: 'cancelled' })
    const name = `${order.provider} ${order.model}`
    const shared = this.#current.get(name) ?? this.#begin(order, name)
    shared.waiting++
    const outcome = await orAborted(shared.done, signal)
    shared.waiting--
    if (outcome !== 'aborted') return outcome
    if (shared.waiting === 0) this.#giveUp(name, shared)
    return fail({ code: 'cancelled' })
  }

  /** Gives up all of them. */
  dispose(): void {
    for (const [name, shared] of this.#current) this.#giveUp(name, shared)
  }

  #begin(order: PullOrder, name: string): SharedPull {
    const ending = new AbortController()
    const progress = new ProgressThrottle(order, this.#ports)
    const shared: SharedPull = {
      waiting: 0,
      ending,
      done: order
        .start(ending.signal, (step) => progress.add(step))
        .finally(() => {
          progress.flush()
          if (this.#current.get(name) === shared) this.#current.delete(name)
        }),
    }
    this.#current.set(name, shared)
    return shared
  }

  /** The next request begins anew: this pull is on its way out. */
  #giveUp(name: string, shared: SharedPull): void {
    if (this.#current.get(name) === shared) this.#current.delete(name)
    shared.ending.abort()
  }
}

/** Passes a pull's progress on: the first step at once, then at most one every tenth of a second, and the last one always. */
class ProgressThrottle {
  readonly #ports: PullPorts
  #progress: PullProgress
  #lastSent = Number.NEGATIVE_INFINITY
  #planned: { dispose(): void } | null = null

  constructor({ provider, model }: PullOrder, ports: PullPorts) {
    this.#ports = ports
    this.#progress = noProgress(provider, model)
  }

  add(step: PullStep): void {
    this.#progress = addStep(this.#progress, step)
    const wait = this.#lastSent + sendEveryMs - this.#ports.monotonicNow()
    if (wait <= 0) this.#send()
    else this.#planned ??= this.#ports.after(wait, () => this.#send())
  }

  flush(): void {
    if (this.#planned) this.#send()
  }

  #send(): void {
    this.#planned?.dispose()
    this.#planned = null
    this.#lastSent = this.#ports.monotonicNow()
    this.#ports.onProgress(this.#progress)
  }
}

function orAborted<Value>(done: Promise<Value>, signal: AbortSignal): Promise<Value | 'aborted'> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve('aborted')
    signal.addEventListener('abort', abort, { once: true })
    done.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** As many as the contract lets through; models have about ten. */
const mostLayers = 200

export function noProgress(provider: string, model: string): PullProgress {
  return { provider, model, status: '', completedBytes: null, totalBytes: null, layers: [] }
}

/** The sum goes over all layers that were heard of: a total grows while a server still looks for them. */
export function addStep(before: PullProgress, step: PullStep): PullProgress {
  const layers = withLayer(before.layers, step)
  const sum = (bytes: (layer: PullProgress['layers'][number]) => number) =>
    layers.length === 0 ? null : layers.reduce((total, layer) => total + bytes(layer), 0)
  return {
    ...before,
    status: step.status,
    layers,
    completedBytes: sum(({ completedBytes }) => completedBytes),
    totalBytes: sum(({ totalBytes }) => totalBytes),
  }
}

function withLayer(layers: PullProgress['layers'], step: PullStep): PullProgress['layers'] {
  const { digest } = step
  if (digest === null) return layers
  const known = layers.find((layer) => layer.digest === digest)
  // What a step leaves out is as it was; a layer never shrinks.
  const completedBytes = Math.max(step.completedBytes ?? 0, known?.completedBytes ?? 0)
  const totalBytes = Math.max(step.totalBytes ?? 0, known?.totalBytes ?? 0, completedBytes)
  const layer = { digest, completedBytes, totalBytes }
  if (known) return layers.map((each) => (each === known ? layer : each))
  return layers.length < mostLayers ? [...layers, layer] : layers
}
