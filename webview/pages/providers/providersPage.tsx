import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import { KindId, ProviderId } from '../../../protocol/names.ts'
import { fieldTarget, newTarget, scanTarget } from '../../../protocol/page.ts'
import { type KindInfo, ProviderConfig, type ProviderView } from '../../../protocol/providers.ts'
import { useTargetField } from '../../parts/focusField.ts'
import { Notice, ReasonNotice, Unread } from '../../parts/notice.tsx'
import { allAnswered } from '../../state/answer.ts'
import { type PageProps, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button } from '../../toolkit.tsx'
import { ConnectedNote } from './connectedNote.tsx'
import { ConnectStart } from './connectStart.tsx'
import type { Connected } from './connectUse.ts'
import type { ChosenKind } from './kindList.tsx'
import { uses } from './modelChoice.tsx'
import { NewProvider } from './newProvider.tsx'
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
    of: z
      .object({
        kind: KindId,
        preset: z.string().nullable(),
        config: ProviderConfig.nullable(),
        name: ProviderId.nullable().default(null),
        ending: z.string().nullable().default(null),
      })
      .nullable(),
    /** What this machine serves is looked for at once. */
    scan: z.boolean().default(false),
  }),
  z.object({ kind: z.literal('edit'), provider: ProviderId }),
  /** It works, and something uses it or nothing does. */
  z.object({ kind: z.literal('connected'), provider: ProviderId, model: z.string().nullable(), use: z.enum(uses) }),
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
  const setFocusId = useReturningFocus(view.kind === 'list', all.providers)
  useLayoutEffect(() => {
    if (target?.name.startsWith(newTarget)) {
      setView(newView(target.name.slice(newTarget.length)))
    } else if (target && all.providers.some(({ provider }) => provider === providerOf(target))) {
      setView({ kind: 'edit', provider: providerOf(target) })
    }
  }, [target])
  useTargetField(target, view.kind === 'edit' && target !== null && view.provider === providerOf(target))
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
          scanAtOnce={view.scan}
          onChoose={(of) => setView({ ...view, of, scan: false })}
          onOpen={(provider) => setView({ kind: 'edit', provider })}
          onDone={done}
          onConnected={({ view: saved, choice: { model, use } }) => {
            setOwnSave(saved)
            setView({ kind: 'connected', provider: saved.provider, model, use })
          }}
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
    case 'connected':
      return <ConnectedNote {...view} onLeave={() => back(editButtonId(view.provider))} />
    case 'list':
      return (
        <ProviderList
          {...all}
          testAtOnce={testAtOnce}
          onTestBegun={() => setTestAtOnce(null)}
          onAdd={() => setView(newView(''))}
          onEdit={(provider) => setView({ kind: 'edit', provider })}
        />
      )
  }
}

/** `wanted`: the name that a new one is to have, or that this machine is to be looked at. */
function newView(wanted: string): View {
  return { kind: 'add', name: ProviderId.safeParse(wanted).data ?? null, of: null, scan: wanted === scanTarget }
}

/** Leaving a form by key returns the focus to where it was opened from, once the list is there. */
function useReturningFocus(isList: boolean, providers: readonly ProviderView[]): (id: string) => void {
  const [focusId, setFocusId] = useState<string | null>(null)
  useEffect(() => {
    if (!isList || focusId === null) return
    const target = document.getElementById(focusId)
    // A new one appears once the list was read again; a focus that has moved elsewhere meanwhile stays there.
    if (document.activeElement === document.body) target?.focus()
    if (target) setFocusId(null)
  }, [isList, focusId, providers])
  return setFocusId
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
  return <ProviderForm kind={kind} view={view} onDone={onDone} onLeave={onLeave} />
}

interface AddProviderProps extends Providers {
  /** Null: it is not known yet what to connect to. */
  chosen: ChosenKind | null
  /** What it is to be called, if that is free; null: after its kind. */
  name: string | null
  scanAtOnce: boolean
  onChoose(chosen: ChosenKind | null): void
  /** Something found is configured already: leads there. */
  onOpen(provider: string): void
  onDone(saved: ProviderView): void
  onConnected(connected: Connected): void
  onLeave(): void
}

/** First an address, a key or a name; then what it leads to, tested and ready to be used. */
function AddProvider(props: AddProviderProps) {
  const { providers, kinds, chosen, name, scanAtOnce, onChoose, onOpen, onDone, onConnected, onLeave } = props
  const kind = kinds.find((candidate) => candidate.kind === chosen?.kind)
  if (!chosen || !kind) {
    return <ConnectStart kinds={kinds} scanAtOnce={scanAtOnce} onChoose={onChoose} onOpen={onOpen} onLeave={onLeave} />
  }
  const taken = providers.map(({ provider }) => provider)
  return (
    <NewProvider
      key={`${chosen.kind} ${chosen.preset}`}
      kind={kind}
      start={startOf(kind, chosen, taken, name)}
      ending={chosen.ending}
      taken={taken}
      onSwitch={onChoose}
      onSaved={onDone}
      onConnected={onConnected}
      onLeave={() => onChoose(null)}
    />
  )
}

/** The kind's empty form, a ready-made start or what was found, under a name that is free. */
function startOf(kind: KindInfo, chosen: ChosenKind, taken: readonly string[], wanted: string | null) {
  const preset = kind.presets.find(({ id }) => id === chosen.preset)
  const own = chosen.name ?? preset?.id ?? kind.kind
  const name = wanted !== null && !taken.includes(wanted) ? wanted : own
  const label = preset?.label ?? kind.label
  return { name: firstFree(name, taken), label, config: chosen.config ?? preset?.config ?? {} }
}

function firstFree(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name
  for (let number = 2; ; number += 1) if (!taken.includes(`${name}-${number}`)) return `${name}-${number}`
}
