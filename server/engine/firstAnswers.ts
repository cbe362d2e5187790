import type { Task } from '../../protocol/names.ts'

/** So many answers of which none could be used show what the rest would cost. */
const mostUnusable = 10
/** Of few items fewer: asking about them is to stay cheap, too. */
const unusableCallsPerItem = 1.5
const fewestUnusable = 3

/** What was asked about for the first time, and with what success. */
export interface AnswerCount {
  /** Items of the call. */
  asked: number
  /** Those of them that got a verdict. */
  used: number
  /** Those of them about which no call was answered before. */
  fresh: number
}

/**
 * Sees whether a model is of any use at all, which its first answers show. One usable answer, and this has nothing more to say about
 * its task: what goes wrong later is about items, and the other rules look at that.
 */
export class FirstAnswers {
  readonly #tasks = new Map<Task, { isOver: boolean; items: number; unusable: number }>()

  /** The numbers with which the run should stop, or null. */
  answered(task: Task, { asked, used, fresh }: AnswerCount): { answers: number; items: number } | null {
    const seen = this.#tasks.get(task) ?? { isOver: false, items: 0, unusable: 0 }
    this.#tasks.set(task, seen)
    if (seen.isOver || used > 0 || asked === 0) {
      seen.isOver ||= used > 0
      return null
    }
    seen.items += fresh
    seen.unusable++
    // A single item has its attempts.
    if (seen.items < 2) return null
    const most = Math.min(mostUnusable, Math.max(fewestUnusable, Math.floor(seen.items * unusableCallsPerItem)))
    return seen.unusable >= most ? { answers: seen.unusable, items: seen.items } : null
  }
}
