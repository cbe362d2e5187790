import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import type { FoundServer } from '../../../protocol/models.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { KindInfo, ProviderConfig } from '../../../protocol/providers.ts'
import { nothingFoundSentence } from '../../../shared/describe/localServer.ts'
import { SearchField } from '../../parts/filterFields.tsx'
import { countModels, describeReason, language, plural } from '../../parts/language.ts'
import { LoadingNote, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button } from '../../toolkit.tsx'

export interface ChosenKind {
  kind: string
  preset: string | null
  /** What the form begins with; null: what the preset says, else nothing. */
  config: ProviderConfig | null
}

export interface KindChooserProps {
  kinds: readonly KindInfo[]
  onChoose(chosen: ChosenKind): void
  onOpen(provider: string): void
  onLeave(): void
}

interface Offer extends Omit<ChosenKind, 'config'> {
  label: string
  of: string | null
  description: string
}

/** What a new provider speaks: the kinds and their ready-made starts, found by any of their words. */
export function KindChooser({ kinds, onChoose, onOpen, onLeave }: KindChooserProps) {
  const [search, setSearch] = usePersistedState('providers.kindSearch', z.string(), '')
  const title = useRef<HTMLHeadingElement>(null)
  const id = useId()
  useEffect(() => title.current?.focus(), [])
  const words = search.toLowerCase().split(/\s+/)
  const offers = kinds.flatMap(offersOf).filter((offer) => {
    const text = `${offer.label} ${offer.of ?? ''} ${offer.description} ${offer.kind}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const choose = (chosen: ChosenKind) => {
    setSearch(undefined)
    onChoose(chosen)
  }
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={title} tabIndex={-1}>
        {l10n.t('Add provider: what does it speak?')}
      </h2>
      <div class="toolbar">
        <SearchField value={search} onInput={setSearch} />
        <Button onClick={onLeave}>{l10n.t('Back to the list')}</Button>
      </div>
      <ScanServers onChoose={choose} onOpen={onOpen} />
      <p class="count" aria-live="polite">
        {plural(offers.length, '{0} way to connect', '{0} ways to connect')}
      </p>
      <ul class="rows choices">
        {offers.map((offer) => (
          <li key={`${offer.kind} ${offer.preset}`} class="row">
            <button
              type="button"
              class="choice"
              onClick={() => choose({ kind: offer.kind, preset: offer.preset, config: null })}
            >
              <strong>{offer.label}</strong>
              {offer.of ? <span class="kind"> {offer.of}</span> : null}
              <span class="facts">{offer.description}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function offersOf({ kind, label, description, presets }: KindInfo): Offer[] {
  return [
    { kind, preset: null, label, of: null, description },
    ...presets.map((preset) => ({
      kind,
      preset: preset.id,
      label: preset.label,
      of: label,
      description: preset.description,
    })),
  ]
}

type State = { kind: 'none' } | { kind: 'running' } | { kind: 'done'; outcome: Outcome<FoundServer[]> }

interface ScanServersProps {
  onChoose(chosen: ChosenKind): void
  onOpen(provider: string): void
}

/** Looks for model servers on this machine, when a person wants it. */
function ScanServers({ onChoose, onOpen }: ScanServersProps) {
  const { host, announce } = usePage()
  const [state, setState] = useState<State>({ kind: 'none' })
  const scan = async () => {
    setState({ kind: 'running' })
    const outcome = await host.request('provider/scan', {})
    setState({ kind: 'done', outcome })
    announce(
      outcome.ok
        ? plural(outcome.value.length, '{0} server found.', '{0} servers found.')
        : describeReason(outcome.reason),
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
  if (found.length === 0) return <p>{nothingFoundSentence(language)}</p>
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
