import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from '../toolkit.tsx'

export interface ConfirmDialogProps {
  question: string
  children: ComponentChildren
  /** What the button says that does it: a verb. */
  confirm: string
  onConfirm(): void
  onCancel(): void
}

/**
 * Asks before something is lost. The browser's own dialog: it keeps the focus inside, Escape leaves it, and what had the focus
 * before gets it back. The focus begins on the way out.
 */
export function ConfirmDialog({ question, children, confirm, onConfirm, onCancel }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const cancel = useRef<HTMLElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    cancel.current?.focus()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-question`}
      aria-describedby={`${id}-text`}
      onCancel={(event) => {
        event.preventDefault()
        onCancel()
      }}
    >
      <h2 id={`${id}-question`}>{question}</h2>
      <div id={`${id}-text`}>{children}</div>
      <div class="actions">
        <Button look="primary" onClick={onConfirm}>
          {confirm}
        </Button>
        <Button buttonRef={cancel} onClick={onCancel}>
          {l10n.t('Cancel')}
        </Button>
      </div>
    </dialog>
  )
}
