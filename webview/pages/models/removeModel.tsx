import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { Dependent, Reason } from '../../../protocol/reasons.ts'
import type { Dependents } from '../../../protocol/routing.ts'
import { ConfirmDialog, DependentList } from '../../parts/confirmDialog.tsx'
import type { KnownModel } from '../../parts/knownModels.ts'
import { LoadingNote, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

type State =
  | { kind: 'idle' }
  | { kind: 'asking'; dependents: readonly Dependent[] }
  | { kind: 'removing' }
  | { kind: 'failed'; reason: Reason }

interface RemovalProps {
  known: KnownModel
  onGone(): void
}

/** Forgets what is stored of a model. The model itself stays where it is. */
export function ForgetModel({ known, onGone }: RemovalProps) {
  const { host } = usePage()
  const { provider, model } = known
  return (
    <Removal
      {...{ known, onGone }}
      button={l10n.t('Forget …')}
      question={l10n.t('Forget the model {0} of "{1}"?', model, provider)}
      confirm={l10n.t('Forget')}
      outcome={l10n.t(
        'Its parameters and what was measured are removed. The model itself and the routes that name it stay.',
      )}
      done={l10n.t('{0} is forgotten.', model)}
      remove={() => host.request('model/remove', { provider, model, confirm: true })}
    />
  )
}

/** Removes the model from its provider's machine. */
export function DeleteModel({ known, onGone }: RemovalProps) {
  const { host } = usePage()
  const { provider, model } = known
  return (
    <Removal
      {...{ known, onGone }}
      button={l10n.t('Delete from its machine …')}
      question={l10n.t('Delete the model {0} from "{1}"?', model, provider)}
      confirm={l10n.t('Delete')}
      outcome={l10n.t(
        'It is removed from the machine it is on. Nothing is put in its place; pulling it brings it back.',
      )}
      done={l10n.t('{0} is deleted.', model)}
      remove={() => host.request('model/delete', { provider, model, confirm: true })}
    />
  )
}

interface RemovalTexts {
  button: string
  question: string
  confirm: string
  outcome: string
  done: string
  remove(): Promise<Outcome<Dependents>>
}

/** Says what uses the model before it goes. */
function Removal({ known, onGone, ...words }: RemovalProps & RemovalTexts) {
  const { host, announce } = usePage()
  const { provider, model } = known
  const [state, setState] = useState<State>({ kind: 'idle' })
  const ask = async () => {
    const found = await host.request('model/dependents', { provider, model })
    setState(
      found.ok ? { kind: 'asking', dependents: found.value.dependents } : { kind: 'failed', reason: found.reason },
    )
  }
  const remove = async () => {
    setState({ kind: 'removing' })
    const removed = await words.remove()
    if (!removed.ok) return setState({ kind: 'failed', reason: removed.reason })
    announce(words.done)
    onGone()
  }
  return (
    <>
      <Button onClick={() => void ask()} disabled={state.kind === 'removing'}>
        {words.button}
      </Button>
      {state.kind === 'removing' ? <LoadingNote>{l10n.t('Removing …')}</LoadingNote> : null}
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={words.question}
          confirm={words.confirm}
          onConfirm={() => void remove()}
          onCancel={() => setState({ kind: 'idle' })}
        >
          <DependentList dependents={state.dependents} />
          <p>{words.outcome}</p>
        </ConfirmDialog>
      ) : null}
    </>
  )
}
