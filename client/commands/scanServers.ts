import { l10n, ProgressLocation, window } from 'vscode'
import type { FoundServer } from '../../protocol/models.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { countModels } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { type Choice, pick } from '../forms/pick.ts'
import { testConnection } from './testConnection.ts'

/** Asks the usual ports of this machine which model servers are there; one that was found is added by choosing it. */
export async function scanServers(
  api: Api,
  snapshot: Snapshot,
  parts: { panels: Pick<Panels, 'openSettings'>; notifier: Notifier },
): Promise<void> {
  const title = l10n.t('Scan for local servers')
  const found = await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    (_, token) => api.request('provider/scan', {}, token),
  )
  if (!found.ok) return parts.notifier.showFailure(found.reason)
  if (found.value.length === 0) {
    await window.showInformationMessage(l10n.t('No model server answered on the usual ports of this machine.'))
    return
  }
  const chosen = await pick(title, l10n.t('Choose a server to add it'), found.value.map(foundChoice))
  if (!chosen) return
  if (chosen.provider !== null) return testConnection(api, chosen.provider, parts)
  const provider = firstFree(chosen.preset ?? chosen.kind, new Set(snapshot.providers.map(({ provider }) => provider)))
  const { kind, config } = chosen
  const saved = await api.request('provider/save', { provider, kind, config, create: true })
  if (!saved.ok) return parts.notifier.showFailure(saved.reason)
  await testConnection(api, provider, parts)
}

function foundChoice(server: FoundServer): Choice<FoundServer> {
  const { label, endpoint, version, models, provider } = server
  return {
    label: `$(${provider === null ? 'add' : 'check'}) ${label}`,
    description: endpoint,
    detail: [
      ...(version ? [l10n.t('version {0}', version)] : []),
      countModels(models.length),
      ...(provider === null ? [] : [l10n.t('added already as "{0}": choose it to test it', provider)]),
    ].join(' · '),
    value: server,
  }
}

/** The name itself, else with the first number that makes it a new one. */
function firstFree(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if (!taken.has(candidate)) return candidate
  }
}
