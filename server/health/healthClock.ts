/** How often a healthy provider is asked, and how rarely a failing one at the least. */
const healthyIntervalMs = 60_000
const longestIntervalMs = 600_000
/** Share of an interval by which checks are spread, so that several windows do not ask in step. */
const jitter = 0.2

export interface Timers {
  /** Runs `work` once after `delayMs`; the result cancels it. */
  after(delayMs: number, work: () => void): { dispose(): void }
}

export interface HealthClockPorts {
  /** The providers that active routes use, now. */
  watched(): string[]
  /** Asks one provider and keeps what it found; resolves to whether it is well. Never rejects. */
  check(provider: string): Promise<boolean>
  timers: Timers
  random(): number
}

export interface HealthClock {
  /** Starts watching what is new and stops watching what is not routed to any more. */
  refresh(): void
  dispose(): void
}

/**
 * Checks each watched provider on a clock of its own, so that a dead endpoint delays no other.
 * A failing provider is asked at doubling intervals (a circuit breaker that probes), a healthy one every minute.
 */
export function startHealthClock(ports: HealthClockPorts): HealthClock {
  const watched = new Map<string, { failures: number; timer: { dispose(): void } | null }>()
  let disposed = false

  function schedule(provider: string, delayMs: number): void {
    const state = watched.get(provider)
    if (!state || disposed) return
    const spread = 1 + jitter * (2 * ports.random() - 1)
    state.timer = ports.timers.after(delayMs * spread, () => void run(provider))
  }

  async function run(provider: string): Promise<void> {
    const state = watched.get(provider)
    if (!state || disposed) return
    state.timer = null
    const isWell = await ports.check(provider)
    state.failures = isWell ? 0 : state.failures + 1
    if (watched.get(provider) === state) schedule(provider, intervalAfter(state.failures))
  }

  function refresh(): void {
    const wanted = new Set(ports.watched())
    for (const [provider, state] of watched) {
      if (wanted.has(provider)) continue
      state.timer?.dispose()
      watched.delete(provider)
    }
    for (const provider of wanted) {
      if (watched.has(provider)) continue
      watched.set(provider, { failures: 0, timer: null })
      void run(provider)
    }
  }

  return {
    refresh,
    dispose() {
      disposed = true
      for (const state of watched.values()) state.timer?.dispose()
      watched.clear()
    },
  }
}

/** Milliseconds until the next check after so many failures in a row. */
export function intervalAfter(failures: number): number {
  return Math.min(healthyIntervalMs * 2 ** Math.min(failures, 10), longestIntervalMs)
}
