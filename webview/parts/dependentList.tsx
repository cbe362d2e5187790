import * as l10n from '@vscode/l10n'
import { assertNever, tasks } from '../../protocol/names.ts'
import type { Dependent } from '../../protocol/reasons.ts'
import { taskTitle } from './taskTitle.ts'

/** What uses the thing that is about to go. Nothing is drawn where nothing does. */
export function DependentList({ dependents }: { dependents: readonly Dependent[] }) {
  if (dependents.length === 0) return null
  return (
    <>
      <p>{l10n.t('It is used by:')}</p>
      <ul>
        {dependents.map((dependent) => (
          <li key={`${dependent.what} ${dependent.id}`}>{dependentWords(dependent)}</li>
        ))}
      </ul>
    </>
  )
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
