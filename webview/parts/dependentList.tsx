import * as l10n from '@vscode/l10n'
import type { Dependent } from '../../protocol/reasons.ts'
import { dependentWords } from './language.ts'

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
