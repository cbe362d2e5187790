import * as l10n from '@vscode/l10n'
import { Button } from '../toolkit.tsx'
import { Notice } from './notice.tsx'

export interface ChangedElsewhereProps {
  onTake(): void
  onKeep(): void
}

/** Another window was faster. Nothing is overwritten before the person says which of the two counts. */
export function ChangedElsewhere({ onTake, onKeep }: ChangedElsewhereProps) {
  return (
    <Notice
      look="warning"
      actions={
        <>
          <Button onClick={onTake}>{l10n.t('Take what is there')}</Button>
          <Button onClick={onKeep}>{l10n.t('Keep mine')}</Button>
        </>
      }
    >
      {l10n.t('It was changed elsewhere in the meantime. What you typed is not saved.')}
    </Notice>
  )
}
