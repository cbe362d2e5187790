import type { Reason } from '../../protocol/reasons.ts'

const mostEqualRefusals = 3

/** Sees when a provider refuses every request in the same words, and has never answered one: the next ones would be refused, too. */
export class EqualRefusals {
  #hasAnswered = false
  #last: { text: string; times: number } | null = null

  answered(): void {
    this.#hasAnswered = true
  }

  /** True when the run should stop. */
  refused(reason: Reason): boolean {
    if (this.#hasAnswered) return false
    const text = inGeneral(reason)
    this.#last = { text, times: this.#last?.text === text ? this.#last.times + 1 : 1 }
    return this.#last.times >= mostEqualRefusals
  }
}

/** Without what differs from call to call: numbers, ids of requests, times. */
function inGeneral({ code, message }: Reason): string {
  return `${code} ${message.replace(/[\da-f-]*\d[\da-f-]*/gi, '#')}`
}
