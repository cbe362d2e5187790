import { l10n } from 'vscode'
import { assertNever } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunView, StopWhen } from '../../protocol/runs.ts'
import { reasonSentence } from '../describe/language.ts'
import { pick } from '../forms/pick.ts'

type Rule = Extract<Reason, { code: 'stop_rule' }>['rule']

/**
 * Where a rule has stopped the run, asks whether it goes on without it. Null: the rules stay, which gives it as many items, or as
 * much time, as before; undefined: the person left.
 */
export async function askStopRule(run: RunView): Promise<StopWhen | null | undefined> {
  const without = withoutItsRule(run)
  if (without === null) return null
  return await pick<StopWhen | null>(l10n.t('Resume run'), run.reason ? reasonSentence(run.reason) : run.source, [
    { label: l10n.t('Go on with this rule'), description: l10n.t('as much again before it stops'), value: null },
    { label: l10n.t('Go on without this rule'), value: without },
  ])
}

/** The run's rules but the one that has stopped it; null: none has. */
export function withoutItsRule({ state, reason, stopWhen = {} }: RunView): StopWhen | null {
  if (state !== 'stopped' || reason?.code !== 'stop_rule') return null
  return { ...stopWhen, ...switchedOff(reason.rule) }
}

function switchedOff(rule: Rule): StopWhen {
  switch (rule) {
    case 'time':
      return { maxSeconds: undefined }
    case 'failed':
      return { failedShare: null }
    case 'invalid':
      return { invalidShare: null }
    case 'same_category':
      return { sameCategoryShare: null }
    default:
      return assertNever(rule)
  }
}
