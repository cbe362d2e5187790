import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { Spinner } from '../toolkit.tsx'
import { Icon, type IconName } from './icon.tsx'

export interface NoticeProps {
  look: 'info' | 'warning' | 'error' | 'pass'
  children: ComponentChildren
  /** Buttons that help. */
  actions?: ComponentChildren
  id?: string
}

/** A sentence that has to be seen, with what helps. One that comes up by itself is heard, too. */
export function Notice({ look, children, actions, id }: NoticeProps) {
  return (
    <div class={`notice notice-${look}`} id={id} role={look === 'error' ? 'alert' : 'status'}>
      <Icon name={look satisfies IconName} />
      <div class="notice-text">{children}</div>
      {actions ? <div class="actions">{actions}</div> : null}
    </div>
  )
}

export function LoadingNote({ children }: { children?: ComponentChildren }) {
  return (
    <p class="loading">
      <Spinner /> {children ?? l10n.t('Reading …')}
    </p>
  )
}
