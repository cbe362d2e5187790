import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import { KindId, ProviderId } from '../../../protocol/names.ts'
import { fieldTarget, newTarget } from '../../../protocol/page.ts'
import { type KindInfo, ProviderConfig, type ProviderView } from '../../../protocol/providers.ts'
import { useTargetField } from '../../parts/focusField.ts'
import { Notice, ReasonNotice, Unread } from '../../parts/notice.tsx'
import { allAnswered } from '../../state/answer.ts'
import { type PageProps, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button } from '../../toolkit.tsx'
import { type ChosenKind, KindChooser } from './kindChooser.tsx'
import { ProviderForm } from './providerForm.tsx'
import { ProviderList, type Providers } from './providerList.tsx'
import { addButtonId, editButtonId } from './providerRow.tsx'

/** What of the page is open; stored while the panel is hidden. */
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
export function ProvidersPage({ target }: PageProps) {
  const read = allAnswered({
    providers: useReading('provider/list', {}),
    kinds: useReading('provider/kinds', {}),
    routes: useReading('route/list', {}),
  })
  return read.kind === 'there' ? <ReadProviders {...read.value} target={target} /> : <Unread answer={read} />
}

function ReadProviders({ target, ...read }: Providers & PageProps) {
  const [ownSave, setOwnSave] = useState<ProviderView | null>(null)
  const all = { ...read, providers: withOwnSave(read.providers, ownSave) }
  const [view, setView] = usePersistedState<View>('providers.view', View, { kind: 'list' })
  const [testAtOnce, setTestAtOnce] = useState<string | null>(null)
  const [focusId, setFocusId] = useState<string | null>(null)
  useLayoutEffect(() => {
    if (target?.name.startsWith(newTarget)) {
      const name = ProviderId.safeParse(target.name.slice(newTarget.length)).data ?? null
      setView({ kind: 'add', name, of: null })
    } else if (target && all.providers.some(({ provider }) => provider === providerOf(target))) {
      setView({ kind: 'edit', provider: providerOf(target) })
    }
  }, [target])
  useTargetField(target, view.kind === 'edit' && target !== null && view.provider === providerOf(target))
  // Leaving a form by key returns the focus to where it was opened from.
  useEffect(() => {
    if (view.kind !== 'list' || focusId === null) return
    const target = document.getElementById(focusId)
    // A new one appears once the list was read again; a focus that has moved elsewhere meanwhile stays there.
    if (document.activeElement === document.body) target?.focus()
    if (target) setFocusId(null)
  }, [view.kind, focusId, all.providers])
  const back = (id: string) => {
    setView(undefined)
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
          onChoose={(of) => setView({ ...view, of })}
          onOpen={(provider) => setView({ kind: 'edit', provider })}
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
          onAdd={() => setView({ kind: 'add', name: null, of: null })}
          onEdit={(provider) => setView({ kind: 'edit', provider })}
        />
      )
  }
}

function providerOf({ name }: { name: string }): string {
  return name.split(fieldTarget)[0] ?? name
}

/**
 * The list as it was read, but for what was saved here since: a form that is opened again before the list is read anew would begin with
 * the settings of before, and take its own person's save for somebody else's.
 */
function withOwnSave(providers: readonly ProviderView[], saved: ProviderView | null): ProviderView[] {
  return providers.map((view) => (saved?.provider === view.provider && view.updatedAt < saved.updatedAt ? saved : view))
}

interface EditProviderProps extends Providers {
  provider: string
  onDone(saved: ProviderView): void
  onLeave(): void
}

function EditProvider({ providers, kinds, provider, onDone, onLeave }: EditProviderProps) {
  const view = providers.find((candidate) => candidate.provider === provider)
  const kind = kinds.find((candidate) => candidate.kind === view?.kind)
  const back = <Button onClick={onLeave}>{l10n.t('Back to the list')}</Button>
  if (!view) {
    return (
      <Notice look="warning" actions={back}>
        {l10n.t('The provider "{0}" is not there any more: it was removed elsewhere.', provider)}
      </Notice>
    )
  }
  if (!kind) {
    return (
      <>
        {view.reason ? <ReasonNotice reason={view.reason} /> : null}
        {back}
      </>
    )
  }
  const start = { name: provider, config: view.config }
  return <ProviderForm kind={kind} view={view} start={start} taken={[]} onDone={onDone} onLeave={onLeave} />
}

interface AddProviderProps extends Providers {
  /** Null: a kind is being chosen. */
  chosen: ChosenKind | null
  /** What it is to be called, if that is free; null: after its kind. */
  name: string | null
  onChoose(chosen: ChosenKind | null): void
  /** Something found is configured already: leads there. */
  onOpen(provider: string): void
  onDone(saved: ProviderView): void
  onLeave(): void
}

/** First what it speaks, then its settings. */
function AddProvider({ providers, kinds, chosen, name, onChoose, onOpen, onDone, onLeave }: AddProviderProps) {
  const kind = kinds.find((candidate) => candidate.kind === chosen?.kind)
  if (!chosen || !kind) return <KindChooser kinds={kinds} onChoose={onChoose} onOpen={onOpen} onLeave={onLeave} />
  const taken = providers.map(({ provider }) => provider)
  const start = startOf(kind, chosen, taken, name)
  return (
    <ProviderForm
      key={`${chosen.kind} ${chosen.preset}`}
      kind={kind}
      view={null}
      start={start}
      taken={taken}
      onDone={onDone}
      onLeave={() => onChoose(null)}
    />
  )
}

/** The kind's empty form, a ready-made start or what was found, under a name that is free. */
function startOf(kind: KindInfo, chosen: ChosenKind, taken: readonly string[], wanted: string | null) {
  const preset = kind.presets.find(({ id }) => id === chosen.preset)
  const name = wanted !== null && !taken.includes(wanted) ? wanted : (preset?.id ?? kind.kind)
  return { name: firstFree(name, taken), config: chosen.config ?? preset?.config ?? {} }
}

function firstFree(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name
  for (let number = 2; ; number += 1) if (!taken.includes(`${name}-${number}`)) return `${name}-${number}`
}
