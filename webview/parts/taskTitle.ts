import * as l10n from '@vscode/l10n'
import { assertNever, type Task } from '../../protocol/names.ts'

/** How a task is called where it stands alone. */
export function taskTitle(task: Task): string {
  switch (task) {
    case 'categorization':
      return l10n.t('Categorization')
    case 'scoring':
      return l10n.t('Scoring')
    default:
      return assertNever(task)
  }
}
