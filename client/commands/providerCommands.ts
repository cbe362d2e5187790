import { l10n, window } from 'vscode'
import { ProviderId } from '../../protocol/names.ts'
import type { KindInfo, ProviderConfig, ProviderView } from '../../protocol/providers.ts'
import type { Api } from '../connection/api.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { reasonSentence } from '../describe/language.ts'
import type { Documents } from '../documents/documents.ts'
import { askConfig } from '../forms/configForm.ts'
import { confirmLoss } from '../forms/confirmLoss.ts'
import type { Tell } from '../forms/notifier.ts'
import { type Choice, pick } from '../forms/pick.ts'
import { askKey, keepsKeyHere } from '../keys/askKey.ts'
import { firstFree } from './providerName.ts'
import { scanServers } from './scanServers.ts'
import { testConnection } from './testConnection.ts'

export interface ProviderParts {
  secrets: Secrets
  documents: Documents
  tell: Tell
}

/** Kind, name, settings, key, then the test: what a person needs to connect one more provider. */
export async function addProvider(
  api: Api,
  snapshot: Snapshot,
  parts: ProviderParts,
  suggested?: string,
): Promise<void> {
  const title = l10n.t('Add provider')
  const chosen = await pick<Beginning | 'scan'>(title, l10n.t('What does it speak?'), [
    ...snapshot.kinds.map(kindChoice),
    l10n.t('Ready-made'),
    ...snapshot.kinds.flatMap(presetChoices),
    l10n.t('On this machine'),
    {
      label: l10n.t('$(search) Scan for local servers'),
      detail: l10n.t('Asks the usual ports of this machine, and no other'),
      value: 'scan',
    },
  ])
  if (!chosen) return
  if (chosen === 'scan') return scanServers(api, snapshot, parts)
  const { kind, config } = chosen
  const provider = await askName(title, chosen, snapshot, suggested)
  if (!provider) return
  const view = await askAndSave(api, title, kind, { provider, config, create: true }, parts.tell)
  if (!view) return
  if (keepsKeyHere(view, kind)) await askKey(api, view, kind, parts.secrets)
  await testConnection(api, provider, parts)
}

export async function editProvider(api: Api, snapshot: Snapshot, view: ProviderView, parts: ProviderParts) {
  const title = l10n.t('Settings of "{0}"', view.provider)
  const kind = snapshot.kinds.find((candidate) => candidate.kind === view.kind)
  if (!kind) {
    if (view.reason) await parts.tell.failure(view.reason)
    return
  }
  const start = { provider: view.provider, config: view.config, ifUpdatedAt: view.updatedAt }
  const saved = await askAndSave(api, title, kind, start, parts.tell)
  if (saved) await testConnection(api, view.provider, parts)
}

/** Removes after saying what depends on it; its key goes too. */
export async function removeProvider(
  api: Api,
  provider: string,
  { secrets, tell }: Pick<ProviderParts, 'secrets' | 'tell'>,
): Promise<void> {
  const dependents = await api.request('provider/dependents', { provider })
  if (!dependents.ok) return tell.failure(dependents.reason)
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
  if (!removed.ok) return tell.failure(removed.reason)
  await secrets.remove(provider)
}

/** Switching off is asked once more when something uses the provider. */
export async function setProviderEnabled(api: Api, provider: string, enabled: boolean, tell: Tell): Promise<void> {
  const first = await api.request('provider/setEnabled', { provider, enabled })
  if (first.ok) return
  if (first.reason.code !== 'has_dependents') return tell.failure(first.reason)
  const isConfirmed = await confirmLoss({
    question: l10n.t('Switch off the provider "{0}"?', provider),
    dependents: first.reason.dependents,
    outcome: l10n.t('They stay as they are, and do not work until it is switched on again or you choose another one.'),
    button: l10n.t('Switch off'),
  })
  if (!isConfirmed) return
  const second = await api.request('provider/setEnabled', { provider, enabled, confirm: true })
  if (!second.ok) await tell.failure(second.reason)
}

/** What adding begins with: a kind as it is, or a ready-made start of it. */
interface Beginning {
  kind: KindInfo
  config: ProviderConfig
  name: string
}

function kindChoice(kind: KindInfo): Choice<Beginning> {
  return {
    label: kind.label,
    description: kind.defaultEndpoint ?? '',
    detail: kind.description,
    value: { kind, config: {}, name: kind.kind },
  }
}

function presetChoices(kind: KindInfo): Choice<Beginning>[] {
  return kind.presets.map(({ id, label, description, config }) => ({
    label,
    description: kind.label,
    detail: description,
    value: { kind, config, name: id },
  }))
}

async function askName(
  title: string,
  { name: short }: Beginning,
  snapshot: Snapshot,
  suggested: string | undefined,
): Promise<string | undefined> {
  const taken = new Set(snapshot.providers.map(({ provider }) => provider))
  return window.showInputBox({
    title,
    prompt: l10n.t('A short name for it, such as "{0}"', `${short}-work`),
    value: suggested && !taken.has(suggested) ? suggested : firstFree(short, taken),
    ignoreFocusOut: true,
    validateInput: (name) => {
      if (taken.has(name)) return l10n.t('There is a provider "{0}" already.', name)
      return ProviderId.safeParse(name).success ? null : l10n.t('Lower-case letters, digits, ".", "_" and "-" only.')
    },
  })
}

interface Draft {
  provider: string
  config: ProviderConfig
  create?: boolean
  ifUpdatedAt?: string
}

/** The form until the server accepts what it holds; settings that are not valid bring it back with the reason. */
async function askAndSave(
  api: Api,
  title: string,
  kind: KindInfo,
  draft: Draft,
  tell: Tell,
): Promise<ProviderView | undefined> {
  let { config } = draft
  let problem: string | undefined
  for (;;) {
    const asked = await askConfig(title, kind, config, {
      label: draft.create ? l10n.t('Add and test') : l10n.t('Save and test'),
      detail: l10n.t('Saves "{0}" and tests the connection', draft.provider),
      ...(problem ? { problem } : {}),
    })
    if (!asked) return undefined
    config = asked
    const saved = await api.request('provider/save', { ...draft, kind: kind.kind, config })
    if (saved.ok) return saved.value
    // A kind without fields has no form to go back to.
    if (saved.reason.code !== 'config_invalid' || kind.fields.length === 0) {
      await tell.failure(saved.reason)
      return undefined
    }
    problem = reasonSentence(saved.reason)
  }
}
