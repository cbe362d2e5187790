import type { WaitPlan } from '../../domain/retryRules.ts'
import type { Clock } from '../clock.ts'

/** The right to make one call. */
export interface Ticket {
  wave: number
}

/**
 * Through here goes every call of a run to one provider. It begins half open: the first call goes alone, so that a refused key
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
  /** The provider is in trouble; true when it has been for too long. */
  failed(ticket: Ticket, retryAfterMs: number | null): 'waiting' | 'given_up'
  /** The call said nothing about the provider. */
  abandoned(ticket: Ticket): void
  /** How many calls were answered so far. */
  answers(): number
}

interface GateOptions {
  clock: Clock
  random: () => number
  plan(outage: { retryAfterMs: number | null; tries: number; random: number }): WaitPlan
  longestParkMs: number
  /** The provider asked for a pause until then (epoch milliseconds); null: calls go on. */
  onPause(until: number | null): void
}

export function createProviderGate(options: GateOptions): ProviderGate {
  const { clock } = options
  /** Calls that began before the last failure belong to an older wave and say nothing new about the outage. */
  let wave = 0
  let isOpen = false
  let probe: { ticket: Ticket; over: Promise<void>; finish(): void } | null = null
  let opensAt = 0
  let tries = 0
  let answers = 0
  let fresh = 0

  function startProbe(): Ticket {
    const ticket = { wave }
    let finish = (): void => {}
    const over = new Promise<void>((resolve) => {
      finish = resolve
    })
    probe = { ticket, over, finish }
    return ticket
  }

  function endProbe(ticket: Ticket): void {
    if (probe?.ticket !== ticket) return
    probe.finish()
    probe = null
  }

  function pauseFor(ms: number, isAsked: boolean): void {
    opensAt = Math.max(opensAt, clock.monotonic() + ms)
    if (isAsked) options.onPause(clock.now() + (opensAt - clock.monotonic()))
  }

  async function waitForTurn(signal: AbortSignal, hasFailed: boolean): Promise<Ticket | null> {
    for (;;) {
      if (signal.aborted) return null
      const pauseMs = opensAt - clock.monotonic()
      if (pauseMs > 0) await clock.wait(pauseMs, signal)
      else if (isOpen) return { wave }
      else if (probe) await settledOrAborted(probe.over, signal)
      else if (hasFailed && fresh > 0) await clock.wait(1, signal)
      else {
        options.onPause(null)
        return startProbe()
      }
    }
  }

  return {
    async enter(signal, hasFailed) {
      if (isOpen && !signal.aborted) return { wave }
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
      }
      endProbe(ticket)
    },
    failed(ticket, retryAfterMs) {
      const isNew = ticket.wave === wave
      if (isNew) {
        wave++
        tries++
        isOpen = false
      }
      endProbe(ticket)
      const plan = options.plan({ retryAfterMs, tries, random: options.random() })
      if (plan.kind === 'stop_run' || plan.ms > options.longestParkMs) return 'given_up'
      // A call of the same wave may have been told to wait longer than the first one that failed.
      const isAsked = retryAfterMs !== null && retryAfterMs > 0
      if (isNew || isAsked) pauseFor(plan.ms, isAsked || plan.kind === 'park')
      return 'waiting'
    },
    abandoned: endProbe,
    answers: () => answers,
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
