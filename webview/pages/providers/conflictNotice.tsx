import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { ConfigField, ProviderView } from '../../../protocol/providers.ts'
import { differingFields, draftOf } from '../../form/draft.ts'
import { Notice } from '../../parts/notice.tsx'
import { Button } from '../../toolkit.tsx'
import type { ProviderDraft } from './keptForm.ts'

export interface ConflictNoticeProps {
  draft: ProviderDraft
  /** As it is saved now, by somebody else. */
  theirs: ProviderView
  fields: readonly ConfigField[]
  onLoadTheirs(): void
  onKeepMine(): void
}

/** Somebody saved the same provider meanwhile: told beside the form, and nothing is decided by itself. */
export function ConflictNotice({ draft, theirs, fields, onLoadTheirs, onKeepMine }: ConflictNoticeProps) {
  const [isShown, setShown] = useState(false)
  const saved = draftOf(fields, theirs.config)
  const differing = differingFields(fields, draft.draft, saved)
  return (
    <Notice
      look="warning"
      actions={
        <>
          <Button onClick={() => setShown(!isShown)}>
            {isShown ? l10n.t('Hide what changed') : l10n.t('Show what changed')}
          </Button>
          <Button onClick={onLoadTheirs}>{l10n.t('Load theirs')}</Button>
          <Button onClick={onKeepMine}>{l10n.t('Keep mine')}</Button>
        </>
      }
    >
      <p>{l10n.t('This provider was changed elsewhere while this form was open. Nothing of it is overwritten.')}</p>
      {isShown ? (
        <ul>
          {differing.length === 0 ? <li>{l10n.t('Both say the same.')}</li> : null}
          {differing.map(({ name, title }) => (
            <li key={name}>
              {l10n.t('{0}: here “{1}”, saved elsewhere “{2}”', title, tell(draft.draft[name]), tell(saved[name]))}
            </li>
          ))}
        </ul>
      ) : null}
    </Notice>
  )
}

function tell(value: string | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? l10n.t('yes') : l10n.t('no')
  return value === undefined || value === '' ? l10n.t('default') : value
}
