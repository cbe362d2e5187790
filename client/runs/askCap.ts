import { l10n, window } from 'vscode'
import type { RunView } from '../../protocol/runs.ts'
import { tellUsd } from '../describe/language.ts'

const mostUsd = 1_000_000

/**
 * Asks for a higher cap where the old one stopped the run: it would stop it again at once. Null: the run goes on as it is;
 * undefined: the person left.
 */
export async function askCap({ state, reason, source }: RunView): Promise<number | null | undefined> {
  if (state !== 'stopped' || reason?.code !== 'spend_cap' || reason.scope !== 'run') return null
  const { capUsd, spentUsd, neededUsd } = reason
  // A cap on what has no known price starts nothing, however high it is: the server says so.
  if (neededUsd === null) return null
  const least = spentUsd + neededUsd
  const typed = await window.showInputBox({
    title: l10n.t('Resume with a higher cap'),
    prompt: l10n.t(
      '{0}: {1} of {2} spent, and the next call may cost {3}. What may the whole run cost, in US dollars?',
      source,
      tellUsd(spentUsd),
      tellUsd(capUsd),
      tellUsd(neededUsd),
    ),
    value: String(suggestion(capUsd, least)),
    validateInput: (value) => capProblem(value, least),
  })
  return typed === undefined ? undefined : amountIn(typed)
}

/** Twice as much as before, or what the next call needs with some air, in two digits that a person would write. */
function suggestion(capUsd: number, least: number): number {
  return Number(Math.max(2 * capUsd, 1.5 * least).toPrecision(2))
}

function capProblem(typed: string, least: number): string | null {
  const amount = amountIn(typed)
  if (amount === null || amount > mostUsd) return l10n.t('An amount is written as 0.50.')
  return amount < least ? l10n.t('The next call alone needs {0} in all.', tellUsd(least)) : null
}

function amountIn(typed: string): number | null {
  const amount = /^\s*\$?\s*(\d{1,7}(?:[.,]\d{1,9})?)\s*$/.exec(typed)?.[1]
  return amount === undefined || Number(amount.replace(',', '.')) === 0 ? null : Number(amount.replace(',', '.'))
}
