import * as l10n from '@vscode/l10n'
import { tellUsd } from './language.ts'

/** What is known, and that something is not: an unknown price is no price of 0. */
export function tellCost(sum: { calls: number; costUsd: number; unpricedCalls: number }): string {
  if (sum.unpricedCalls === 0) return tellUsd(sum.costUsd)
  return sum.unpricedCalls >= sum.calls ? l10n.t('unknown') : l10n.t('{0} + unknown', tellUsd(sum.costUsd))
}
