import { setMaxListeners } from 'node:events'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunState } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import type { Clock } from '../files/clock.ts'
import type { RunLimits } from './limits.ts'

type Stop = { as: 'stopped'; reason: Reason } | { as: 'paused' | 'cancelled' | 'interrupted' }

type State =
  | { kind: 'running' }
  /** Nothing new is taken up; calls under way may go on. */
  | { kind: 'stopping'; stop: Stop }
  /** No call is under way any more; the results are being written. Without a stop the run will be complete. */
  | { kind: 'settled'; stop: Stop | null }
  | { kind: 'ended'; stop: Stop | null }

/** Where a run stands between its start and its end, and the signals by which its workers learn of it. */
export class RunLifecycle {
  readonly #clock: Clock
  readonly #limits: Pick<RunLimits, 'pauseGraceMs' | 'stopGraceMs'>
  readonly #stopping = new AbortController()
  readonly #aborting = new AbortController()
  readonly #finished = new AbortController()
  #state: State = { kind: 'running' }

  constructor(options: { clock: Clock; limits: Pick<RunLimits, 'pauseGraceMs' | 'stopGraceMs'> }) {
    this.#clock = options.clock
    this.#limits = options.limits
    // One listener for each worker, which are many and come and go.
    setMaxListeners(0, this.stopping, this.aborting, this.finished)
  }

  /** Nothing new is taken up. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Calls under way end, too. */
  get aborting(): AbortSignal {
    return this.#aborting.signal
  }

  /** The run is over. */
  get finished(): AbortSignal {
    return this.#finished.signal
  }

  /** As the contract has it. */
  state(): RunState {
    return this.#stop()?.as ?? (this.#state.kind === 'ended' ? 'completed' : 'running')
  }

  reason(): Reason | null {
    const stop = this.#stop()
    return stop?.as === 'stopped' ? stop.reason : null
  }

  /** The first reason counts; calls under way may still end well. */
  stop(reason: Reason): void {
    if (this.#stop() !== null || this.#state.kind === 'ended') return
    const stop: Stop = { as: 'stopped', reason }
    this.#state = this.#state.kind === 'settled' ? { kind: 'settled', stop } : { kind: 'stopping', stop }
    this.#stopping.abort()
  }

  stopAtOnce(reason: Reason): void {
    this.stop(reason)
    this.#aborting.abort()
  }

  /** Calls under way end, too. A run that was only paused ends as this. */
  end(as: 'cancelled' | 'interrupted'): void {
    if (this.#state.kind !== 'running' && this.#state.kind !== 'stopping') return
    if (this.#state.kind === 'running' || this.#state.stop.as === 'paused') {
      this.#state = { kind: 'stopping', stop: { as } }
    }
    this.#stopping.abort()
    this.#aborting.abort()
  }

  /** Calls under way have a moment to end well. */
  pause(): void {
    if (this.#state.kind !== 'running') return
    this.#state = { kind: 'stopping', stop: { as: 'paused' } }
    this.#stopping.abort()
    void this.#clock.wait(this.#limits.pauseGraceMs, this.finished).then(() => this.#aborting.abort())
  }

  /** Stops after so many seconds; calls under way may still end well, but only for a while. `items`: how many are done by then. */
  async stopAfter(seconds: number, items: () => number): Promise<void> {
    const startedAt = this.#clock.monotonic()
    await this.#clock.wait(seconds * 1000, this.finished)
    if (this.finished.aborted) return
    const measured = (this.#clock.monotonic() - startedAt) / 1000
    this.stop(fail({ code: 'stop_rule', rule: 'time', limit: seconds, measured, items: items() }).reason)
    await this.#clock.wait(this.#limits.stopGraceMs, this.finished)
    this.#aborting.abort()
  }

  /** Nothing is asked any more: from now on nobody can pause or cancel the run, but writing its results can still fail. */
  settle(): void {
    this.#state = { kind: 'settled', stop: this.#stop() }
  }

  /** A run that nothing has stopped is complete. */
  finish(): void {
    this.#state = { kind: 'ended', stop: this.#stop() }
    this.#finished.abort()
  }

  #stop(): Stop | null {
    return this.#state.kind === 'running' ? null : this.#state.stop
  }
}
