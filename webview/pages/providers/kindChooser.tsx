import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef } from 'preact/hooks'
import * as z from 'zod'
import type { KindInfo } from '../../../protocol/providers.ts'
import { plural } from '../../parts/language.ts'
import { useKept } from '../../state/kept.ts'
import { Button, TextField } from '../../toolkit.tsx'
import type { ChosenKind } from './addProvider.tsx'
import { ScanServers } from './scanServers.tsx'

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
  const [search, keepSearch] = useKept('providers.kindSearch', z.string(), '')
  const title = useRef<HTMLHeadingElement>(null)
  const id = useId()
  useEffect(() => title.current?.focus(), [])
  const words = search.toLowerCase().split(/\s+/)
  const offers = kinds.flatMap(offersOf).filter((offer) => {
    const text = `${offer.label} ${offer.of ?? ''} ${offer.description} ${offer.kind}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const choose = (chosen: ChosenKind) => {
    keepSearch(undefined)
    onChoose(chosen)
  }
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={title} tabIndex={-1}>
        {l10n.t('Add provider: what does it speak?')}
      </h2>
      <div class="toolbar">
        <TextField
          id={`${id}-search`}
          label={l10n.t('Search')}
          value={search}
          onInput={keepSearch}
          inputMode="search"
        />
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
