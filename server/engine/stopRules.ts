import type { Task } from '../../protocol/names.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import type { StopWhen } from '../../protocol/runs.ts'
import { type AnswerCount, FirstAnswers } from './firstAnswers.ts'

type StopRuleFacts = Extract<ReasonFacts, { code: 'stop_rule' }>

/** What protects a run that nobody has given rules: half of what was judged is lost, so the rest would be, too. */
const defaultStopWhen = { failedShare: 0.5, afterItems: 50 }

/** Parts of answers are fractions: ten times a fifth is not quite two. */
const rounding = 1e-9

type Failure = Pick<Reason, 'code'> & Partial<Pick<Reason, 'message'>>

/**
 * Counts since the run was started or resumed, and only what was really asked about: who resumes has seen why it stopped, and gets
 * as many items again before it can stop for the same reason. Answers count when they come and not when an item is given up:
 * asking again mends nearly all, and is paid for.
 */
export class StopRules {
  readonly #limits: ReturnType<typeof withDefaults>
  readonly #failuresBeforeStop: number
  readonly #first = new FirstAnswers()
  readonly #byCategory = new Map<string, number>()
  readonly #answers: Record<Task, { count: number; items: number; unusable: number }> = {
    categorization: { count: 0, items: 0, unusable: 0 },
    scoring: { count: 0, items: 0, unusable: 0 },
  }
  #inRow = 0
  #items = 0
  #failed = 0

  constructor(wanted: StopWhen | undefined, failuresBeforeStop = 25) {
    this.#limits = withDefaults(wanted ?? {})
    this.#failuresBeforeStop = failuresBeforeStop
  }

  /** An item was judged, or could not be. The rule that is met by it, else null. */
  judged(failure: Failure | null, categories: readonly string[] | null): StopRuleFacts | null {
    const { failedShare, sameCategoryShare, afterItems } = this.#limits
    this.#items++
    this.#inRow = failure === null ? 0 : this.#inRow + (isAboutItem(failure) ? 0 : 1)
    if (failure) this.#failed++
    if (sameCategoryShare != null) {
      for (const category of categories ?? []) {
        this.#byCategory.set(category, (this.#byCategory.get(category) ?? 0) + 1)
      }
    }
    if (failure && failedShare !== null && this.#inRow >= this.#failuresBeforeStop) {
      const counts = { limit: this.#failuresBeforeStop, measured: this.#inRow, items: this.#items }
      return { code: 'stop_rule', rule: 'failed_in_row', ...counts, ...lastOf(failure) }
    }
    if (this.#items < afterItems) return null
    return (failure && check('failed', this.#failed, this.#items, failedShare)) || this.#checkCategories()
  }

  /** A provider has answered; `reason` is why the answer could not be used. The rule that is met by it, else null. */
  answered(task: Task, answer: AnswerCount, reason: Reason | null): StopRuleFacts | null {
    const { invalidShare, afterItems } = this.#limits
    const { asked, used } = answer
    const useless = this.#first.answered(task, answer)
    if (useless && reason && invalidShare !== null) {
      const counts = { limit: useless.answers, measured: useless.answers, items: useless.items }
      return { code: 'stop_rule', rule: 'unusable', ...counts, ...lastOf(reason) }
    }
    const seen = this.#answers[task]
    seen.count++
    seen.items += asked
    seen.unusable += (asked - used) / asked
    if (used === asked || seen.items < afterItems) return null
    return check('invalid', seen.unusable, seen.count, invalidShare)
  }

  #checkCategories(): StopRuleFacts | null {
    const { sameCategoryShare } = this.#limits
    if (sameCategoryShare == null) return null
    for (const [category, count] of this.#byCategory) {
      const met = check('same_category', count, this.#items, sameCategoryShare)
      if (met) return { ...met, category }
    }
    return null
  }
}

function check(
  rule: StopRuleFacts['rule'],
  count: number,
  all: number,
  limit: number | null | undefined,
): StopRuleFacts | null {
  if (limit == null || count / all + rounding < limit) return null
  return { code: 'stop_rule', rule, limit, measured: count / all, items: all }
}

/** What the provider will not read, or cannot, is about the item. */
function isAboutItem({ code }: Failure): boolean {
  return code === 'content_filtered' || code === 'context_too_long'
}

/** Why the last one failed, without the full stop of its sentence. */
function lastOf({ message }: Failure): { last?: string } {
  return message ? { last: message.replace(/\.$/, '') } : {}
}

/** What is left out is as if it was not there; null switches a rule off. */
function withDefaults(wanted: StopWhen) {
  return { ...defaultStopWhen, ...defined(wanted) }
}

function defined<Values extends object>(values: Values): { [Name in keyof Values]: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
