import * as l10n from '@vscode/l10n'

/** US dollars. Prices of a few calls are small: those below a cent are told to a millionth. */
export function tellUsd(amount: number): string {
  return `$${amount.toFixed(amount > 0 && amount < 0.01 ? 6 : 2)}`
}

/** What is known, and that something is not: an unknown price is no price of 0. */
export function tellCost(sum: { calls: number; costUsd: number; unpricedCalls: number }): string {
  if (sum.unpricedCalls === 0) return tellUsd(sum.costUsd)
  return sum.unpricedCalls >= sum.calls ? l10n.t('unknown') : l10n.t('{0} + unknown', tellUsd(sum.costUsd))
}
