import { l10n, window } from 'vscode'
import { assertNever, tasks } from '../../protocol/names.ts'
import type { Dependent } from '../../protocol/reasons.ts'
import { taskTitle } from '../reasonWords.ts'

/** Tells what uses the thing that is about to go, and what becomes of it; true only when the person says so. */
export async function confirmLoss(loss: {
  question: string
  dependents: readonly Dependent[]
  outcome: string
  button: string
}): Promise<boolean> {
  const { question, dependents, outcome, button } = loss
  const uses = dependents.map((dependent) => `• ${dependentWords(dependent)}`)
  const detail = [...(uses.length > 0 ? [l10n.t('It is used by:'), ...uses, ''] : []), outcome].join('\n')
  return (await window.showWarningMessage(question, { modal: true, detail }, button)) === button
}

function dependentWords({ what, id }: Dependent): string {
  switch (what) {
    case 'route':
      return l10n.t('the route of {0}', taskWords(id))
    case 'fallback':
      return l10n.t('the fallback of {0}', taskWords(id))
    case 'run':
      return l10n.t('the unfinished run {0}', id)
    case 'default':
      return l10n.t('the default ({0})', id)
    case 'model':
      return l10n.t('the registered model {0}', id)
    case 'category':
      return l10n.t('the category {0}', id)
    default:
      return assertNever(what)
  }
}

function taskWords(id: string): string {
  const task = tasks.find((candidate) => candidate === id)
  return task ? taskTitle(task) : id
}
