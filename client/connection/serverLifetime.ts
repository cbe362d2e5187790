import type { Api, ServerProcess, StartServer } from './api.ts'
import { createRestartBudget } from './restartBudget.ts'
import { createSignal, waitFor } from './signal.ts'

export type ServerState =
  | { kind: 'stopped' }
  /** `attempt` is 0 for a start that was asked for, else the how-manieth restart after a crash in a row. */
  | { kind: 'starting'; attempt: number }
  | { kind: 'running'; process: ServerProcess }
  | { kind: 'failed'; detail: string }

export interface ServerLifetimeOptions {
  start: StartServer
  now: () => number
  log: (line: string) => void
}

export type ServerLifetime = ReturnType<typeof createServerLifetime>

/** Starts the server at first need, starts it again when it dies (with a budget), and tells its state as one value. */
export function createServerLifetime({ start, now, log }: ServerLifetimeOptions) {
  const changes = createSignal<ServerState>()
  const budget = createRestartBudget(now)
  let state: ServerState = { kind: 'stopped' }
  let isDisposed = false
  // Counts starts, so that the late end of an earlier process is not taken for the end of the present one.
  let life = 0

  function become(next: ServerState) {
    state = next
    changes.fire(next)
  }

  function begin(attempt: number) {
    life += 1
    const mine = life
    become({ kind: 'starting', attempt })
    start(() => mine === life && crashed(attempt)).then(
      (process) => {
        if (mine !== life) return void process.stop()
        become({ kind: 'running', process })
      },
      (error: unknown) => {
        if (mine !== life) return
        log(`The server did not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
        become({ kind: 'failed', detail: error instanceof Error ? error.message : String(error) })
      },
    )
  }

  function crashed(attempt: number) {
    if (isDisposed) return
    if (budget.take()) {
      log('The server ended by itself and is started again.')
      begin(attempt + 1)
    } else {
      log('The server ended by itself too often in three minutes and is not started again.')
      life += 1
      become({ kind: 'failed', detail: 'it ended by itself too often in a short time' })
    }
  }

  async function stop() {
    const stopping = state
    life += 1
    if (stopping.kind === 'running') {
      become({ kind: 'stopped' })
      await stopping.process.stop()
    } else {
      become({ kind: 'stopped' })
    }
  }

  /** The state once nothing is under way any more; starts a stopped server, leaves a failed one as it is. */
  async function settle(): Promise<Exclude<ServerState, { kind: 'starting' }>> {
    if (state.kind === 'stopped' && !isDisposed) begin(0)
    const settled = await waitFor(state, changes, (next) => next.kind !== 'starting')
    // `waitFor` waits for exactly this; the compiler cannot see it.
    return settled.kind === 'starting' ? settle() : settled
  }

  return {
    changes,
    get state(): ServerState {
      return state
    },
    settle,
    /** The contract's requests as soon as the server runs; null when it cannot be started. */
    async connect(): Promise<Api | null> {
      const settled = await settle()
      return settled.kind === 'running' ? settled.process.api : null
    },
    async restart() {
      const before = state
      life += 1
      budget.reset()
      // Not through `stopped`: what views show stays until there is something newer.
      if (!isDisposed) become({ kind: 'starting', attempt: 0 })
      if (before.kind === 'running') await before.process.stop()
      if (!isDisposed) begin(0)
      return settle()
    },
    async dispose() {
      isDisposed = true
      await stop()
    },
  }
}
