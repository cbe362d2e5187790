/** How long each part of a call may take, in milliseconds. */
export interface Deadlines {
  /** Name resolution, TCP and TLS together. */
  connectMs: number
  /** From the sent request to the first byte of the answer. */
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

/** Somebody is waiting for the answer of a check, and lists come from memory. */
export const checkDeadlines: Deadlines = { connectMs: 5_000, firstByteMs: 15_000, idleMs: 10_000, totalMs: 30_000 }
