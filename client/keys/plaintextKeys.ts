import { ConfigurationTarget, l10n, workspace } from 'vscode'
import { kindOfKey } from '../../protocol/foundKey.ts'
import { keyEnding } from '../../protocol/keyShape.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import { endpointOnceMended, keysInConfig } from '../../protocol/storedKeys.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { findSettingKeys, removeSetting } from './settingKeys.ts'
import { findVariableKeys, removeVariable } from './variableKeys.ts'

/** A key in plain text, wherever it was found. */
export interface PlaintextKey {
  /** The setting or the variable. */
  name: string
  /** Where it stands, in words. */
  where: string
  ending: string | null
  key: string
  kind: string | null
  /** Whom it may belong to; several when more than one provider is of its kind. */
  owners: readonly ProviderView[]
  /** Where the provider's key goes once its settings are in order; null: where its endpoint is. */
  origin: string | null
  /** It is the value of a header for a gateway in front of this provider: only a variable can hold that. */
  gatewayOf: ProviderView | null
  /** Takes it out of its place; false: it has to be done by hand. */
  remove(api: Api): Promise<boolean>
}

/** What stands in plain text in the settings, in `.env`, and in the settings of providers. */
export async function findPlaintextKeys(snapshot: Snapshot): Promise<PlaintextKey[]> {
  const settings = findSettingKeys().map((found) => ({
    ...describe(found.path.join('.'), found.key, snapshot),
    where: settingsName(found.target),
    remove: () => removeSetting(found),
  }))
  const variables = (await findVariableKeys()).map((found) => ({
    ...describe(found.place.name, found.key, snapshot),
    where: l10n.t('{0}, line {1}', workspace.asRelativePath(found.file), found.place.line),
    remove: () => removeVariable(found),
  }))
  return [...settings, ...variables, ...snapshot.providers.flatMap((view) => keysOfProvider(view, snapshot.kinds))]
}

function describe(name: string, key: string, { kinds, providers }: Snapshot) {
  const kind = kindOfKey(name, key, kinds)
  const owners = kind === null ? [] : providers.filter((view) => view.kind === kind && view.endpoint !== null)
  return { name, key, ending: keyEnding(key), kind, owners, origin: null, gatewayOf: null }
}

/** A setting of a provider is no place for a key. A header that the product sends itself is its key; another one is a gateway's. */
function keysOfProvider(view: ProviderView, kinds: Snapshot['kinds']): PlaintextKey[] {
  const endpoint = endpointOnceMended(view, kinds)
  const origin = endpoint !== null && URL.canParse(endpoint) ? new URL(endpoint).origin : null
  return keysInConfig(view.config).map(({ name, key, isOwnKey, rest }) => ({
    name: `${view.provider}.${name}`,
    where: l10n.t('Settings of the provider'),
    ending: keyEnding(key),
    key,
    kind: view.kind,
    owners: origin === null || !isOwnKey ? [] : [view],
    origin,
    gatewayOf: isOwnKey ? null : view,
    remove: async (api) => {
      const { provider, kind, updatedAt } = view
      return (await api.request('provider/save', { provider, kind, config: rest, ifUpdatedAt: updatedAt })).ok
    },
  }))
}

function settingsName(target: ConfigurationTarget): string {
  switch (target) {
    case ConfigurationTarget.Global:
      return l10n.t('User settings')
    case ConfigurationTarget.Workspace:
      return l10n.t('Workspace settings')
    case ConfigurationTarget.WorkspaceFolder:
      return l10n.t('Settings of a folder')
  }
}
