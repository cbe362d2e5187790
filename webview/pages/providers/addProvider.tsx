import type { KindInfo, ProviderView } from '../../../protocol/providers.ts'
import { type ChosenKind, KindChooser } from './kindChooser.tsx'
import { ProviderForm } from './providerForm.tsx'
import type { Providers } from './readProviders.ts'

export interface AddProviderProps extends Providers {
  /** Null: a kind is being chosen. */
  chosen: ChosenKind | null
  onChoose(chosen: ChosenKind | null): void
  /** Something found is configured already: leads there. */
  onOpen(provider: string): void
  onDone(saved: ProviderView): void
  onLeave(): void
}

/** First what it speaks, then its settings. */
export function AddProvider({ providers, kinds, chosen, onChoose, onOpen, onDone, onLeave }: AddProviderProps) {
  const kind = kinds.find((candidate) => candidate.kind === chosen?.kind)
  if (!chosen || !kind) return <KindChooser kinds={kinds} onChoose={onChoose} onOpen={onOpen} onLeave={onLeave} />
  const taken = providers.map(({ provider }) => provider)
  const start = startOf(kind, chosen, taken)
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
function startOf(kind: KindInfo, chosen: ChosenKind, taken: readonly string[]) {
  const preset = kind.presets.find(({ id }) => id === chosen.preset)
  const name = preset?.id ?? kind.kind
  return { name: firstFree(name, taken), config: chosen.config ?? preset?.config ?? {} }
}

function firstFree(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name
  for (let number = 2; ; number += 1) if (!taken.includes(`${name}-${number}`)) return `${name}-${number}`
}
