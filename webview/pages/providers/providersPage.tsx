import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import { KindId, ProviderId } from '../../../protocol/names.ts'
import { newTarget } from '../../../protocol/page.ts'
import { ProviderConfig, type ProviderView } from '../../../protocol/providers.ts'
import type { PageProps } from '../../pages.ts'
import { LoadingNote } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { useKept } from '../../state/kept.ts'
import { useReading } from '../../state/serverData.ts'
import { AddProvider } from './addProvider.tsx'
import { EditProvider } from './editProvider.tsx'
import { addButtonId, editButtonId } from './focusIds.ts'
import { ProviderList } from './providerList.tsx'
import type { Providers } from './readProviders.ts'

/** What of the page is open; kept while the panel is hidden. */
const View = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('list') }),
  /** Without a kind: one is being chosen. `name`: what a command wants it to be called. */
  z.object({
    kind: z.literal('add'),
    name: ProviderId.nullable().default(null),
    of: z.object({ kind: KindId, preset: z.string().nullable(), config: ProviderConfig.nullable() }).nullable(),
  }),
  z.object({ kind: z.literal('edit'), provider: ProviderId }),
])
type View = z.infer<typeof View>

/** All that is configured, as a list; one of them, or a new one, as a form. */
export function ProvidersPage({ wish }: PageProps) {
  const providers = useReading('provider/list', {})
  const kinds = useReading('provider/kinds', {})
  const routes = useReading('route/list', {})
  for (const reading of [providers, kinds, routes]) {
    if (reading.kind === 'failed') return <ReasonNotice reason={reading.reason} />
  }
  if (providers.kind !== 'there' || kinds.kind !== 'there' || routes.kind !== 'there') return <LoadingNote />
  return <ReadProviders providers={providers.value} kinds={kinds.value} routes={routes.value} wish={wish} />
}

function ReadProviders({ wish, ...read }: Providers & PageProps) {
  const [ownSave, setOwnSave] = useState<ProviderView | null>(null)
  const all = { ...read, providers: withOwnSave(read.providers, ownSave) }
  const [view, keepView] = useKept<View>('providers.view', View, { kind: 'list' })
  const [testAtOnce, setTestAtOnce] = useState<string | null>(null)
  const [focusId, setFocusId] = useState<string | null>(null)
  useLayoutEffect(() => {
    if (wish?.target.startsWith(newTarget)) {
      const name = ProviderId.safeParse(wish.target.slice(newTarget.length)).data ?? null
      keepView({ kind: 'add', name, of: null })
    } else if (wish && all.providers.some(({ provider }) => provider === wish.target)) {
      keepView({ kind: 'edit', provider: wish.target })
    }
  }, [wish])
  // Whoever leaves a form by key comes back to where it was opened from.
  useEffect(() => {
    if (view.kind !== 'list' || focusId === null) return
    const target = document.getElementById(focusId)
    // A new one is in the list as soon as it was read again; whoever went elsewhere meanwhile stays there.
    if (document.activeElement === document.body) target?.focus()
    if (target) setFocusId(null)
  }, [view.kind, focusId, all.providers])
  const back = (id: string) => {
    keepView(undefined)
    setFocusId(id)
  }
  const done = (saved: ProviderView) => {
    setOwnSave(saved)
    setTestAtOnce(saved.provider)
    back(editButtonId(saved.provider))
  }
  switch (view.kind) {
    case 'add':
      return (
        <AddProvider
          {...all}
          chosen={view.of}
          name={view.name}
          onChoose={(of) => keepView({ ...view, of })}
          onOpen={(provider) => keepView({ kind: 'edit', provider })}
          onDone={done}
          onLeave={() => back(addButtonId)}
        />
      )
    case 'edit':
      return (
        <EditProvider
          {...all}
          key={view.provider}
          provider={view.provider}
          onDone={done}
          onLeave={() => back(editButtonId(view.provider))}
        />
      )
    case 'list':
      return (
        <ProviderList
          {...all}
          testAtOnce={testAtOnce}
          onTestBegun={() => setTestAtOnce(null)}
          onAdd={() => keepView({ kind: 'add', name: null, of: null })}
          onEdit={(provider) => keepView({ kind: 'edit', provider })}
        />
      )
  }
}

/**
 * The list as it was read, but for what was saved here since: a form that is opened again before the list is read anew would begin with
 * the settings of before, and take its own person's save for somebody else's.
 */
function withOwnSave(providers: readonly ProviderView[], saved: ProviderView | null): ProviderView[] {
  return providers.map((view) => (saved?.provider === view.provider && view.updatedAt < saved.updatedAt ? saved : view))
}
