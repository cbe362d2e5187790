import { l10n, ProgressLocation, window } from 'vscode'
import type { FoundServer } from '../../protocol/models.ts'
import { newTarget } from '../../protocol/page.ts'
import { nothingFoundSentence } from '../../shared/describe/localServer.ts'
import type { Api } from '../connection/api.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { countModels, language } from '../describe/language.ts'
import { confirmLoss } from '../forms/confirmLoss.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { type Choice, pick } from '../forms/pick.ts'
import { testConnection } from './testConnection.ts'

/** Removes after saying what depends on it; its key goes too. */
export async function removeProvider(
  api: Api,
  provider: string,
  { secrets, notifier }: { secrets: Secrets; notifier: Notifier },
): Promise<void> {
  const dependents = await api.request('provider/dependents', { provider })
  if (!dependents.ok) return notifier.showFailure(dependents.reason)
  const isConfirmed = await confirmLoss({
    question: l10n.t('Remove the provider "{0}"?', provider),
    dependents: dependents.value.dependents,
    outcome: l10n.t(
      'Its routes, its registered models and its key are removed as well. Nothing is put in their place.',
    ),
    button: l10n.t('Remove'),
  })
  if (!isConfirmed) return
  const removed = await api.request('provider/remove', { provider, confirm: true })
  if (!removed.ok) return notifier.showFailure(removed.reason)
  await secrets.remove(provider)
}

/** Switching off is asked once more when something uses the provider. */
export async function setProviderEnabled(
  api: Api,
  provider: string,
  enabled: boolean,
  notifier: Notifier,
): Promise<void> {
  const first = await api.request('provider/setEnabled', { provider, enabled })
  if (first.ok) return
  if (first.reason.code !== 'has_dependents') return notifier.showFailure(first.reason)
  const isConfirmed = await confirmLoss({
    question: l10n.t('Switch off the provider "{0}"?', provider),
    dependents: first.reason.dependents,
    outcome: l10n.t('They stay as they are, and do not work until it is switched on again or you choose another one.'),
    button: l10n.t('Switch off'),
  })
  if (!isConfirmed) return
  const second = await api.request('provider/setEnabled', { provider, enabled, confirm: true })
  if (!second.ok) await notifier.showFailure(second.reason)
}

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
    const [again, add] = [l10n.t('Scan again'), l10n.t('Add by address')]
    const next = await window.showInformationMessage(nothingFoundSentence(language), again, add)
    if (next === again) return scanServers(api, snapshot, parts)
    if (next === add) parts.panels.openSettings('providers', newTarget)
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
