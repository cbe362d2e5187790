import type { Task } from '../../protocol/names.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import type { StopWhen } from '../../protocol/runs.ts'

type StopRuleFacts = Extract<ReasonFacts, { code: 'stop_rule' }>

/** What protects a run that nobody has given rules: half of what was judged is lost, so the rest would be, too. */
export const defaultStopWhen = { failedShare: 0.5, afterItems: 50 }

/** Parts of answers are fractions: ten times a fifth is not quite two. */
const rounding = 1e-9

export interface StopRules {
  /** An item was judged, or could not be. A rule that is met by it, else null. */
  judged(failure: Pick<Reason, 'code'> | null, categories: readonly string[] | null): StopRuleFacts | null
  /** A provider has answered for `asked` items, of which `used` got a verdict. The rule that is met by it, else null. */
  answered(task: Task, asked: number, used: number): StopRuleFacts | null
}

/**
 * Counts since the run was started or resumed, and only what was really asked about: who resumes has seen why it stopped, and gets
 * as many items again before it can stop for the same reason. Answers count when they come and not when an item is given up:
 * asking again mends nearly all, and is paid for.
 */
export function createStopRules(wanted: StopWhen | undefined): StopRules {
  const { failedShare, invalidShare, sameCategoryShare, afterItems } = { ...defaultStopWhen, ...defined(wanted ?? {}) }
  const byCategory = new Map<string, number>()
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
      if (failure) failed++
      if (sameCategoryShare != null) {
        for (const category of categories ?? []) byCategory.set(category, (byCategory.get(category) ?? 0) + 1)
      }
      if (items < afterItems) return null
      return (failure && check('failed', failed, items, failedShare)) || checkCategories()
    },
    answered(task, asked, used) {
      const seen = answers[task]
      seen.count++
      seen.items += asked
      seen.unusable += (asked - used) / asked
      if (used === asked || seen.items < afterItems) return null
      return check('invalid', seen.unusable, seen.count, invalidShare)
    },
  }
}

/** What is left out is as if it was not there; null switches a rule off. */
function defined<Values extends object>(values: Values): { [Name in keyof Values]: Exclude<Values[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
