import type { KindInfo, ProviderConfig, ProviderView } from '../../../protocol/providers.ts'
import { KindChooser } from './kindChooser.tsx'
import { ProviderForm } from './providerForm.tsx'
import type { Providers } from './readProviders.ts'

export interface ChosenKind {
  kind: string
  preset: string | null
  /** What the form begins with; null: what the preset says, else nothing. */
  config: ProviderConfig | null
}

export interface AddProviderProps extends Providers {
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
export function AddProvider({ providers, kinds, chosen, name, onChoose, onOpen, onDone, onLeave }: AddProviderProps) {
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
