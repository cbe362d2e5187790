import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import type { Reason } from '../../protocol/reasons.ts'
import type { Unanswered } from '../state/answer.ts'
import { usePanel } from '../state/panelContext.ts'
import { Button, Spinner } from '../toolkit.tsx'
import { Icon, type IconName } from './icon.tsx'
import { describeReason, reasonAction } from './language.ts'

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

/** Why something did not work, in the reason's own sentence, with its one action as a button. Nothing is shown when it was cancelled. */
export function ReasonNotice({ reason, id }: { reason: Reason; id?: string }) {
  const act = usePanel().actionOf(reason)
  if (reason.code === 'cancelled') return null
  const action = act ? <Button onClick={act}>{reasonAction(reason)}</Button> : null
  return (
    <Notice look="error" actions={action} {...(id ? { id } : {})}>
      {describeReason(reason)}
    </Notice>
  )
}

/** Takes the place of what is not there yet, or says why it is not. */
export function Unread({ answer }: { answer: Unanswered }) {
  return answer.kind === 'failed' ? <ReasonNotice reason={answer.reason} /> : <LoadingNote />
}
