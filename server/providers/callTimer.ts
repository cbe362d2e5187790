import type { DeadlinePhase } from './deadlines.ts'

/** The deadlines of one request: that of the whole call, and that of the phase it is in. Begins with the first phase. */
export interface CallTimer {
  enter(phase: DeadlinePhase, milliseconds: number): void
  /** The phase shows that it is alive. */
  refresh(): void
  /** Somebody makes it wait: the phase has no deadline until it is entered again. */
  rest(): void
  stop(): void
}

/**
 * One timer however many deadlines there are: it goes off for the one that was nearest when it was set, and is set again where that one
 * has been met. Nearly all of them are, and setting a timer for each phase costs more than the rest of the bookkeeping of a call.
 */
export function startCallTimer(
  total: { milliseconds: number; left: number },
  onExpire: (phase: DeadlinePhase, afterMs: number) => void,
): CallTimer {
  const callEnds = performance.now() + total.left
  let phase: DeadlinePhase = 'total'
  let phaseMs = Number.POSITIVE_INFINITY
  let phaseEnds = Number.POSITIVE_INFINITY
  let goesOff = Number.POSITIVE_INFINITY
  let timer: NodeJS.Timeout | null = null

  function setTimer(): void {
    if (timer) clearTimeout(timer)
    goesOff = Math.min(callEnds, phaseEnds)
    timer = setTimeout(look, Math.max(0, Math.ceil(goesOff - performance.now())))
  }

  function look(): void {
    const now = performance.now()
    if (phaseEnds <= now && phaseEnds <= callEnds) onExpire(phase, phaseMs)
    else if (callEnds <= now) onExpire('total', total.milliseconds)
    else setTimer()
  }

  return {
    enter(next, milliseconds) {
      phase = next
      phaseMs = milliseconds
      phaseEnds = performance.now() + milliseconds
      if (phaseEnds < goesOff) setTimer()
    },
    refresh() {
      if (phaseEnds !== Number.POSITIVE_INFINITY) phaseEnds = performance.now() + phaseMs
    },
    rest() {
      phaseEnds = Number.POSITIVE_INFINITY
    },
    stop() {
      if (timer) clearTimeout(timer)
    },
  }
}
