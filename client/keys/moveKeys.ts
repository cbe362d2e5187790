import { commands, l10n, window } from 'vscode'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Api } from '../connection/api.ts'
import { pick } from '../forms/pick.ts'
import type { Secrets } from '../secrets.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Tell } from '../tell.ts'
import { findPlaintextKeys, type PlaintextKey } from './plaintextKeys.ts'

export interface MoveParts {
  secrets: Secrets
  tell: Tell
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

function rowOf({ name, where, ending, kind, owners }: PlaintextKey) {
  const [owner] = owners
  const goes =
    owners.length === 1 && owner
      ? l10n.t('for {0}, sent to {1} only', owner.provider, originOf(owner))
      : owners.length > 1
        ? l10n.t('for one of {0}', owners.map(({ provider }) => provider).join(', '))
        : kind === null
          ? l10n.t('it cannot be told whose it is')
          : l10n.t('no provider of the kind {0} is set up', kind)
  return { label: `$(key) ${name}`, description: ending ?? '…', detail: `${where} · ${goes}` }
}

function originOf({ endpoint }: ProviderView): string {
  return endpoint === null ? '' : new URL(endpoint).origin
}

/** The key leaves its place only when the secret store has it. */
async function moveKey(api: Api, found: PlaintextKey, { secrets, tell }: MoveParts): Promise<void> {
  const owner = await ownerOf(found)
  if (!owner) return
  const { provider } = owner
  const origin = originOf(owner)
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
  tell.note(`key of "${provider}" moved from ${found.name}${isGone ? '' : ', which could not be changed'}`)
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
  const open = l10n.t('Open settings')
  const sentence = l10n.t(
    'The key of "{0}" is in the secret store, but {1} could not be changed: remove it there.',
    provider,
    found.name,
  )
  if ((await window.showWarningMessage(sentence, open)) === open) {
    await commands.executeCommand('workbench.action.openSettingsJson')
  }
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
  const add = l10n.t('Add provider')
  const sentence =
    kind === null
      ? l10n.t('It cannot be told whose key {0} is.', name)
      : l10n.t('No provider of the kind {0} is set up for {1}.', kind, name)
  if ((await window.showWarningMessage(sentence, add)) === add)
    await commands.executeCommand('llmProviders.addProvider')
  return undefined
}
