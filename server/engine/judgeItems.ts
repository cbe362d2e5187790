import type { Task } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { Verdicts } from './askStrategy.ts'
import type { SizeEvidence } from './batchSize.ts'
import { type CallOptions, callProvider, type GroupAnswer } from './callProvider.ts'
import type { ReceiptTexts, TaskContext } from './taskContext.ts'
import type { WorkItem } from './workItem.ts'

/** `receipts`: of all tasks that the item was asked about, as JSON. */
export type Judgement =
  | { ok: true; verdicts: Verdicts; receipts: ReceiptsJson }
  | { ok: false; reason: Reason; receipts: ReceiptsJson }

export type ReceiptsJson = { [Name in Task]?: string }

interface Asking {
  item: WorkItem
  /** Answers that could not be used for it alone. */
  attempts: number
  /** How many of them were cut off at their limit. */
  cutOff: number
  calls: number
  /** It was in a call that ran into timeouts while others were answered. */
  isSuspect: boolean
}

/** A text of at most so many characters is short: where it does not fit, nothing does. */
const shortText = 500

/**
 * Finds one judgement for each item and hands it on as soon as it is there; 'stopped' when the run stops, with what was found by then.
 * A group without a usable answer is halved until the item at fault stands alone. Items that an answer left out are asked about again
 * in smaller groups, at last alone. Only then attempts are used up.
 */
export async function judgeItems(
  context: TaskContext,
  items: readonly WorkItem[],
  options: CallOptions,
  settle: (item: WorkItem, judgement: Judgement) => void,
): Promise<'done' | 'stopped'> {
  const groups: Asking[][] = [items.map((item) => ({ item, attempts: 0, cutOff: 0, calls: 0, isSuspect: false }))]
  // The other half comes before a half of the half: where one item is at fault, the first half without it shows that nothing else is.
  for (let group = groups.shift(); group; group = groups.shift()) {
    const answer = await askGroup(context, group, options)
    if (answer.kind === 'stopped') return 'stopped'
    noteSize(context, group, answer)
    for (const each of group) {
      each.calls += answer.calls
      each.isSuspect ||= answer.kind === 'failed' && answer.isSuspect
    }
    const isAlone = group.length === 1
    if (answer.kind === 'verdicts') {
      const left = takeVerdicts(group, answer, settle)
      noteLength(context, group)
      if (left.length === 0) continue
      if (!isAlone && left.length < group.length) groups.push(...halvesOf(left))
      else askAgain(context, left, { reason: leftOut(context), receipts: answer.receipts }, groups, settle)
    } else if (!isAlone) {
      groups.push(...halvesOf(group))
    } else {
      const [alone] = group as [Asking]
      if (nothingFits(context, alone, answer.reason)) {
        options.stop(answer.reason)
        return 'stopped'
      }
      if (answer.alone === 'fail_item') settle(alone.item, failureOf(alone, answer))
      else askAgain(context, group, answer, groups, settle)
    }
  }
  return 'done'
}

async function askGroup(context: TaskContext, group: readonly Asking[], options: CallOptions): Promise<GroupAnswer> {
  let [unusable, cutOff, fresh, isSuspect] = [0, 0, 0, false]
  for (const each of group) {
    unusable = Math.max(unusable, each.attempts)
    cutOff = Math.max(cutOff, each.cutOff)
    if (each.calls === 0) fresh++
    isSuspect ||= each.isSuspect
  }
  const attempt = { unusable, cutOff, isRepeat: fresh < group.length }
  const items = group.map((each) => each.item)
  return await callProvider(context, items, { ...options, attempt, fresh, isSuspect })
}

/** What a whole group that is asked about for the first time says of the size that works. */
function noteSize({ batch }: TaskContext, group: readonly Asking[], answer: GroupAnswer): void {
  if (answer.kind === 'stopped' || group.some((each) => each.calls > 0)) return
  const answered = answer.kind === 'verdicts' ? answer.verdicts.size : 0
  const evidence = answer.kind === 'verdicts' ? completeness(group.length, answered) : evidenceOf(answer.reason)
  if (evidence !== null) batch.note(group.length, answered, evidence)
}

/** An answer about half of the items or more was worth the call: what is missing is asked about again. */
function completeness(asked: number, answered: number): SizeEvidence {
  if (answered === 0) return 'void'
  return answered * 2 > asked ? 'whole' : 'partial'
}

/** A refusal says nothing of how many items a call may hold. */
function evidenceOf(reason: Reason): SizeEvidence | null {
  if (reason.code === 'context_too_long' || reason.code === 'timeout') return 'too_much'
  if (reason.code !== 'invalid_response') return null
  return reason.problem === 'rejected_request' || reason.problem === 'error_body' ? null : 'void'
}

/** The instructions alone fill the context: no other item of the run would fit, either. */
function nothingFits({ longestAnswered }: TaskContext, { item }: Asking, reason: Reason): boolean {
  if (reason.code !== 'context_too_long') return false
  return item.text.length <= shortText && item.text.length > longestAnswered.characters
}

function noteLength({ longestAnswered }: TaskContext, group: readonly Asking[]): void {
  if (longestAnswered.characters > shortText) return
  for (const { item } of group) longestAnswered.characters = Math.max(longestAnswered.characters, item.text.length)
}

function halvesOf(group: Asking[]): Asking[][] {
  if (group.length < 2) return [group]
  const half = Math.ceil(group.length / 2)
  return [group.slice(0, half), group.slice(half)]
}

function takeVerdicts(
  group: Asking[],
  answer: { verdicts: ReadonlyMap<number, Verdicts>; receipts: ReceiptTexts },
  settle: (item: WorkItem, judgement: Judgement) => void,
): Asking[] {
  return group.filter((each, index) => {
    const verdicts = answer.verdicts.get(index)
    if (verdicts === undefined) return true
    settle(each.item, { ok: true, verdicts, receipts: receiptsJson(answer.receipts, each.calls) })
    return false
  })
}

/** Uses up one attempt of each; those that have some left form the next group. */
function askAgain(
  context: TaskContext,
  group: Asking[],
  failure: Failure,
  groups: Asking[][],
  settle: (item: WorkItem, judgement: Judgement) => void,
): void {
  const again = group.filter((each) => {
    each.attempts++
    if (wasCutOff(failure.reason)) each.cutOff++
    if (each.attempts < context.attempts) return true
    settle(each.item, failureOf(each, failure))
    return false
  })
  if (again.length > 0) groups.push(again)
}

function wasCutOff(reason: Reason): boolean {
  return reason.code === 'invalid_response' && reason.problem === 'truncated'
}

interface Failure {
  reason: Reason
  receipts: ReceiptTexts
}

/** With the receipts of the last attempt: a failure has to be looked into, too. */
function failureOf({ calls }: Asking, { reason, receipts }: Failure): Judgement {
  return { ok: false, reason, receipts: receiptsJson(receipts, calls) }
}

function receiptsJson(texts: ReceiptTexts, calls: number): ReceiptsJson {
  const receipts: ReceiptsJson = {}
  if (texts.categorization) receipts.categorization = texts.categorization(calls)
  if (texts.scoring) receipts.scoring = texts.scoring(calls)
  return receipts
}

function leftOut({ route }: TaskContext): Reason {
  const detail = withMessage('detail', localizable('the item was left out of the answer'))
  return fail({ code: 'invalid_response', provider: route.provider, problem: 'schema', ...detail }).reason
}
