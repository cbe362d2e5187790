import type { WaitPlan } from '../../domain/retryRules.ts'
import type { Clock } from '../clock.ts'
import { createCallWindow } from './callWindow.ts'

/** The right to make one call. */
export interface Ticket {
  wave: number
}

/**
 * Through here goes every call of a run to one provider. A gate begins half open: the first call goes alone, so that a refused key
 * costs one call and not one for each worker. After an outage everybody waits, and again one call goes first.
 */
export interface ProviderGate {
  /**
   * Null when the signal aborted meanwhile. A call that has failed before lets others go first after a pause: it may itself be
   * what the provider stumbles over.
   */
  enter(signal: AbortSignal, hasFailed: boolean): Promise<Ticket | null>
  /** The provider answered, whatever it said. */
  answered(ticket: Ticket): void
  /** The provider is in trouble: by too many calls at once, or altogether. Given up when it has been for too long. */
  failed(ticket: Ticket, retryAfterMs: number | null, isTooMuch: boolean): 'waiting' | 'given_up'
  /** The call said nothing about the provider. */
  abandoned(ticket: Ticket): void
  /** The provider has announced that it takes only so many more calls within the next `ms`. */
  announced(calls: number, ms: number): void
  /** How many calls were answered so far, whichever run made them. */
  answers(): number
  /** Somebody asks until there is an answer; the result says that this is over. */
  asking(): () => void
  /** Nobody else is asking: whether the provider would answer others cannot be seen. */
  isAlone(): boolean
}

/** A run's way in. All runs of the process share what is known of the provider, and its calls, by their priority. */
export interface Door extends ProviderGate {
  leave(): void
}

export interface DoorOptions {
  /** Its share beside other runs. */
  weight: number
  /** Calls of this run at the same time: to begin with, and at most when all goes well. */
  concurrency: { first: number; most: number }
  /** The provider asked for a pause until then (epoch milliseconds); null: calls go on. */
  onPause(until: number | null): void
}

export interface SharedGate {
  join(options: DoorOptions): Door
  /** Somebody has found out that the provider answers already: one call goes first, now. */
  endPause(): void
}

interface GateOptions {
  clock: Clock
  random: () => number
  plan(outage: { retryAfterMs: number | null; tries: number; random: number }): WaitPlan
  longestParkMs: number
  /** The provider itself asked to be left alone for so long; told once a pause, and only where it is worth keeping. */
  onPauseAsked?(ms: number): void
}

/** Shorter pauses are over before a restarted process asks. */
const pauseWorthTellingMs = 10_000

