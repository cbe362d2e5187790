import type { ThreadDelta } from '../../protocol/threads.ts'
import type { Timers } from '../health/healthClock.ts'

/** Between two of them: twenty a second are more than an eye tells apart. */
const everyMs = 50

/** Sends an answer's pieces on, several as one where they come fast. */
export class DeltaSender {
  readonly #about: Pick<ThreadDelta, 'threadId' | 'messageId' | 'question'>
  readonly #send: (delta: ThreadDelta) => void
  readonly #timers: Timers
  /** Absent: none was sent a moment ago. */
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

  /** The first words go out at once: somebody waits for them. */
  add(piece: string): void {
    this.text += piece
    this.#waiting += piece
    if (!this.#timer) this.#sendOn()
  }

  flush(): void {
    this.#timer?.dispose()
    this.#timer = undefined
    this.#sendWaiting()
  }

  /** What waits by then goes with the next ones. */
  #sendOn(): void {
    this.#timer = undefined
    if (this.#waiting === '') return
    this.#sendWaiting()
    this.#timer = this.#timers.after(everyMs, () => this.#sendOn())
  }

  #sendWaiting(): void {
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '') this.#send({ ...this.#about, text, length: this.text.length - text.length })
  }
}
