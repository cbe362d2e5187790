import { l10n } from 'vscode'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { canPull, describeModel, knownModel, modelIcon } from '../describe/describeModel.ts'
import { type Choice, pick } from '../forms/pick.ts'

export interface NamedModel {
  provider: string
  model: string
}

/** A model from the last good lists, all providers in one list. Undefined: there is none, or the person left. */
export function pickListedModel(
  title: string,
  snapshot: Snapshot,
  now: number,
  { canPullOnly = false }: { canPullOnly?: boolean } = {},
): Promise<NamedModel | undefined> {
  const rows = snapshot.providers
    .filter((view) => !canPullOnly || canPull(snapshot, view))
    .flatMap((view): (Choice<NamedModel> | string)[] => {
      const offered = view.models.models.map((info) => modelChoice(snapshot, view.provider, info, now))
      return offered.length === 0 ? [] : [view.provider, ...offered]
    })
  return pick(title, l10n.t('Which model?'), rows)
}

function modelChoice(snapshot: Snapshot, provider: string, info: ModelInfo, now: number): Choice<NamedModel> {
  const known = knownModel(snapshot, provider, info)
  return {
    label: `$(${modelIcon(known, now)}) ${info.label ?? info.model}`,
    description: describeModel(known, now),
    // The name of the provider is found by typing it, too: separators are not.
    detail: info.label ? `${provider} · ${info.model}` : provider,
    value: { provider, model: info.model },
  }
}
