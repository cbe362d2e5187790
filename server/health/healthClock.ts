/** Share of an interval by which checks come later, so that several windows do not ask in step. Never earlier: some waits are asked for. */
const jitter = 0.2

export interface Timers {
  /** Runs `work` once after `delayMs`; the result cancels it. */
  after(delayMs: number, work: () => void): { dispose(): void }
}

/** A timer alone keeps no process alive. */
export const systemTimers: Timers = {
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs)
    timer.unref()
    return { dispose: () => clearTimeout(timer) }
  },
}

/** A provider that active routes use. Another `mark` means that it is to be asked anew: its settings or its key changed. */
export interface Watched {
  provider: string
  mark: string
}

export interface HealthClockPorts {
  /** The providers that active routes use, now. */
  watched(): Watched[]
  /** Asks one provider and keeps what it found. Never rejects. */
  check(provider: string): Promise<unknown>
  /** Milliseconds before a provider that is watched from now on may be asked; 0: at once. */
  firstDelay(provider: string): number
  /** Milliseconds until the next check, by what the last one found. */
  nextDelay(provider: string): number
  timers: Timers
  random(): number
}

export interface HealthClock {
  /** Starts watching what is new, asks anew what changed, and stops watching what is not routed to any more. */
  refresh(): void
  dispose(): void
}

interface Watch {
  mark: string
  timer: { dispose(): void } | null
}

/** Checks each watched provider on a clock of its own, so that a dead endpoint delays no other. Timers know nothing of the date. */
export function startHealthClock(ports: HealthClockPorts): HealthClock {
  const watches = new Map<string, Watch>()
  let isDisposed = false

  function isCurrent(provider: string, watch: Watch): boolean {
    return !isDisposed && watches.get(provider) === watch
  }

  function schedule(provider: string, watch: Watch, delayMs: number): void {
    const spreadMs = delayMs * (1 + jitter * ports.random())
    watch.timer = ports.timers.after(spreadMs, () => void run(provider, watch))
  }

  async function run(provider: string, watch: Watch): Promise<void> {
    if (!isCurrent(provider, watch)) return
    watch.timer = null
    await ports.check(provider)
    if (isCurrent(provider, watch)) schedule(provider, watch, ports.nextDelay(provider))
  }

  function begin({ provider, mark }: Watched): void {
    const watch: Watch = { mark, timer: null }
    watches.set(provider, watch)
    const delayMs = ports.firstDelay(provider)
    if (delayMs > 0) schedule(provider, watch, delayMs)
    else void run(provider, watch)
  }

  function end(provider: string, watch: Watch): void {
    watch.timer?.dispose()
    watches.delete(provider)
  }

  return {
    refresh() {
      if (isDisposed) return
      const wanted = new Map(ports.watched().map((watched) => [watched.provider, watched]))
      for (const [provider, watch] of watches) {
        if (wanted.get(provider)?.mark !== watch.mark) end(provider, watch)
      }
      for (const watched of wanted.values()) if (!watches.has(watched.provider)) begin(watched)
    },
    dispose() {
      isDisposed = true
      for (const [provider, watch] of watches) end(provider, watch)
    },
  }
}
