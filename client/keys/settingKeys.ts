import { ConfigurationTarget, type Uri, type WorkspaceConfiguration, workspace } from 'vscode'
import { keyInSetting } from '../../shared/keys/foundKey.ts'

/** A key in the settings of the user, of the workspace, or of one of its folders. */
export interface SettingKey {
  path: readonly string[]
  key: string
  value: string
  target: ConfigurationTarget
  /** Only with `WorkspaceFolder`. */
  folder: Uri | undefined
}

type Layer = 'globalValue' | 'workspaceValue' | 'workspaceFolderValue'
const layers: readonly { layer: Layer; target: ConfigurationTarget }[] = [
  { layer: 'globalValue', target: ConfigurationTarget.Global },
  { layer: 'workspaceValue', target: ConfigurationTarget.Workspace },
  { layer: 'workspaceFolderValue', target: ConfigurationTarget.WorkspaceFolder },
]

/** Settings that lie deeper are data of somebody, and a setting that contains itself has no end. */
const deepest = 8

/** Every key in plain text among the settings that may hold one. In Restricted Mode nothing of them is looked at. */
export function findSettingKeys(): SettingKey[] {
  if (!workspace.isTrusted) return []
  const folders = workspace.workspaceFolders ?? []
  return [
    ...keysIn(workspace.getConfiguration(), layers.slice(0, 2), undefined),
    // In a window of one folder, its settings are those of the workspace.
    ...(folders.length < 2 ? [] : folders).flatMap(({ uri }) =>
      keysIn(workspace.getConfiguration(undefined, uri), layers.slice(2), uri),
    ),
  ]
}

function keysIn(settings: WorkspaceConfiguration, from: typeof layers, folder: Uri | undefined): SettingKey[] {
  const sections = Object.keys(settings).filter((name) => typeof settings[name] !== 'function')
  return sections.flatMap((section) => {
    const values = settings.inspect(section)
    return from.flatMap(({ layer, target }) =>
      leaves(values?.[layer], [section]).flatMap(({ path, value }) => {
        const name = path.join('.')
        const key = mayHoldKey(name) ? keyInSetting(name, value) : null
        return key === null ? [] : [{ path, key, value, target, folder }]
      }),
    )
  })
}

function leaves(value: unknown, path: readonly string[]): { path: readonly string[]; value: string }[] {
  if (typeof value === 'string') return [{ path, value }]
  if (typeof value !== 'object' || value === null || path.length > deepest) return []
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, ...name.split('.')]))
}

/** Takes the key out of its settings file; false: it has to be done by hand, because the editor refuses to write that setting. */
export async function removeSetting(found: SettingKey): Promise<boolean> {
  const { path, target, folder } = found
  const layer = layers.find((row) => row.target === target)?.layer
  // The setting is the whole path, or an object further up that has the rest of it inside: only the editor knows which.
  for (let length = path.length; length > 0 && layer; length--) {
    const settings = workspace.getConfiguration(undefined, folder)
    const id = path.slice(0, length).join('.')
    const before = settings.inspect(id)?.[layer]
    const after = length === path.length ? undefined : without(before, path.slice(length))
    try {
      await settings.update(id, after, target)
    } catch {
      // Not a setting of that name: perhaps one further up.
    }
    if (!isThere(found, layer)) return true
  }
  return false
}

function isThere({ path, value, folder }: SettingKey, layer: Layer): boolean {
  const [section = ''] = path
  const now = leaves(workspace.getConfiguration(undefined, folder).inspect(section)?.[layer], [section])
  return now.some((leaf) => leaf.value === value && leaf.path.join('.') === path.join('.'))
}

/** The same without what stands at the path; in a list an empty text stays, so that the others keep their places. */
export function without(value: unknown, path: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  // A name inside an object may have dots of its own.
  const name = Object.keys(value).find((each) => `${path.join('.')}.`.startsWith(`${each}.`))
  if (name === undefined) return value
  const rest = path.slice(name.split('.').length)
  if (Array.isArray(value)) {
    return value.map((each, index) => (String(index) !== name ? each : rest.length === 0 ? '' : without(each, rest)))
  }
  const entries = Object.entries(value).filter(([each]) => each !== name || rest.length > 0)
  return Object.fromEntries(entries.map(([each, inner]) => [each, each === name ? without(inner, rest) : inner]))
}

/** Settings in which people keep keys in plain text: ours, should somebody put one there, and those of other extensions. */
const settingNames: readonly { of: string; name: RegExp }[] = [
  { of: 'LLM Providers', name: /^llmProviders\./ },
  { of: 'any extension', name: /(?:^|[._-]|[a-z])(?:api|access|auth|secret|bearer)[-_.]?(?:key|token)s?$/i },
  {
    of: 'any extension, by the provider',
    name: /(?:openai|anthropic|claude|gemini|google|groq|mistral|cohere|deepseek|openrouter|azure|ollama)[\w.-]*(?:key|token)$/i,
  },
  {
    of: 'settings of environments, such as terminal.integrated.env',
    name: /(?:^|[._])[A-Z0-9_]+_(?:API_)?(?:KEY|TOKEN)$/,
  },
  { of: 'headers of requests', name: /headers?\.(?:authorization|x-api-key|api-key|x-goog-api-key)$/i },
]

/** Whether the setting of that name is one in which a key may stand. Others are not looked at, whatever they hold. */
export function mayHoldKey(name: string): boolean {
  return settingNames.some((row) => row.name.test(name))
}
