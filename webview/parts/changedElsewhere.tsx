import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import { Button } from '../toolkit.tsx'
import { Notice } from './notice.tsx'

/** A value as it is typed here and as it is saved by somebody else, in words. */
export interface Difference {
  title: string
  here: string
  there: string
}

export interface ChangedElsewhereProps {
  /** Absent: what differs is not shown. */
  differences?: readonly Difference[]
  onTake(): void
  onKeep(): void
}

/** Another window was faster. Nothing is overwritten before the person says which of the two counts. */
export function ChangedElsewhere({ differences, onTake, onKeep }: ChangedElsewhereProps) {
  const [isShown, setShown] = useState(false)
  return (
    <Notice
      look="warning"
      actions={
        <>
          {differences ? (
            <Button onClick={() => setShown(!isShown)}>
              {isShown ? l10n.t('Hide what changed') : l10n.t('Show what changed')}
            </Button>
          ) : null}
          <Button onClick={onTake}>{l10n.t('Load theirs')}</Button>
          <Button onClick={onKeep}>{l10n.t('Keep mine')}</Button>
        </>
      }
    >
      <p>
        {l10n.t(
          'It was changed elsewhere while this form was open. Nothing was overwritten, and your changes are not saved yet.',
        )}
      </p>
      {isShown && differences ? <DifferenceList differences={differences} /> : null}
    </Notice>
  )
}

function DifferenceList({ differences }: { differences: readonly Difference[] }) {
  if (differences.length === 0) return <p>{l10n.t('Both versions are the same.')}</p>
  return (
    <ul>
      {differences.map(({ title, here, there }) => (
        <li key={title}>{l10n.t('{0}: here “{1}”, saved elsewhere “{2}”', title, here, there)}</li>
      ))}
    </ul>
  )
}
