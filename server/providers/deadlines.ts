/** How long each part of a call may take, in milliseconds. */
export interface Deadlines {
  /** Name resolution, TCP and TLS together. */
  connectMs: number
  /** From the sent request to the first byte of the answer's body. */
  firstByteMs: number
  /** Silence within an answer. */
  idleMs: number
  /** The whole call, however alive it looks. */
  totalMs: number
}

export type DeadlinePhase = 'connect' | 'first_byte' | 'idle' | 'total'

/** A local model may load and think for long before its first byte; while it streams, only `totalMs` ends it. */
export const completionDeadlines: Deadlines = {
  connectMs: 10_000,
  firstByteMs: 600_000,
  idleMs: 300_000,
  totalMs: 3_600_000,
}

/**
 * The deadlines of a model that is registered with a time of its own: so long it may be silent, before its answer and within it. As long
 * as it writes, it is alive.
 */
export function silenceDeadlines(seconds: number): Partial<Deadlines> {
  const milliseconds = seconds * 1000
  const totalMs = Math.max(completionDeadlines.totalMs, milliseconds)
  return { firstByteMs: milliseconds, idleMs: milliseconds, totalMs }
}

/** Somebody is waiting for the answer of a check, and lists come from memory. */
export const checkDeadlines: Deadlines = { connectMs: 5_000, firstByteMs: 15_000, idleMs: 10_000, totalMs: 30_000 }

/**
 * The deadlines of one request: that of the whole call, and that of the phase it is in. Begins with the first phase.
 *
 * One timer however many deadlines there are: it goes off for the one that was nearest when it was set, and is set again where that one
 * has been met. Nearly all of them are, and setting a timer for each phase costs more than the rest of the bookkeeping of a call.
 */
export class CallTimer {
  readonly #totalMs: number
  readonly #callEnds: number
  readonly #onExpire: (phase: DeadlinePhase, afterMs: number) => void
  #phase: { name: DeadlinePhase; milliseconds: number; ends: number } | null = null
  #goesOff = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | null = null

  constructor(
    total: { milliseconds: number; left: number },
    onExpire: (phase: DeadlinePhase, afterMs: number) => void,
  ) {
    this.#totalMs = total.milliseconds
    this.#callEnds = performance.now() + total.left
    this.#onExpire = onExpire
  }

  enter(name: DeadlinePhase, milliseconds: number): void {
    const ends = performance.now() + milliseconds
    this.#phase = { name, milliseconds, ends }
    if (ends < this.#goesOff) this.#setTimer()
  }

  /** The phase shows that it is alive. */
  refresh(): void {
    if (this.#phase) this.#phase.ends = performance.now() + this.#phase.milliseconds
  }

  /** Somebody makes it wait: the phase has no deadline until one is entered again. */
  rest(): void {
    this.#phase = null
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
  }

  #setTimer(): void {
    this.stop()
    this.#goesOff = Math.min(this.#callEnds, this.#phase?.ends ?? Number.POSITIVE_INFINITY)
    this.#timer = setTimeout(() => this.#look(), Math.max(0, Math.ceil(this.#goesOff - performance.now())))
  }

  #look(): void {
    const now = performance.now()
    const phase = this.#phase
    if (phase && phase.ends <= now && phase.ends <= this.#callEnds) this.#onExpire(phase.name, phase.milliseconds)
    else if (this.#callEnds <= now) this.#onExpire('total', this.#totalMs)
    else this.#setTimer()
  }
}
