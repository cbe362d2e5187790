import type { PullProgress } from '../../protocol/models.ts'
import { fail, type Outcome } from '../../protocol/outcome.ts'
import type { PullStep } from '../providers/adapter.ts'

/** Short enough to look alive, long enough not to flood: at most 10 a second for each model. */
const tellEveryMs = 100

export interface PullPorts {
  tell(progress: PullProgress): void
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

export interface Pulls {
  /**
   * Answers when the model is there. Who asks for a model that is being pulled waits for the same pull; it is given up when
   * nobody waits for it any more.
   */
  pull(order: PullOrder, signal: AbortSignal): Promise<Outcome<null>>
  /** Gives up all of them. */
  dispose(): void
}

interface SharedPull {
  waiting: number
  ending: AbortController
  done: Promise<Outcome<null>>
}

export function createPulls(ports: PullPorts): Pulls {
  const current = new Map<string, SharedPull>()

  function begin(order: PullOrder, name: string): SharedPull {
    const ending = new AbortController()
    const teller = createTeller(order, ports)
    const shared: SharedPull = {
      waiting: 0,
      ending,
      done: order.start(ending.signal, teller.step).finally(() => {
        teller.flush()
        if (current.get(name) === shared) current.delete(name)
      }),
    }
    current.set(name, shared)
    return shared
  }

  /** Whoever asks from now on begins anew: this one is on its way out. */
  function giveUp(name: string, shared: SharedPull): void {
    if (current.get(name) === shared) current.delete(name)
    shared.ending.abort()
  }

  return {
    async pull(order, signal) {
      if (signal.aborted) return fail({ code: 'cancelled' })
      const name = `${order.provider} ${order.model}`
      const shared = current.get(name) ?? begin(order, name)
      shared.waiting++
      const outcome = await orAborted(shared.done, signal)
      shared.waiting--
      if (outcome !== 'aborted') return outcome
      if (shared.waiting === 0) giveUp(name, shared)
      return fail({ code: 'cancelled' })
    },
    dispose() {
      for (const [name, shared] of current) giveUp(name, shared)
    },
  }
}

/** The first step is told at once, then at most one every tenth of a second, and the last one always. */
function createTeller({ provider, model }: PullOrder, { tell, monotonicNow, after }: PullPorts) {
  let progress = noProgress(provider, model)
  let lastTold = Number.NEGATIVE_INFINITY
  let planned: { dispose(): void } | null = null

  function tellNow(): void {
    planned?.dispose()
    planned = null
    lastTold = monotonicNow()
    tell(progress)
  }

  return {
    step(step: PullStep): void {
      progress = addStep(progress, step)
      const wait = lastTold + tellEveryMs - monotonicNow()
      if (wait <= 0) tellNow()
      else planned ??= after(wait, tellNow)
    },
    flush(): void {
      if (planned) tellNow()
    },
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
