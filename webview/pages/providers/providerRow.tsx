import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Route } from '../../../protocol/routing.ts'
import { Icon } from '../../parts/icon.tsx'
import { usePage } from '../../state/pageContext.ts'
import { stateOf, tellFacts, tellRoutes, tellState } from './providerState.ts'

export interface ProviderRowProps {
  view: ProviderView
  routes: readonly Route[]
}

export function ProviderRow({ view, routes }: ProviderRowProps) {
  const { now } = usePage()
  const id = useId()
  const state = stateOf(view)
  const { icon, words } = tellState(state)
  const uses = tellRoutes(view.provider, routes)
  return (
    <li class="row" aria-labelledby={`${id}-name`}>
      <div class="row-head">
        <h2 id={`${id}-name`}>{view.provider}</h2>
        <span class="kind">{view.kindLabel}</span>
        <span class={`state state-${state.kind}`}>
          <Icon name={icon} /> {words}
        </span>
      </div>
      {state.kind === 'broken' ? <p class="why">{state.reason.message}</p> : null}
      <p class="facts">{tellFacts(view, now).join(' · ')}</p>
      {uses ? <p class="facts">{l10n.t('Used for: {0}', uses)}</p> : null}
    </li>
  )
}
