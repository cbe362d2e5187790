import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import * as z from 'zod'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Route } from '../../../protocol/routing.ts'
import { useKept } from '../../state/kept.ts'
import { Dropdown, TextField } from '../../toolkit.tsx'
import { ProviderRow } from './providerRow.tsx'
import { stateOf } from './providerState.ts'

export interface ProviderListProps {
  providers: readonly ProviderView[]
  kinds: readonly KindInfo[]
  routes: readonly Route[]
}

const StateFilter = z.enum(['all', 'ready', 'broken', 'unchecked', 'off'])
type StateFilter = z.infer<typeof StateFilter>

export function ProviderList({ providers, routes }: ProviderListProps) {
  const [search, keepSearch] = useKept('providers.search', z.string(), '')
  const [state, keepState] = useKept<StateFilter>('providers.state', StateFilter, 'all')
  const id = useId()
  const shown = providers.filter((view) => isFound(view, search) && (state === 'all' || stateOf(view).kind === state))
  return (
    <>
      <search class="toolbar">
        <TextField
          id={`${id}-search`}
          label={l10n.t('Search')}
          value={search}
          onInput={keepSearch}
          inputMode="search"
        />
        <Dropdown
          id={`${id}-state`}
          label={l10n.t('State')}
          value={state}
          options={stateOptions()}
          onInput={(chosen) => keepState(StateFilter.parse(chosen))}
        />
      </search>
      <p class="count" aria-live="polite">
        {l10n.t('{0} of {1} providers', shown.length, providers.length)}
      </p>
      <ul class="rows" aria-label={l10n.t('Providers')}>
        {shown.map((view) => (
          <ProviderRow key={view.provider} view={view} routes={routes} />
        ))}
      </ul>
    </>
  )
}

function stateOptions(): { value: StateFilter; label: string }[] {
  return [
    { value: 'all', label: l10n.t('All') },
    { value: 'ready', label: l10n.t('Ready') },
    { value: 'broken', label: l10n.t('Not ready') },
    { value: 'unchecked', label: l10n.t('Not checked yet') },
    { value: 'off', label: l10n.t('Switched off') },
  ]
}

/** Every word has to be found in its name, kind or endpoint. */
function isFound(view: ProviderView, search: string): boolean {
  const text = `${view.provider} ${view.kind} ${view.kindLabel} ${view.endpoint ?? ''}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
