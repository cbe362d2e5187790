import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Dependent, Reason } from '../../../protocol/reasons.ts'
import { ConfirmDialog, DependentList } from '../../parts/confirmDialog.tsx'
import { ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Checkbox } from '../../toolkit.tsx'

type State =
  | { kind: 'idle' }
  /** Shown as done before it is; taken back when it is refused. */
  | { kind: 'saving'; enabled: boolean }
  | { kind: 'asking'; dependents: readonly Dependent[] }
  | { kind: 'failed'; reason: Reason }

/** Switches a provider on and off; off only after showing what stops working. */
export function EnableSwitch({ view }: { view: ProviderView }) {
  const { host, announce } = usePage()
  const [state, setState] = useState<State>({ kind: 'idle' })
  const { provider } = view
  // The server's word has come: what was shown ahead of it is over.
  useEffect(
    () => setState((before) => (before.kind === 'saving' || before.kind === 'failed' ? { kind: 'idle' } : before)),
    [view.enabled, view.updatedAt],
  )
  const save = async (enabled: boolean, confirm?: boolean) => {
    setState({ kind: 'saving', enabled })
    const saved = await host.request('provider/setEnabled', { provider, enabled, ...(confirm ? { confirm } : {}) })
    if (saved.ok) {
      announce(enabled ? l10n.t('{0} is enabled.', provider) : l10n.t('{0} is disabled.', provider))
      // Shown until the reading says the same; a reading that said so already is not going to say it again.
      return setState((before) => (saved.value.enabled === view.enabled ? { kind: 'idle' } : before))
    }
    if (saved.reason.code === 'has_dependents') {
      return setState({ kind: 'asking', dependents: saved.reason.dependents })
    }
    setState({ kind: 'failed', reason: saved.reason })
  }
  return (
    <>
      <Checkbox
        id={`enabled-${provider}`}
        checked={state.kind === 'saving' ? state.enabled : view.enabled}
        onChange={(enabled) => void save(enabled)}
        label={l10n.t('Enabled: {0}', provider)}
      >
        {l10n.t('Enabled')}
      </Checkbox>
      {state.kind === 'failed' ? <ReasonNotice reason={state.reason} /> : null}
      {state.kind === 'asking' ? (
        <ConfirmDialog
          question={l10n.t('Disable the provider "{0}"?', provider)}
          confirm={l10n.t('Disable')}
          onConfirm={() => void save(false, true)}
          onCancel={() => setState({ kind: 'idle' })}
        >
          <DependentList dependents={state.dependents} />
          <p>
            {l10n.t('They stay as they are, and do not work until you enable it again or choose another provider.')}
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  )
}
