import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { Button } from '../toolkit.tsx'
import { ConfirmDialog } from './confirmDialog.tsx'
import { LoadingNote, ReasonNotice } from './notice.tsx'

type State<Asked> =
  | { kind: 'idle' }
  | { kind: 'asking'; asked: Asked }
  | { kind: 'acting' }
  | { kind: 'failed'; reason: Reason }

export interface ConfirmedActionProps<Asked> {
  button: string
  /** Says more than the words on the button, such as which row it belongs to. */
  label?: string
  question: string
  /** What the button says that does it: a verb. */
  confirm: string
  /** Shown while it is done. */
  progress?: string
  /** Reads what the person has to know first, such as what uses the thing. */
  ask(): Promise<Outcome<Asked>>
  act(): Promise<Outcome<unknown>>
  onDone(): void
  /** What the question says of it. */
  children(asked: Asked): ComponentChildren
}

/** A button that asks before it does something that loses something. */
export function ConfirmedAction<Asked>(props: ConfirmedActionProps<Asked>) {
  const { button, label, question, confirm, progress, ask, act, onDone, children } = props
  const [state, setState] = useState<State<Asked>>({ kind: 'idle' })
  const begin = async () => {
    const asked = await ask()
    setState(asked.ok ? { kind: 'asking', asked: asked.value } : { kind: 'failed', reason: asked.reason })
  }
  const run = async () => {
    setState({ kind: 'acting' })
    const done = await act()
    if (!done.ok) return setState({ kind: 'failed', reason: done.reason })
    setState({ kind: 'idle' })
    onDone()
  }
  const isBusy = progress !== undefined && state.kind === 'acting'
  return (
    <>
      <Button onClick={() => void begin()} disabled={isBusy} label={label}>
        {button}
      </Button>
      {isBusy ? <LoadingNote>{progress}</LoadingNote> : null}
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={question}
          confirm={confirm}
          onConfirm={() => void run()}
          onCancel={() => setState({ kind: 'idle' })}
        >
          {children(state.asked)}
        </ConfirmDialog>
      ) : null}
    </>
  )
}
