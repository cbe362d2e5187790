import type { Changes } from '../changes.ts'
import { readIfReadable } from '../store/unreadableData.ts'
import type { HealthRecords } from './healthRecords.ts'
import type { ProviderChecks } from './providerChecks.ts'

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

interface Watch {
  mark: string
  timer: { dispose(): void } | null
}

/** Checks each watched provider on a clock of its own, so that a dead endpoint delays no other. Timers know nothing of the date. */
export class HealthClock {
  readonly #ports: HealthClockPorts
  readonly #watches = new Map<string, Watch>()
  #isDisposed = false

  constructor(ports: HealthClockPorts) {
    this.#ports = ports
  }

  /** Starts watching what is new, asks anew what changed, and stops watching what is not routed to any more. */
  refresh(): void {
    if (this.#isDisposed) return
    const wanted = new Map(this.#ports.watched().map((watched) => [watched.provider, watched]))
    for (const [provider, watch] of this.#watches) {
      if (wanted.get(provider)?.mark !== watch.mark) this.#end(provider, watch)
    }
    for (const watched of wanted.values()) if (!this.#watches.has(watched.provider)) this.#begin(watched)
  }

  dispose(): void {
    this.#isDisposed = true
    for (const [provider, watch] of this.#watches) this.#end(provider, watch)
  }

  #isCurrent(provider: string, watch: Watch): boolean {
    return !this.#isDisposed && this.#watches.get(provider) === watch
  }

  #schedule(provider: string, watch: Watch, delayMs: number): void {
    const spreadMs = delayMs * (1 + jitter * this.#ports.random())
    watch.timer = this.#ports.timers.after(spreadMs, () => void this.#run(provider, watch))
  }

  async #run(provider: string, watch: Watch): Promise<void> {
    if (!this.#isCurrent(provider, watch)) return
    watch.timer = null
    await this.#ports.check(provider)
    if (this.#isCurrent(provider, watch)) this.#schedule(provider, watch, this.#ports.nextDelay(provider))
  }

  #begin({ provider, mark }: Watched): void {
    const watch: Watch = { mark, timer: null }
    this.#watches.set(provider, watch)
    const delayMs = this.#ports.firstDelay(provider)
    if (delayMs > 0) this.#schedule(provider, watch, delayMs)
    else void this.#run(provider, watch)
  }

  #end(provider: string, watch: Watch): void {
    watch.timer?.dispose()
    this.#watches.delete(provider)
  }
}

interface WatchParts {
  /** `routedProviders`: enabled ones that a route or fallback names. */
  directory: { routedProviders(): string[] }
  health: Pick<HealthRecords, 'mark' | 'pausedForMs' | 'nextCheckAfter' | 'isBeingCalled'>
  checks: Pick<ProviderChecks, 'check'>
  changes: Pick<Changes, 'on'>
  random(): number
  ending: AbortSignal
}

/** Checks the providers that routes use on a clock, which follows what is set up. */
export function watchProviders({
  directory,
  health,
  checks,
  changes,
  random,
  ending,
}: WatchParts): Pick<HealthClock, 'refresh' | 'dispose'> {
  const clock = new HealthClock({
    watched: () => directory.routedProviders().map((provider) => ({ provider, mark: health.mark(provider) })),
    check: async (provider) => (health.isBeingCalled(provider) ? false : await checks.check(provider, ending)),
    firstDelay: (provider) => health.pausedForMs(provider),
    nextDelay: (provider) => health.nextCheckAfter(provider),
    timers: systemTimers,
    random,
  })
  const subscription = changes.on((kinds) => {
    if (!kinds.includes('providers') && !kinds.includes('routes')) return
    // Where it cannot be read, requests tell so.
    readIfReadable(
      () => clock.refresh(),
      () => {},
    )
  })
  return {
    refresh: () => clock.refresh(),
    dispose() {
      subscription.dispose()
      clock.dispose()
    },
  }
}
