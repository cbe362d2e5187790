import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { Verdicts } from './askStrategy.ts'
import { type CallOptions, callProvider } from './callProvider.ts'
import type { ReceiptText, TaskContext } from './taskContext.ts'
import type { WorkItem } from './workItem.ts'

export type Judgement =
  | { ok: true; verdicts: Verdicts; receiptJson: string }
  | { ok: false; reason: Reason; receiptJson: string }

interface Asking {
  item: WorkItem
  /** Answers that could not be used for it alone. */
  attempts: number
  calls: number
  /** It was in a call that ran into timeouts while others were answered. */
  isSuspect: boolean
}

/** Called once an item, as soon as it is judged: what was paid for counts although the rest of its group is still open. */
type OnJudgement = (item: WorkItem, judgement: Judgement) => void

/**
 * One judgement for each item; false when the run stops before all have theirs. A group without a usable answer is halved until the
 * item at fault stands alone; items that an answer left out are asked again. Only then attempts are used up.
 */
export async function judgeItems(
  context: TaskContext,
  items: readonly WorkItem[],
  options: CallOptions,
  onJudgement: OnJudgement,
): Promise<boolean> {
  const groups: Asking[][] = [items.map((item) => ({ item, attempts: 0, calls: 0, isSuspect: false }))]
  for (let group = groups.pop(); group; group = groups.pop()) {
    const attempt = {
      unusable: Math.max(...group.map((each) => each.attempts)),
      isRepeat: group.some((each) => each.calls > 0),
    }
    const answer = await callProvider(
      context,
      group.map((each) => each.item),
      { ...options, attempt, isSuspect: group.some((each) => each.isSuspect) },
    )
    if (answer.kind === 'stopped') return false
    for (const each of group) {
      each.calls += answer.calls
      each.isSuspect ||= answer.kind === 'failed' && answer.isSuspect
    }
    if (answer.kind === 'verdicts') {
      const left = takeVerdicts(group, answer, onJudgement)
      groups.push(...askAgain(context, left, { reason: leftOut(context), receipt: answer.receipt }, onJudgement))
    } else if (group.length > 1) {
      const half = Math.ceil(group.length / 2)
      groups.push(group.slice(half), group.slice(0, half))
    } else {
      const [alone] = group as [Asking]
      if (answer.alone === 'fail_item') onJudgement(alone.item, failureOf(alone, answer))
      else groups.push(...askAgain(context, group, answer, onJudgement))
    }
  }
  return true
}

function takeVerdicts(
  group: Asking[],
  answer: { verdicts: ReadonlyMap<number, Verdicts>; receipt: (attempts: number) => string },
  onJudgement: OnJudgement,
): Asking[] {
  return group.filter((each, index) => {
    const verdicts = answer.verdicts.get(index)
    if (verdicts === undefined) return true
    onJudgement(each.item, { ok: true, verdicts, receiptJson: answer.receipt(each.calls) })
    return false
  })
}

/** Uses up one attempt of each; those that have some left form the next group. */
function askAgain(context: TaskContext, group: Asking[], failure: Failure, onJudgement: OnJudgement): Asking[][] {
  const again = group.filter((each) => {
    each.attempts++
    if (each.attempts < context.attempts) return true
    onJudgement(each.item, failureOf(each, failure))
    return false
  })
  return again.length > 0 ? [again] : []
}

interface Failure {
  reason: Reason
  receipt: ReceiptText
}

/** With the receipt of the last attempt: a failure has to be looked into, too. */
function failureOf({ calls }: Asking, { reason, receipt }: Failure) {
  return { ok: false as const, reason, receiptJson: receipt(calls) }
}

function leftOut({ route }: TaskContext): Reason {
  const detail = withMessage('detail', localizable('the item was left out of the answer'))
  return fail({ code: 'invalid_response', provider: route.provider, problem: 'schema', ...detail }).reason
}
