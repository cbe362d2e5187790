import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { Dependent, Reason } from '../../../protocol/reasons.ts'
import { ConfirmDialog } from '../../parts/confirmDialog.tsx'
import { DependentList } from '../../parts/dependentList.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

type State =
  | { kind: 'still' }
  | { kind: 'asking'; dependents: readonly Dependent[] }
  | { kind: 'failed'; reason: Reason }

/** Removes a provider after saying what goes with it; its key goes too. */
export function RemoveProvider({ provider, onRemoved }: { provider: string; onRemoved(): void }) {
  const { host, announce } = usePage()
  const [state, setState] = useState<State>({ kind: 'still' })
  const ask = async () => {
    const found = await host.request('provider/dependents', { provider })
    setState(
      found.ok ? { kind: 'asking', dependents: found.value.dependents } : { kind: 'failed', reason: found.reason },
    )
  }
  const remove = async () => {
    setState({ kind: 'still' })
    const removed = await host.request('provider/remove', { provider, confirm: true })
    if (!removed.ok) return setState({ kind: 'failed', reason: removed.reason })
    await host.command('clearKey', { provider })
    announce(l10n.t('{0} is removed.', provider))
    onRemoved()
  }
  return (
    <>
      <Button onClick={() => void ask()} label={l10n.t('Remove {0}', provider)}>
        {l10n.t('Remove')}
      </Button>
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={l10n.t('Remove the provider "{0}"?', provider)}
          confirm={l10n.t('Remove')}
          onConfirm={() => void remove()}
          onCancel={() => setState({ kind: 'still' })}
        >
          <DependentList dependents={state.dependents} />
          <p>
            {l10n.t(
              'Its routes, its registered models and its key are removed as well. Nothing is put in their place.',
            )}
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  )
}
