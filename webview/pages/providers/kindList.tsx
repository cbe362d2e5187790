import * as z from 'zod'
import type { KindInfo, ProviderConfig } from '../../../protocol/providers.ts'
import { SearchField } from '../../parts/filterFields.tsx'
import { plural } from '../../parts/language.ts'
import { usePersistedState } from '../../state/persistedState.ts'

export interface ChosenKind {
  kind: string
  preset: string | null
  /** What the form begins with; null: what the preset says, else nothing. */
  config: ProviderConfig | null
  /** A slug that fits it; null: after its preset or kind. */
  name: string | null
  /** Of a key that the editor holds for it; null: none. */
  ending: string | null
}

/** What was recognised or found, as a start of its form. */
export function chosenOf(found: {
  kind: string
  preset: string | null
  config: ProviderConfig | null
  name?: string | null
}): ChosenKind {
  const { kind, preset, config, name = null } = found
  return { kind, preset, config, name, ending: null }
}

interface Offer {
  kind: string
  preset: string | null
  label: string
  of: string | null
  description: string
}

/** The kinds and their ready-made starts, found by any of their words. What is configured from the start is not offered again. */
export function KindList({ kinds, onChoose }: { kinds: readonly KindInfo[]; onChoose(chosen: ChosenKind): void }) {
  const [search, setSearch] = usePersistedState('providers.kindSearch', z.string(), '')
  const words = search.toLowerCase().split(/\s+/)
  const offers = kinds
    .filter(({ defaultEndpoint, key }) => key.need !== 'none' || defaultEndpoint !== null)
    .flatMap(offersOf)
    .filter((offer) => {
      const text = `${offer.label} ${offer.of ?? ''} ${offer.description} ${offer.kind}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
  return (
    <>
      <div class="toolbar">
        <SearchField value={search} onInput={setSearch} />
      </div>
      <p class="count" aria-live="polite">
        {plural(offers.length, '{0} way to connect', '{0} ways to connect')}
      </p>
      <ul class="rows choices">
        {offers.map(({ kind, preset, label, of, description }) => (
          <li key={`${kind} ${preset}`} class="row">
            <button
              type="button"
              class="choice"
              onClick={() => {
                setSearch(undefined)
                onChoose(chosenOf({ kind, preset, config: null }))
              }}
            >
              <strong>{label}</strong>
              {of ? <span class="kind"> {of}</span> : null}
              <span class="facts">{description}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
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
