import { l10n } from 'vscode'
import type { Snapshot } from '../connection/snapshot.ts'
import { describeModel, knownModel, modelIcon } from '../describe/describeModel.ts'
import { type Choice, pick, pickProvider } from '../forms/pick.ts'

export interface NamedModel {
  provider: string
  model: string
}

/** Which models a list offers. */
export type OfferedModel = (model: { type?: string | undefined }) => boolean

/** A model from the last good list of a provider; both are asked where they are not known. Undefined: the person left. */
export async function pickListedModel(
  title: string,
  snapshot: Snapshot,
  now: number,
  options: { provider?: string; canPullOnly?: boolean; isOffered?: OfferedModel } = {},
): Promise<NamedModel | undefined> {
  const { isOffered = () => true } = options
  const named = snapshot.providers.find(({ provider }) => provider === options.provider)
  const pullable = new Set(snapshot.kinds.filter(({ canPull }) => canPull).map(({ kind }) => kind))
  const isFitting = ({ kind }: { kind: string }) => !options.canPullOnly || pullable.has(kind)
  const view =
    named ?? (await pickProvider(title, snapshot, now, (view) => isFitting(view) && view.models.models.some(isOffered)))
  if (!view) return undefined
  const rows = view.models.models.filter(isOffered).map((info): Choice<NamedModel> => {
    const known = knownModel(snapshot, view.provider, info)
    return {
      label: `$(${modelIcon(known, now)}) ${info.label ?? info.model}`,
      description: describeModel(known, now),
      ...(info.label ? { detail: info.model } : {}),
      value: { provider: view.provider, model: info.model },
    }
  })
  return pick(title, l10n.t('Which model of "{0}"?', view.provider), rows)
}
