import { l10n } from 'vscode'
import type { Api } from '../connection/api.ts'
import type { Secrets } from '../connection/secrets.ts'
import { confirmLoss } from '../forms/confirmLoss.ts'
import type { Notifier } from '../forms/notifier.ts'

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
    question: l10n.t('Disable the provider "{0}"?', provider),
    dependents: first.reason.dependents,
    outcome: l10n.t('They stay as they are, and do not work until you enable it again or choose another provider.'),
    button: l10n.t('Disable'),
  })
  if (!isConfirmed) return
  const second = await api.request('provider/setEnabled', { provider, enabled, confirm: true })
  if (!second.ok) await notifier.showFailure(second.reason)
}
