import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { FoundServer } from '../../../protocol/models.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import { nothingFoundSentence } from '../../../shared/describe/localServer.ts'
import { countModels, describeReason, language, plural } from '../../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { type ChosenKind, chosenOf } from './kindList.tsx'

type State = { kind: 'none' } | { kind: 'running' } | { kind: 'done'; outcome: Outcome<FoundServer[]> }

export interface ServerScan {
  state: State
  begin(): void
}

/** Looks for model servers on this machine, when a person wants it. The only new one is taken at once. */
export function useServerScan(onChoose: (chosen: ChosenKind) => void): ServerScan {
  const { host, announce } = usePage()
  const [state, setState] = useState<State>({ kind: 'none' })
  const scan = async () => {
    setState({ kind: 'running' })
    const outcome = await host.request('provider/scan', {})
    setState({ kind: 'done', outcome })
    if (!outcome.ok) return announce(describeReason(outcome.reason))
    announce(plural(outcome.value.length, '{0} server found.', '{0} servers found.'))
    const [only, ...others] = outcome.value.filter(({ provider }) => provider === null)
    if (only && others.length === 0) onChoose(chosenOf(only))
  }
  return { state, begin: () => void scan() }
}

interface ScanResultProps {
  scan: ServerScan
  onChoose(chosen: ChosenKind): void
  onOpen(provider: string): void
}

export function ScanResult({ scan, onChoose, onOpen }: ScanResultProps) {
  const { state } = scan
  if (state.kind === 'none') return null
  if (state.kind === 'running') return <LoadingNote>{l10n.t('Asking the usual ports …')}</LoadingNote>
  if (!state.outcome.ok) return <ReasonNotice reason={state.outcome.reason} />
  const found = state.outcome.value
  if (found.length === 0) {
    return (
      <Notice look="info" actions={<Button onClick={scan.begin}>{l10n.t('Look again')}</Button>}>
        {nothingFoundSentence(language)}
      </Notice>
    )
  }
  return (
    <ul class="rows" aria-label={l10n.t('Servers on this machine')}>
      {found.map((server) => {
        const { provider, endpoint, label } = server
        return (
          <li key={endpoint} class="row">
            <strong>{label}</strong>{' '}
            <span class="facts">
              {endpoint} · {countModels(server.models.length)}
            </span>{' '}
            {provider ? (
              <Button onClick={() => onOpen(provider)}>{l10n.t('Configured as {0}', provider)}</Button>
            ) : (
              <Button onClick={() => onChoose(chosenOf(server))} label={l10n.t('Connect {0}', `${label}, ${endpoint}`)}>
                {l10n.t('Connect')}
              </Button>
            )}
          </li>
        )
      })}
    </ul>
  )
}
