import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { Thread } from '../../protocol/threads.ts'
import { Icon } from '../parts/icon.tsx'
import { MenuButton } from '../parts/menu.tsx'
import { Button, TextField } from '../toolkit.tsx'
import { titleOf } from './threadList.tsx'

interface ThreadHeadProps {
  thread: Thread
  /** False: it keeps its title, and why is said elsewhere. */
  onRename(title: string): Promise<boolean>
  onExport(): Promise<void>
  onRemove(): void
}

const titleField = 'thread-new-title'

/** The title of a conversation, and what is done with the whole of it. */
export function ThreadHead({ thread, onRename, onExport, onRemove }: ThreadHeadProps) {
  const [draft, setDraft] = useState<string | null>(null)
  const save = async () => {
    if (draft?.trim() && (await onRename(draft.trim()))) setDraft(null)
  }
  return (
    <header class="thread-head">
      <h2 id="thread-title">{titleOf(thread)}</h2>
      {draft === null ? (
        <MenuButton
          label={l10n.t('More: rename, export, remove')}
          entries={[
            { id: 'rename', label: l10n.t('Rename …'), onPick: () => setDraft(titleOf(thread)) },
            { id: 'export', label: l10n.t('Export as Markdown …'), onPick: () => void onExport() },
            { id: 'remove', label: l10n.t('Remove …'), isFirstOfGroup: true, onPick: onRemove },
          ]}
        >
          <Icon name="more" />
        </MenuButton>
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the field within.
        <div
          class="thread-rename"
          onKeyDown={(event) => {
            if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.id === titleField)
              void save()
            else if (event.key === 'Escape') setDraft(null)
            else return
            event.preventDefault()
          }}
        >
          <TextField id={titleField} label={l10n.t('Title')} value={draft} mostCharacters={200} onInput={setDraft} />
          <Button look="primary" disabled={draft.trim() === ''} onClick={() => void save()}>
            {l10n.t('Rename')}
          </Button>
          <Button onClick={() => setDraft(null)}>{l10n.t('Cancel')}</Button>
        </div>
      )}
    </header>
  )
}