export function createProviderGate(options: GateOptions): SharedGate {
  const { clock } = options
  const window = createCallWindow(clock)
  const doors = new Map<Door, DoorOptions>()
  /** Calls that began before the last failure belong to an older wave and say nothing new about the outage. */
  let wave = 0
  let isOpen = false
  let probe: { ticket: Ticket; over: Promise<void>; finish(): void } | null = null
  let opensAt = 0
  let wasAsked = false
  let toldUntil = 0
  let pauseEnded = new AbortController()
  let tries = 0
  let answers = 0
  let fresh = 0
  let askers = 0

  function tellPause(): void {
    const until = wasAsked && opensAt > clock.monotonic() ? clock.now() + (opensAt - clock.monotonic()) : null
    for (const { onPause } of doors.values()) onPause(until)
  }

  function startProbe(): Ticket {
    const ticket = { wave }
    let finish = (): void => {}
    const over = new Promise<void>((resolve) => {
      finish = resolve
    })
    probe = { ticket, over, finish }
    wasAsked = false
    tellPause()
    return ticket
  }

  function endProbe(ticket: Ticket): void {
    if (probe?.ticket !== ticket) return
    probe.finish()
    probe = null
  }

  function pauseFor(ms: number, isAsked: boolean): void {
    opensAt = Math.max(opensAt, clock.monotonic() + ms)
    if (!isAsked) return
    wasAsked = true
    tellPause()
  }

  /** Every call under way may bring the same wish along: only one that goes on for clearly longer is news. */
  function tellAsked(ms: number): void {
    const until = clock.monotonic() + ms
    if (ms < pauseWorthTellingMs || until < toldUntil + pauseWorthTellingMs) return
    toldUntil = until
    options.onPauseAsked?.(ms)
  }

  /** The provider is left as it was found last, except that an outage which nobody has watched since may be over. */
  function forgetOutage(): void {
    isOpen = false
    tries = 0
    if (!wasAsked) opensAt = 0
  }

  function join(own: DoorOptions): Door {
    if (doors.size === 0) forgetOutage()
    const lot = window.join(own)

    async function waitForTurn(signal: AbortSignal, hasFailed: boolean): Promise<Ticket | null> {
      for (;;) {
        if (signal.aborted) return null
        const pauseMs = opensAt - clock.monotonic()
        if (pauseMs > 0) await clock.wait(pauseMs, AbortSignal.any([signal, pauseEnded.signal]))
        else if (isOpen) {
          if (!(await lot.take(signal))) return null
          // While it waited for its turn the provider may have got into trouble.
          if (isOpen && opensAt <= clock.monotonic()) return { wave }
          lot.giveBack()
        } else if (probe) await settledOrAborted(probe.over, signal)
        else if (hasFailed && fresh > 0) await clock.wait(1, signal)
        else {
          lot.force()
          return startProbe()
        }
      }
    }

    function over(ticket: Ticket): void {
      endProbe(ticket)
      lot.giveBack()
    }

    const door: Door = {
      async enter(signal, hasFailed) {
        if (isOpen && !signal.aborted && lot.takeAtOnce()) return { wave }
        fresh += hasFailed ? 0 : 1
        try {
          return await waitForTurn(signal, hasFailed)
        } finally {
          fresh -= hasFailed ? 0 : 1
        }
      },
      answered(ticket) {
        answers++
        if (ticket.wave === wave) {
          tries = 0
          isOpen = true
          window.wentWell()
        }
        over(ticket)
      },
      failed(ticket, retryAfterMs, isTooMuch) {
        const isNew = ticket.wave === wave
        if (isNew) {
          wave++
          tries++
          isOpen = false
          if (isTooMuch) window.wasTooMuch()
        }
        over(ticket)
        if (retryAfterMs !== null) tellAsked(retryAfterMs)
        const plan = options.plan({ retryAfterMs, tries, random: options.random() })
        if (plan.kind === 'stop_run' || plan.ms > options.longestParkMs) return 'given_up'
        // A call of the same wave may have been told to wait longer than the first one that failed.
        const isAsked = retryAfterMs !== null && retryAfterMs > 0
        if (isNew || isAsked) pauseFor(plan.ms, isAsked || plan.kind === 'park')
        return 'waiting'
      },
      abandoned: over,
      announced(calls, ms) {
        if (calls > 0) return window.limit(calls, ms)
        // Nothing was refused yet: whoever waits now is not refused at all.
        if (ms > options.longestParkMs) return
        // Calls under way will be answered; that must not open the gate again.
        wave++
        isOpen = false
        // First: what others make of it must not end after the gate has opened, or the first call would be refused.
        tellAsked(ms)
        pauseFor(ms, true)
      },
      answers: () => answers,
      asking() {
        askers++
        return () => void askers--
      },
      isAlone: () => askers <= 1,
      leave() {
        doors.delete(door)
        lot.leave()
      },
    }
    doors.set(door, own)
    if (wasAsked) tellPause()
    return door
  }

  return {
    join,
    endPause() {
      opensAt = 0
      toldUntil = 0
      wasAsked = false
      tellPause()
      pauseEnded.abort()
      pauseEnded = new AbortController()
    },
  }
}

/** One gate a provider, however many runs call it. */
export function createProviderGates(
  options: Omit<GateOptions, 'onPauseAsked'> & { onPauseAsked?: ((provider: string, ms: number) => void) | undefined },
): (provider: string) => SharedGate {
  const gates = new Map<string, SharedGate>()
  return (provider) => {
    const known =
      gates.get(provider) ??
      createProviderGate({ ...options, onPauseAsked: (ms) => options.onPauseAsked?.(provider, ms) })
    gates.set(provider, known)
    return known
  }
}

function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      signal.removeEventListener('abort', finish)
      resolve()
    }
    signal.addEventListener('abort', finish, { once: true })
    void promise.then(finish)
  })
}
