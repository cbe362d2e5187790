import { l10n, window } from 'vscode'
import type { Dependent } from '../../protocol/reasons.ts'
import { describeDependent } from '../describe/language.ts'

/** Tells what uses the thing that is about to go, and what becomes of it; true only when the person says so. */
export async function confirmLoss(loss: {
  question: string
  dependents: readonly Dependent[]
  outcome: string
  button: string
}): Promise<boolean> {
  const { question, dependents, outcome, button } = loss
  const uses = dependents.map((dependent) => `• ${describeDependent(dependent)}`)
  const detail = [...(uses.length > 0 ? [l10n.t('It is used by:'), ...uses, ''] : []), outcome].join('\n')
  return (await window.showWarningMessage(question, { modal: true, detail }, button)) === button
}
