import { setMaxListeners } from 'node:events'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunState } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { Clock } from './clock.ts'
import type { RunLimits } from './limits.ts'

/** How it stands with a run that is worked on, and the signals by which its workers hear of it. */
export interface RunCourse {
  state(): RunState
  reason(): Reason | null
  /** Nothing new is taken up. */
  readonly stopping: AbortSignal
  /** Calls under way end, too. */
  readonly aborting: AbortSignal
  /** The run is over and told. */
  readonly finished: AbortSignal
  /** The first reason counts; calls under way may still end well. */
  stop(because: Reason): void
  stopAtOnce(because: Reason): void
  end(as: 'cancelled' | 'interrupted'): void
  /** Calls under way have a moment to end well. */
  pauseSoon(): void
  /** Stops when so many seconds are over; calls under way may still end well, but not for ever. */
  stopAfter(seconds: number, items: () => number): Promise<void>
  /** Nothing is asked any more; from now on nobody can cancel it. */
  settle(): void
  isSettled(): boolean
  /** A run that nothing has stopped is complete. */
  complete(): void
  finish(): void
}

export function createRunCourse(options: {
  clock: Clock
  limits: Pick<RunLimits, 'pauseGraceMs' | 'stopGraceMs'>
  /** Told each time that the run was asked to take up nothing new. */
  onStopping(): void
}): RunCourse {
  const { clock, limits } = options
  const stopping = new AbortController()
  const aborting = new AbortController()
  const finished = new AbortController()
  // One listener for each worker, which are many and go again.
  setMaxListeners(0, stopping.signal, aborting.signal, finished.signal)
  let state: RunState = 'running'
  let reason: Reason | null = null
  let isSettled = false

  function takeUpNothing(): void {
    stopping.abort()
    options.onStopping()
  }

  function stop(because: Reason): void {
    if (stopping.signal.aborted) return
    state = 'stopped'
    reason = because
    takeUpNothing()
  }

  return {
    state: () => state,
    reason: () => reason,
    stopping: stopping.signal,
    aborting: aborting.signal,
    finished: finished.signal,
    stop,
    stopAtOnce(because) {
      stop(because)
      aborting.abort()
    },
    end(as) {
      if (isSettled) return
      if (!stopping.signal.aborted || state === 'paused') state = as
      stopping.abort()
      aborting.abort()
      options.onStopping()
    },
    pauseSoon() {
      if (stopping.signal.aborted) return
      state = 'paused'
      takeUpNothing()
      void clock.wait(limits.pauseGraceMs, finished.signal).then(() => aborting.abort())
    },
    async stopAfter(seconds, items) {
      const startedAt = clock.monotonic()
      await clock.wait(seconds * 1000, finished.signal)
      if (finished.signal.aborted) return
      const measured = (clock.monotonic() - startedAt) / 1000
      stop(fail({ code: 'stop_rule', rule: 'time', limit: seconds, measured, items: items() }).reason)
      await clock.wait(limits.stopGraceMs, finished.signal)
      aborting.abort()
    },
    settle() {
      isSettled = true
    },
    isSettled: () => isSettled,
    complete() {
      if (state === 'running') state = 'completed'
    },
    finish: () => finished.abort(),
  }
}
