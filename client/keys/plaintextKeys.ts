import { ConfigurationTarget, FileType, l10n, Range, Uri, WorkspaceEdit, workspace } from 'vscode'
import type { ProviderView } from '../../protocol/providers.ts'
import { keyInSetting, kindOfKey } from '../../shared/keys/foundKey.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import { lineValues, type PlacedValue, withoutLineValue } from '../../shared/keys/lineValues.ts'
import { endpointOnceMended, keysInConfig } from '../../shared/keys/storedKeys.ts'
import type { Api } from '../connection/api.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { findSettingKeys, removeSetting } from './settingKeys.ts'

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

/** A key in a file of variables of the workspace. */
interface VariableKey {
  file: Uri
  place: PlacedValue
  key: string
}

/** More than any file of variables. */
const mostBytes = 1_000_000

/** Those of the `.env` of each folder of a trusted workspace. */
async function findVariableKeys(): Promise<VariableKey[]> {
  if (!workspace.isTrusted) return []
  const files = (workspace.workspaceFolders ?? []).map(({ uri }) => Uri.joinPath(uri, '.env'))
  return (await Promise.all(files.map(keysOf))).flat()
}

async function keysOf(file: Uri): Promise<VariableKey[]> {
  try {
    const { type, size } = await workspace.fs.stat(file)
    if ((type & FileType.File) === 0 || size > mostBytes) return []
    const text = new TextDecoder().decode(await workspace.fs.readFile(file))
    return lineValues(text).flatMap((place) => {
      const key = keyInSetting(place.name, place.value)
      return key === null ? [] : [{ file, place, key }]
    })
  } catch {
    // There is none, as in most folders.
    return []
  }
}

/** Empties the variable through the editor, so that an open document follows; false: it has another value by now, or cannot be saved. */
async function removeVariable({ file, place }: VariableKey): Promise<boolean> {
  const document = await workspace.openTextDocument(file)
  const text = document.getText()
  const after = withoutLineValue(text, place)
  if (after === null || document.isDirty) return false
  const edit = new WorkspaceEdit()
  edit.replace(file, new Range(document.positionAt(0), document.positionAt(text.length)), after)
  return (await workspace.applyEdit(edit)) && (await document.save())
}
