import { l10n, window } from 'vscode'
import type { ProviderView } from '../../protocol/providers.ts'
import { kindOfKey } from '../../shared/keys/foundKey.ts'
import type { Api } from '../connection/api.ts'
import type { Secrets } from '../connection/secrets.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { isKeyWanted, keepsKeyHere } from '../describe/describeProvider.ts'
import { pickProvider } from '../forms/pick.ts'
import { askKey, typeKey } from './askKey.ts'

/** Providers whose key the editor's secret store holds. */
function keyedProviders({ providers, kinds }: Snapshot): ProviderView[] {
  return providers.filter((view) =>
    keepsKeyHere(
      view,
      kinds.find(({ kind }) => kind === view.kind),
    ),
  )
}

/**
 * Sets the key of the provider that is named. Where none is, the masked box comes first all the same, since whoever has a key at hand
 * pastes it into the first box there is; whose it is, is asked after. Null: the person left.
 */
export async function setKey(
  api: Api,
  snapshot: Snapshot,
  named: ProviderView | undefined,
  { secrets, now }: { secrets: Secrets; now: number },
): Promise<ProviderView | null> {
  const keyed = keyedProviders(snapshot)
  const wanting = keyed.filter(isKeyWanted)
  const view = named ?? onlyOne(wanting) ?? onlyOne(keyed)
  if (view) {
    const kind = snapshot.kinds.find((candidate) => candidate.kind === view.kind)
    return kind && (await askKey(api, view, kind, secrets)) ? view : null
  }
  const key = await typeKey({
    title: l10n.t('Set key'),
    prompt: l10n.t('Kept in the editor’s secret store. Which provider it belongs to is asked next.'),
  })
  if (key === undefined) return null
  const kind = kindOfKey('', key, snapshot.kinds)
  const fitting = keyed.filter((candidate) => kind === null || candidate.kind === kind)
  const offered = fitting.length > 0 ? fitting : keyed
  const owner =
    onlyOne(offered) ?? (await pickProvider(l10n.t('Set key'), snapshot, now, (each) => offered.includes(each)))
  if (!owner || owner.endpoint === null) return null
  await secrets.store(owner.provider, key, new URL(owner.endpoint).origin)
  await api.notify('secret/changed', { provider: owner.provider })
  return owner
}

/** Removes the stored key of a provider after a question. */
export async function removeKey(api: Api, { provider }: ProviderView, secrets: Secrets): Promise<void> {
  if ((await secrets.boundTo(provider)) === null) {
    await window.showInformationMessage(l10n.t('No key of "{0}" is stored here.', provider))
    return
  }
  const remove = l10n.t('Remove the key')
  const detail = l10n.t('It is removed from the editor’s secret store. Where it was made, it stays valid.')
  const question = l10n.t('Remove the key of "{0}"?', provider)
  if ((await window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return
  await secrets.remove(provider)
  await api.notify('secret/changed', { provider })
}

function onlyOne<Value>(values: readonly Value[]): Value | undefined {
  return values.length === 1 ? values[0] : undefined
}
