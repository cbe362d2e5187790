import type { ParsedParams } from '../../protocol/contract.ts'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { StoredData } from '../store/change.ts'
import { listRoutes } from '../store/routeTable.ts'
import type { Directory } from './directory.ts'

export interface GateParts extends Pick<StoredData, 'store'> {
  directory: Pick<Directory, 'open'>
  /** Why a model should not be used without asking; null: nothing speaks against it. */
  missedGate(
    routes: { task: Task; provider: string; model: string }[],
    choice: { workspaceFolder?: string | undefined },
  ): Promise<Reason | null>
}

/** What the profile's gate says of routes that are to go to another model than now; null: nothing, or a person has confirmed it. */
export async function refuseByGate(
  { store, directory, missedGate }: GateParts,
  routes: readonly { task: Task; provider: string; model: string | null }[],
  { workspaceFolder, confirm }: Pick<ParsedParams<'route/save'>, 'workspaceFolder' | 'confirm'>,
): Promise<Outcome<never> | null> {
  if (confirm) return null
  const before = store.read(listRoutes)
  const gated = routes.flatMap(({ task, provider, model }) => {
    const old = before.find((each) => each.task === task)
    if (old?.provider === provider && old.model === model) return []
    const chosen = model ?? defaultModelOf(directory, provider, task)
    return chosen === null ? [] : [{ task, provider, model: chosen }]
  })
  const reason = gated.length === 0 ? null : await missedGate(gated, { workspaceFolder })
  return reason ? { ok: false, reason } : null
}

/** Null: its kind has none, or its settings are not valid. */
function defaultModelOf(directory: GateParts['directory'], provider: string, task: Task): string | null {
  const open = directory.open(provider)
  return open?.ok ? open.value.adapter.defaultModel(open.value.config, task) : null
}
