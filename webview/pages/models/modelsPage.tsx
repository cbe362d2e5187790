import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import * as z from 'zod'
import type { RegisteredModel } from '../../../protocol/models.ts'
import { ModelId, ProviderId } from '../../../protocol/names.ts'
import { newTarget } from '../../../protocol/page.ts'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Readiness, Route } from '../../../protocol/routing.ts'
import { knownModels } from '../../parts/knownModels.ts'
import { Notice, Unread } from '../../parts/notice.tsx'
import { useAllModels } from '../../state/allModels.ts'
import { allAnswered } from '../../state/answer.ts'
import { type PageProps, usePage, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button } from '../../toolkit.tsx'
import { AddModel, beginModelChoice } from './addModel.tsx'
import { GatewaysSection } from './gatewaysSection.tsx'
import { LibrarySection } from './librarySection.tsx'
import { ModelDetail } from './modelDetail.tsx'
import { addModelId, ModelList, openModelId } from './modelList.tsx'

/** What of the page is open; stored while the panel is hidden. */
const View = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list') }),
  /** Which model is to be registered is being said. */
  z.object({ kind: z.literal('add') }),
  z.object({ kind: z.literal('model'), provider: ProviderId, model: ModelId }),
])
type View = z.infer<typeof View>

interface Models {
  providers: readonly ProviderView[]
  kinds: readonly KindInfo[]
  routes: readonly Route[]
  resolved: Readiness | null
  registered: readonly RegisteredModel[]
}

/** Whatever providers list and whatever is registered, in one list; each of them with all that is known and can be said of it. */
export function ModelsPage({ target }: PageProps) {
  const read = allAnswered({
    providers: useReading('provider/list', {}),
    kinds: useReading('provider/kinds', {}),
    routes: useReading('route/list', {}),
    registered: useAllModels(),
  })
  const readiness = useReading('readiness/read', {})
  if (read.kind !== 'there') return <Unread answer={read} />
  return <ReadModels {...read.value} resolved={readiness.kind === 'there' ? readiness.value : null} target={target} />
}

function ReadModels({ target, providers, kinds, routes, resolved, registered }: Models & PageProps) {
  const { storage } = usePage()
  const [view, setView] = usePersistedState<View>('models.view', View, { kind: 'list' })
  const [focusId, setFocusId] = useState<string | null>(null)
  const known = useMemo(() => knownModels(providers, registered), [providers, registered])
  useLayoutEffect(() => {
    if (!target) return
    const isNew = target.name.startsWith(newTarget)
    // The name of a provider has no slash: the first one ends it.
    const [provider = '', ...rest] = target.name.slice(isNew ? newTarget.length : 0).split('/')
    const model = rest.join('/')
    const isKnown = providers.some((each) => each.provider === provider)
    if (isNew && isKnown) beginModelChoice(storage, provider)
    if (isNew) setView({ kind: 'add' })
    else if (isKnown && model !== '') setView({ kind: 'model', provider, model })
  }, [target])
  // Leaving a form by key returns the focus to where it was opened from.
  useEffect(() => {
    if (view.kind !== 'list' || focusId === null) return
    const target = document.getElementById(focusId) ?? document.getElementById(addModelId)
    if (document.activeElement === document.body) target?.focus()
    setFocusId(null)
  }, [view.kind, focusId])
  const back = (id: string) => {
    setView(undefined)
    setFocusId(id)
  }
  const open = ({ provider, model }: { provider: string; model: string }) => setView({ kind: 'model', provider, model })
  if (view.kind === 'add') {
    return (
      <AddModel
        key={target?.name ?? ''}
        providers={providers}
        known={known}
        onChosen={open}
        onLeave={() => back(addModelId)}
      />
    )
  }
  if (view.kind === 'model') {
    const { provider, model } = view
    const leave = () => back(openModelId(provider, model))
    const kindId = providers.find((each) => each.provider === provider)?.kind
    const kind = kinds.find((each) => each.kind === kindId)
    if (!kind) return <GoneProvider provider={provider} onLeave={leave} />
    const found = known.find((each) => each.provider === provider && each.model === model)
    // A name that was typed, and that neither list nor registry knows.
    const opened = found ?? { provider, model, registered: null, listed: null, isMissing: false }
    return (
      <ModelDetail
        key={`${provider}/${model}`}
        kind={kind}
        routes={routes}
        resolved={resolved}
        registered={registered}
        known={opened}
        onLeave={leave}
      />
    )
  }
  const libraries = providers.filter(({ kind: id }) => kinds.some(({ kind, canPull }) => kind === id && canPull))
  return (
    <>
      <LibrarySection providers={libraries.map(({ provider }) => provider)} />
      <ModelList
        known={known}
        providers={providers}
        routes={routes}
        resolved={resolved}
        onAdd={() => setView({ kind: 'add' })}
        onOpen={open}
      />
      <GatewaysSection />
    </>
  )
}

function GoneProvider({ provider, onLeave }: { provider: string; onLeave(): void }) {
  return (
    <Notice look="warning" actions={<Button onClick={onLeave}>{l10n.t('Back to the list')}</Button>}>
      {l10n.t('The provider "{0}" no longer exists, or its kind is unknown.', provider)}
    </Notice>
  )
}
