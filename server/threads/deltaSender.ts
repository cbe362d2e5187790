import type { ThreadDelta } from '../../protocol/threads.ts'
import type { Timers } from '../health/healthClock.ts'

/** Twenty a second are more than an eye tells apart. */
const everyMs = 50

/** Sends an answer's pieces on, several as one where they come fast. */
export class DeltaSender {
  readonly #about: Pick<ThreadDelta, 'threadId' | 'messageId' | 'question'>
  readonly #send: (delta: ThreadDelta) => void
  readonly #timers: Timers
  /** Absent: nothing waits. */
  #timer: { dispose(): void } | undefined
  #waiting = ''
  /** All that has come. */
  text = ''

  constructor(
    about: Pick<ThreadDelta, 'threadId' | 'messageId' | 'question'>,
    { send, timers }: { send(delta: ThreadDelta): void; timers: Timers },
  ) {
    this.#about = about
    this.#send = send
    this.#timers = timers
  }

  add(piece: string): void {
    this.text += piece
    this.#waiting += piece
    this.#timer ??= this.#timers.after(everyMs, () => this.flush())
  }

  flush(): void {
    this.#timer?.dispose()
    this.#timer = undefined
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '') this.#send({ ...this.#about, text, length: this.text.length - text.length })
  }
}
