import type { PolicyView, WorkspacePolicy } from '../../protocol/policy.ts'
import { formatUsdIn } from '../format.ts'
import type { Language } from '../language.ts'
import { listProblems } from './reasonParts.ts'
import { taskName } from './task.ts'

/** What rules allow, a sentence each; or, of a file that cannot be read, what is wrong with it. */
export function describePolicy(language: Language, { rules, problems }: PolicyView): string[] {
  if (rules !== null) return describeRules(language, rules)
  return [
    language.t('The rules cannot be read, so nothing is sent to any model: {0}', listProblems(language, problems)),
  ]
}

function describeRules(language: Language, { providers, models, local_only, route, caps }: WorkspacePolicy): string[] {
  const { t } = language
  const names = (all: readonly string[]): string => (all.length === 0 ? t('none') : all.join(', '))
  const told: string[] = []
  if (providers) told.push(t('Providers allowed: {0}', names(providers)))
  if (models) told.push(t('Models allowed: {0}', names(models)))
  if (local_only?.length) told.push(t('Stays on this machine: {0}', local_only.join(', ')))
  for (const task of ['categorization', 'scoring'] as const) {
    const locked = route?.[task]
    if (locked !== undefined) told.push(t('Only model for {0}: {1}', taskName(language, task), locked))
  }
  if (caps?.usd_per_run !== undefined) told.push(t('At most {0} a run', formatUsdIn(language, caps.usd_per_run)))
  if (caps?.usd_per_day !== undefined)
    told.push(t('At most {0} a day and provider', formatUsdIn(language, caps.usd_per_day)))
  return told.length === 0 ? [t('The rules forbid nothing.')] : told
}
