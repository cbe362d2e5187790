import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { FoundServer } from '../../../protocol/models.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import { countModels, plural, reasonSentence } from '../../parts/language.ts'
import { LoadingNote } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import type { ChosenKind } from './addProvider.tsx'

type State = { kind: 'none' } | { kind: 'running' } | { kind: 'done'; outcome: Outcome<FoundServer[]> }

export interface ScanServersProps {
  onChoose(chosen: ChosenKind): void
  onOpen(provider: string): void
}

/** Looks for model servers on this machine, when a person wants it. */
export function ScanServers({ onChoose, onOpen }: ScanServersProps) {
  const { host, announce } = usePage()
  const [state, setState] = useState<State>({ kind: 'none' })
  const scan = async () => {
    setState({ kind: 'running' })
    const outcome = await host.request('provider/scan', {})
    setState({ kind: 'done', outcome })
    announce(
      outcome.ok
        ? plural(outcome.value.length, '{0} server found.', '{0} servers found.')
        : reasonSentence(outcome.reason),
    )
  }
  return (
    <div class="scan">
      <Button onClick={() => void scan()} disabled={state.kind === 'running'}>
        {l10n.t('Scan for local servers')}
      </Button>
      <p class="facts">{l10n.t('Asks the usual ports of this machine, and no other.')}</p>
      {state.kind === 'running' ? <LoadingNote>{l10n.t('Asking the usual ports …')}</LoadingNote> : null}
      {state.kind === 'done' && !state.outcome.ok ? <ReasonNotice reason={state.outcome.reason} /> : null}
      {state.kind === 'done' && state.outcome.ok ? (
        <FoundServers found={state.outcome.value} onChoose={onChoose} onOpen={onOpen} />
      ) : null}
    </div>
  )
}

function FoundServers({ found, onChoose, onOpen }: { found: readonly FoundServer[] } & ScanServersProps) {
  if (found.length === 0) return <p>{l10n.t('No model server answered on this machine.')}</p>
  return (
    <ul class="rows">
      {found.map((server) => {
        const { provider } = server
        const name = `${server.label}, ${server.endpoint}`
        return (
          <li key={server.endpoint} class="row">
            <strong>{server.label}</strong>{' '}
            <span class="facts">
              {server.endpoint} · {countModels(server.models.length)}
            </span>{' '}
            {provider ? (
              <Button onClick={() => onOpen(provider)}>{l10n.t('Configured as {0}', provider)}</Button>
            ) : (
              <Button
                onClick={() => onChoose({ kind: server.kind, preset: server.preset, config: server.config })}
                label={l10n.t('Add {0}', name)}
              >
                {l10n.t('Add')}
              </Button>
            )}
          </li>
        )
      })}
    </ul>
  )
}
