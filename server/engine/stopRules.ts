import type { Task } from '../../protocol/names.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import type { StopWhen } from '../../protocol/runs.ts'
import { type AnswerCount, FirstAnswers } from './firstAnswers.ts'

type StopRuleFacts = Extract<ReasonFacts, { code: 'stop_rule' }>

/** What protects a run that nobody has given rules: half of what was judged is lost, so the rest would be, too. */
export const defaultStopWhen = { failedShare: 0.5, afterItems: 50 }

/** Parts of answers are fractions: ten times a fifth is not quite two. */
const rounding = 1e-9

type Failure = Pick<Reason, 'code'> & Partial<Pick<Reason, 'message'>>

export interface StopRules {
  /** An item was judged, or could not be. A rule that is met by it, else null. */
  judged(failure: Failure | null, categories: readonly string[] | null): StopRuleFacts | null
  /** A provider has answered; `reason` is why the answer could not be used. The rule that is met by it, else null. */
  answered(task: Task, answer: AnswerCount, reason: Reason | null): StopRuleFacts | null
}

/**
 * Counts since the run was started or resumed, and only what was really asked about: who resumes has seen why it stopped, and gets
 * as many items again before it can stop for the same reason. Answers count when they come and not when an item is given up:
 * asking again mends nearly all, and is paid for.
 */
export function createStopRules(wanted: StopWhen | undefined, failuresBeforeStop = 25): StopRules {
  const { failedShare, invalidShare, sameCategoryShare, afterItems } = { ...defaultStopWhen, ...defined(wanted ?? {}) }
  const byCategory = new Map<string, number>()
  const first = new FirstAnswers()
  let inRow = 0
  let items = 0
  let failed = 0
  const answers: Record<Task, { count: number; items: number; unusable: number }> = {
    categorization: { count: 0, items: 0, unusable: 0 },
    scoring: { count: 0, items: 0, unusable: 0 },
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

  function checkCategories(): StopRuleFacts | null {
    if (sameCategoryShare == null) return null
    for (const [category, count] of byCategory) {
      const met = check('same_category', count, items, sameCategoryShare)
      if (met) return { ...met, category }
    }
    return null
  }

  return {
    judged(failure, categories) {
      items++
      inRow = failure === null ? 0 : inRow + (isAboutItem(failure) ? 0 : 1)
      if (failure) failed++
      if (sameCategoryShare != null) {
        for (const category of categories ?? []) byCategory.set(category, (byCategory.get(category) ?? 0) + 1)
      }
      if (failure && failedShare !== null && inRow >= failuresBeforeStop) {
        const counts = { limit: failuresBeforeStop, measured: inRow, items }
        return { code: 'stop_rule', rule: 'failed_in_row', ...counts, ...lastOf(failure) }
      }
      if (items < afterItems) return null
      return (failure && check('failed', failed, items, failedShare)) || checkCategories()
    },
    answered(task, answer, reason) {
      const { asked, used } = answer
      const useless = first.answered(task, answer)
      if (useless && reason && invalidShare !== null) {
        const counts = { limit: useless.answers, measured: useless.answers, items: useless.items }
        return { code: 'stop_rule', rule: 'unusable', ...counts, ...lastOf(reason) }
      }
      const seen = answers[task]
      seen.count++
      seen.items += asked
      seen.unusable += (asked - used) / asked
      if (used === asked || seen.items < afterItems) return null
      return check('invalid', seen.unusable, seen.count, invalidShare)
    },
  }
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
function defined<Values extends object>(values: Values): { [Name in keyof Values]: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
