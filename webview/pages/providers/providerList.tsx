import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import * as z from 'zod'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Route } from '../../../protocol/routing.ts'
import { providerState } from '../../../shared/describe/provider.ts'
import { SearchField } from '../../parts/filterFields.tsx'
import { formatNumber, plural } from '../../parts/language.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, Dropdown } from '../../toolkit.tsx'
import { addButtonId, ProviderRow } from './providerRow.tsx'

/** What the page's parts are drawn from, as it was read last. */
export interface Providers {
  providers: readonly ProviderView[]
  kinds: readonly KindInfo[]
  routes: readonly Route[]
}

export interface ProviderListProps extends Providers {
  /** The one that was saved a moment ago: its connection is tested without being asked for. */
  testAtOnce: string | null
  onTestBegun(): void
  onAdd(): void
  onEdit(provider: string): void
}

const StateFilter = z.enum(['all', 'ready', 'broken', 'unchecked', 'off'])
type StateFilter = z.infer<typeof StateFilter>

export function ProviderList({ providers, kinds, routes, testAtOnce, onTestBegun, onAdd, onEdit }: ProviderListProps) {
  const [search, setSearch] = usePersistedState('providers.search', z.string(), '')
  const [state, setState] = usePersistedState<StateFilter>('providers.state', StateFilter, 'all')
  const id = useId()
  const shown = providers.filter(
    (view) => isFound(view, search) && (state === 'all' || providerState(view).kind === state),
  )
  return (
    <>
      <search class="toolbar">
        <SearchField value={search} onInput={setSearch} />
        <Dropdown
          id={`${id}-state`}
          label={l10n.t('State')}
          value={state}
          options={stateOptions()}
          onInput={(chosen) => setState(StateFilter.parse(chosen))}
        />
        <Button id={addButtonId} look="primary" onClick={onAdd}>
          {l10n.t('Add provider')}
        </Button>
      </search>
      <p class="count" aria-live="polite">
        {shown.length === providers.length
          ? plural(providers.length, '{0} provider', '{0} providers')
          : plural(providers.length, '{1} of {0} provider', '{1} of {0} providers', formatNumber(shown.length))}
      </p>
      <ul class="rows" aria-label={l10n.t('Providers')}>
        {shown.map((view) => (
          <ProviderRow
            key={view.provider}
            view={view}
            kind={kinds.find(({ kind }) => kind === view.kind)}
            routes={routes}
            isTestedAtOnce={testAtOnce === view.provider}
            onTestBegun={onTestBegun}
            onEdit={() => onEdit(view.provider)}
            onRemoved={() => document.getElementById(addButtonId)?.focus()}
          />
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
    { value: 'off', label: l10n.t('Disabled') },
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
