import * as l10n from '@vscode/l10n'
import type { ModelType } from '../../../protocol/models.ts'
import type { ProviderView } from '../../../protocol/providers.ts'
import { type KnownModel, typeOf } from '../../parts/knownModels.ts'
import type { Option } from '../../toolkit.tsx'

export type ModelName = { provider: string; model: string }

/** Models of a type that can be used now; the default comes first. The value of an option is a key of `modelOf`. */
export function modelsOfType(
  known: readonly KnownModel[],
  providers: readonly ProviderView[],
  type: ModelType,
): Option[] {
  const enabled = new Set(providers.filter((view) => view.enabled).map(({ provider }) => provider))
  const usable = known.filter(
    (each) => typeOf(each) === type && each.registered?.status !== 'inactive' && enabled.has(each.provider),
  )
  const isDefault = ({ registered }: KnownModel) => registered?.isDefault === true
  return usable
    .toSorted((one, other) => Number(isDefault(other)) - Number(isDefault(one)))
    .map((each) => ({ value: keyOf(each), label: labelOf(each, isDefault(each)) }))
}

export function keyOf({ provider, model }: ModelName): string {
  return `${provider}/${model}`
}

/** The name of a provider has no slash: the first one ends it. */
export function modelOf(key: string): ModelName {
  const at = key.indexOf('/')
  return { provider: key.slice(0, at), model: key.slice(at + 1) }
}

function labelOf({ provider, model }: ModelName, isDefault: boolean): string {
  return isDefault ? l10n.t('{0} / {1} (default)', provider, model) : l10n.t('{0} / {1}', provider, model)
}
