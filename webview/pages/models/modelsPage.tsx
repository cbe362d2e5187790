import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import * as z from 'zod'
import type { RegisteredModel } from '../../../protocol/models.ts'
import { ModelId, ProviderId } from '../../../protocol/names.ts'
import { newTarget } from '../../../protocol/page.ts'
import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import type { Route } from '../../../protocol/routing.ts'
import type { PageProps } from '../../pages.ts'
import { knownModels } from '../../parts/knownModels.ts'
import { LoadingNote, Notice } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { useAllModels } from '../../state/allModels.ts'
import { useKept } from '../../state/kept.ts'
import { usePage } from '../../state/pageContext.ts'
import { useReading } from '../../state/serverData.ts'
import { Button } from '../../toolkit.tsx'
import { AddModel, beginModelChoice } from './addModel.tsx'
import { LibrarySection } from './librarySection.tsx'
import { ModelDetail } from './modelDetail.tsx'
import { addModelId, openModelId } from './modelIds.ts'
import { ModelList } from './modelList.tsx'

/** What of the page is open; kept while the panel is hidden. */
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
  registered: readonly RegisteredModel[]
}

/** Whatever providers list and whatever is registered, in one list; each of them with all that is known and can be said of it. */
export function ModelsPage({ wish }: PageProps) {
  const providers = useReading('provider/list', {})
  const kinds = useReading('provider/kinds', {})
  const routes = useReading('route/list', {})
  const registered = useAllModels()
  for (const reading of [providers, kinds, routes, registered]) {
    if (reading.kind === 'failed') return <ReasonNotice reason={reading.reason} />
  }
  if (providers.kind !== 'there' || kinds.kind !== 'there' || routes.kind !== 'there' || registered.kind !== 'there') {
    return <LoadingNote />
  }
  return (
    <ReadModels
      wish={wish}
      providers={providers.value}
      kinds={kinds.value}
      routes={routes.value}
      registered={registered.models}
    />
  )
}

function ReadModels({ wish, providers, kinds, routes, registered }: Models & PageProps) {
  const { kept } = usePage()
  const [view, keepView] = useKept<View>('models.view', View, { kind: 'list' })
  const [focusId, setFocusId] = useState<string | null>(null)
  const known = useMemo(() => knownModels(providers, registered), [providers, registered])
  useLayoutEffect(() => {
    if (!wish) return
    const isNew = wish.target.startsWith(newTarget)
    // The name of a provider has no slash: the first one ends it.
    const [provider = '', ...rest] = wish.target.slice(isNew ? newTarget.length : 0).split('/')
    const model = rest.join('/')
    const isKnown = providers.some((each) => each.provider === provider)
    if (isNew && isKnown) beginModelChoice(kept, provider)
    if (isNew) keepView({ kind: 'add' })
    else if (isKnown && model !== '') keepView({ kind: 'model', provider, model })
  }, [wish])
  // Whoever leaves a form by key comes back to where it was opened from.
  useEffect(() => {
    if (view.kind !== 'list' || focusId === null) return
    const target = document.getElementById(focusId) ?? document.getElementById(addModelId)
    if (document.activeElement === document.body) target?.focus()
    setFocusId(null)
  }, [view.kind, focusId])
  const back = (id: string) => {
    keepView(undefined)
    setFocusId(id)
  }
  const open = ({ provider, model }: { provider: string; model: string }) =>
    keepView({ kind: 'model', provider, model })
  if (view.kind === 'add') {
    const key = wish?.target ?? ''
    return <AddModel key={key} {...{ providers, known }} onChosen={open} onLeave={() => back(addModelId)} />
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
    return <ModelDetail key={`${provider}/${model}`} {...{ kind, routes, registered }} known={opened} onLeave={leave} />
  }
  const libraries = providers.filter(({ kind: id }) => kinds.some(({ kind, canPull }) => kind === id && canPull))
  return (
    <>
      <LibrarySection providers={libraries.map(({ provider }) => provider)} />
      <ModelList {...{ known, providers, routes }} onAdd={() => keepView({ kind: 'add' })} onOpen={open} />
    </>
  )
}

function GoneProvider({ provider, onLeave }: { provider: string; onLeave(): void }) {
  return (
    <Notice look="warning" actions={<Button onClick={onLeave}>{l10n.t('Back to the list')}</Button>}>
      {l10n.t('The provider "{0}" is not there any more, or its kind is not known.', provider)}
    </Notice>
  )
}
