import { commands, l10n, type Memento, window } from 'vscode'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Api } from '../connection/api.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import type { Notifier } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'
import { findPlaintextKeys, type PlaintextKey } from './plaintextKeys.ts'

export interface MoveParts {
  secrets: Secrets
  notifier: Notifier
}

/** Lists the keys that stand in plain text, and moves those that are chosen into the editor's secret store. */
export async function moveKeys(api: Api, snapshot: Snapshot, parts: MoveParts): Promise<void> {
  const found = await findPlaintextKeys(snapshot)
  if (found.length === 0) {
    void window.showInformationMessage(l10n.t('No key stands in plain text in your settings or in .env.'))
    return
  }
  const chosen = await window.showQuickPick(
    found.map((each) => ({ ...rowOf(each), picked: each.owners.length === 1, found: each })),
    {
      title: l10n.t('Move plaintext keys'),
      placeHolder: l10n.t('Which keys?'),
      canPickMany: true,
      ignoreFocusOut: true,
    },
  )
  for (const { found: each } of chosen ?? []) await moveKey(api, each, parts)
}

function rowOf(found: PlaintextKey) {
  const { name, where, ending } = found
  return { label: `$(key) ${name}`, description: ending ?? '…', detail: `${where} · ${goesTo(found)}` }
}

function goesTo({ kind, owners, origin, gatewayOf }: PlaintextKey): string {
  const [owner] = owners
  if (gatewayOf) return l10n.t('a header of its gateway, which a variable has to hold')
  if (owners.length === 1 && owner)
    return l10n.t('for {0}, sent to {1} only', owner.provider, origin ?? originOf(owner))
  if (owners.length > 1) return l10n.t('for one of {0}', owners.map(({ provider }) => provider).join(', '))
  return kind === null ? l10n.t('it cannot be told whose it is') : l10n.t('no provider of the kind {0} is set up', kind)
}

function originOf({ endpoint }: ProviderView): string {
  return endpoint === null ? '' : new URL(endpoint).origin
}

/** The key leaves its place only when the secret store has it. */
async function moveKey(api: Api, found: PlaintextKey, { secrets, notifier }: MoveParts): Promise<void> {
  // Not waited for, as the messages below: the other keys do not depend on it.
  if (found.gatewayOf) return void showGatewayHeader(found.name, found.gatewayOf)
  const owner = await ownerOf(found)
  if (!owner) return
  const { provider } = owner
  const origin = found.origin ?? originOf(owner)
  if ('key_env' in owner.config) {
    void window.showWarningMessage(
      l10n.t('"{0}" takes its key from a variable, so {1} stays where it is.', provider, found.name),
    )
    return
  }
  const before = await secrets.answer({ provider, origin })
  const boundTo = await secrets.boundTo(provider)
  if (boundTo !== null && !(before.ok && before.value.key === found.key)) {
    const replace = l10n.t('Replace it')
    const sentence = l10n.t(
      '"{0}" has another key, for {1}. Replace it by {2}?',
      provider,
      boundTo,
      found.ending ?? found.name,
    )
    if ((await window.showWarningMessage(sentence, { modal: true }, replace)) !== replace) return
  }
  await secrets.store(provider, found.key, origin)
  const kept = await secrets.answer({ provider, origin })
  if (!kept.ok || kept.value.key !== found.key) {
    void window.showErrorMessage(l10n.t('The secret store did not keep the key, so {0} stays as it is.', found.name))
    return
  }
  await api.notify('secret/changed', { provider })
  const isGone = await found.remove(api)
  notifier.log(`key of "${provider}" moved from ${found.name}${isGone ? '' : ', which could not be changed'}`)
  if (isGone) {
    void window.showInformationMessage(
      l10n.t(
        'The key {0} of "{1}" is in the secret store now, and no longer in {2}.',
        found.ending ?? '',
        provider,
        found.name,
      ),
    )
    return
  }
  void offerSettings(found.name, provider)
}

async function offerSettings(name: string, provider: string): Promise<void> {
  const open = l10n.t('Open settings')
  const sentence = l10n.t(
    'The key of "{0}" is in the secret store, but {1} could not be changed: remove it there.',
    provider,
    name,
  )
  if ((await window.showWarningMessage(sentence, open)) === open) {
    await commands.executeCommand('workbench.action.openSettingsJson')
  }
}

/** The store has one key a provider, and that is not it. */
async function showGatewayHeader(name: string, { provider }: ProviderView): Promise<void> {
  const change = l10n.t('Edit provider')
  const sentence = l10n.t(
    '{0} stays where it is: name an environment variable for it in "Headers from variables", and remove it there.',
    name,
  )
  if ((await window.showWarningMessage(sentence, change)) === change)
    await commands.executeCommand('llmProviders.editProvider', provider)
}

async function ownerOf({ name, kind, owners }: PlaintextKey): Promise<ProviderView | undefined> {
  const [owner] = owners
  if (owners.length === 1) return owner
  if (owners.length > 1) {
    return pick(
      l10n.t('Move plaintext keys'),
      l10n.t('Whose key is {0}?', name),
      owners.map((view) => ({ label: view.provider, description: originOf(view), value: view })),
    )
  }
  void offerProvider(
    kind === null
      ? l10n.t('It cannot be told whose key {0} is.', name)
      : l10n.t('No provider of the kind {0} is set up for {1}.', kind, name),
  )
  return undefined
}

async function offerProvider(sentence: string): Promise<void> {
  const add = l10n.t('Add provider')
  if ((await window.showWarningMessage(sentence, add)) === add)
    await commands.executeCommand('llmProviders.addProvider')
}

const offeredKey = 'llmProviders.plaintextKeysTold'
/** Instead of names: nothing is offered any more. */
const never = 'never'

/** Tells once of each key in plain text that could be moved, until the person does not want to hear of it. */
export async function offerMove(snapshot: Snapshot, memory: Memento): Promise<void> {
  const offered = memory.get<string[] | typeof never>(offeredKey) ?? []
  if (offered === never) return
  const found = (await findPlaintextKeys(snapshot)).filter(({ kind }) => kind !== null)
  const names = found.map(({ name, where }) => `${where}: ${name}`)
  if (names.every((name) => offered.includes(name))) return
  await memory.update(offeredKey, [...new Set([...offered, ...names])])
  const [move, silence] = [l10n.t('Show them'), l10n.t("Don't show again")]
  const [first = ''] = names
  const sentence =
    names.length === 1
      ? l10n.t('A provider’s key stands in plain text ({0}). It can be moved into the secret store.', first)
      : l10n.t('{0} keys of providers stand in plain text. They can be moved into the secret store.', names.length)
  const chosen = await window.showInformationMessage(sentence, move, silence)
  if (chosen === move) await commands.executeCommand('llmProviders.moveKeys')
  if (chosen === silence) await memory.update(offeredKey, never)
}
