import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { Dependent } from '../../protocol/reasons.ts'
import { Button } from '../toolkit.tsx'
import { describeDependent } from './language.ts'

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
  useBorrowedFocus(() => {
    dialog.current?.showModal()
    cancel.current?.focus()
  })
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

/** What uses the thing that is about to go. Nothing is drawn where nothing does. */
export function DependentList({ dependents }: { dependents: readonly Dependent[] }) {
  if (dependents.length === 0) return null
  return (
    <>
      <p>{l10n.t('It is used by:')}</p>
      <ul>
        {dependents.map((dependent) => (
          <li key={`${dependent.what} ${dependent.id}`}>{describeDependent(dependent)}</li>
        ))}
      </ul>
    </>
  )
}

/** Lets `take` move the focus when the component appears, and gives it back to what had it before. */
export function useBorrowedFocus(take: () => void): void {
  useEffect(() => {
    const before = document.activeElement
    take()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
}
