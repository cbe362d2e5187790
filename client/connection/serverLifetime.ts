import type { Api, ServerProcess, StartServer } from './api.ts'
import { createSignal, type Signal, waitFor } from './signal.ts'

export type ServerState =
  | { kind: 'stopped' }
  /** `attempt` is 0 for a start that was asked for, else the number of this restart in a row of crashes. */
  | { kind: 'starting'; attempt: number }
  | { kind: 'running'; process: ServerProcess }
  | { kind: 'failed'; detail: string }

export interface ServerLifetimeOptions {
  start: StartServer
  now: () => number
  log: (line: string) => void
}

/** Starts the server at first need, starts it again when it dies (with a budget); its state is one value. */
export class ServerLifetime {
  readonly changes: Signal<ServerState> = createSignal<ServerState>()
  readonly #start: StartServer
  readonly #log: (line: string) => void
  readonly #budget: RestartBudget
  #state: ServerState = { kind: 'stopped' }
  #isDisposed = false
  // Counts starts, so that the late end of an earlier process is not taken for the end of the present one.
  #life = 0

  constructor({ start, now, log }: ServerLifetimeOptions) {
    this.#start = start
    this.#log = log
    this.#budget = createRestartBudget(now)
  }

  get state(): ServerState {
    return this.#state
  }

  /** The state once nothing is under way any more; starts a stopped server, leaves a failed one as it is. */
  async settle(): Promise<Exclude<ServerState, { kind: 'starting' }>> {
    if (this.#state.kind === 'stopped' && !this.#isDisposed) this.#begin(0)
    const settled = await waitFor(this.#state, this.changes, (next) => next.kind !== 'starting')
    // `waitFor` waits for exactly this; the compiler cannot see it.
    return settled.kind === 'starting' ? this.settle() : settled
  }

  /** The contract's requests as soon as the server runs; null when it cannot be started. */
  async connect(): Promise<Api | null> {
    const settled = await this.settle()
    return settled.kind === 'running' ? settled.process.api : null
  }

  async restart(): Promise<Exclude<ServerState, { kind: 'starting' }>> {
    const before = this.#state
    this.#life += 1
    this.#budget.reset()
    // Not through `stopped`: what views show stays until there is something newer.
    if (!this.#isDisposed) this.#become({ kind: 'starting', attempt: 0 })
    if (before.kind === 'running') await before.process.stop()
    if (!this.#isDisposed) this.#begin(0)
    return this.settle()
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true
    const stopping = this.#state
    this.#life += 1
    this.#become({ kind: 'stopped' })
    if (stopping.kind === 'running') await stopping.process.stop()
  }

  #become(next: ServerState): void {
    this.#state = next
    this.changes.fire(next)
  }

  #begin(attempt: number): void {
    this.#life += 1
    const mine = this.#life
    this.#become({ kind: 'starting', attempt })
    this.#start(() => mine === this.#life && this.#crashed(attempt)).then(
      (process) => {
        if (mine !== this.#life) return void process.stop()
        this.#become({ kind: 'running', process })
      },
      (error: unknown) => {
        if (mine !== this.#life) return
        this.#log(
          `The server did not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        )
        this.#become({ kind: 'failed', detail: error instanceof Error ? error.message : String(error) })
      },
    )
  }

  #crashed(attempt: number): void {
    if (this.#isDisposed) return
    if (this.#budget.take()) {
      this.#log('The server ended by itself and is started again.')
      this.#begin(attempt + 1)
    } else {
      this.#log('The server ended by itself too often in three minutes and is not started again.')
      this.#life += 1
      this.#become({ kind: 'failed', detail: 'it ended by itself too often in a short time' })
    }
  }
}

const restartLimit = 4
export const restartWindowMs = 3 * 60_000

/** Decides whether a crashed server is started again: at most `restartLimit` times within the window, by the clock given. */
function createRestartBudget(now: () => number) {
  let restarts: number[] = []
  return {
    /** True: one restart is taken from the budget. */
    take(): boolean {
      const at = now()
      restarts = restarts.filter((earlier) => at - earlier < restartWindowMs)
      if (restarts.length >= restartLimit) return false
      restarts.push(at)
      return true
    },
    /** A person asked for a restart: what happened before no longer counts. */
    reset() {
      restarts = []
    },
  }
}

type RestartBudget = ReturnType<typeof createRestartBudget>
