import {
  EventEmitter,
  l10n,
  type McpServerDefinitionProvider,
  McpStdioServerDefinition,
  type WorkspaceFolder,
  workspace,
} from 'vscode'
import { networkVariables } from './networkSettings.ts'
import type { ServerLifetime } from './serverLifetime.ts'
import { type Settings, type SettingValues, userSetting } from './settings.ts'

/** As the manifest declares it. */
export const mcpProviderId = 'llm-providers'

interface McpOfferParts {
  /** Absolute path of dist/cli.js. */
  program: string
  version: string
  lifetime: Pick<ServerLifetime, 'settle'>
  settings: Pick<Settings, 'read' | 'changes'>
}

/**
 * The terminal's `mcp`, offered to the editor's own models: one process a trusted folder, which sees nothing outside of it. It reads this
 * editor's data; keys that the editor keeps stay here, and the process has those of variables and of the keyring.
 */
export class McpOffer implements McpServerDefinitionProvider<McpStdioServerDefinition> {
  readonly #parts: McpOfferParts
  readonly #changed = new EventEmitter<void>()
  readonly #listening: readonly { dispose(): unknown }[]
  readonly onDidChangeMcpServerDefinitions = this.#changed.event

  constructor(parts: McpOfferParts) {
    this.#parts = parts
    this.#listening = [
      parts.settings.changes.listen(() => this.#changed.fire()),
      workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()),
      workspace.onDidChangeWorkspaceFolders(() => this.#changed.fire()),
    ]
  }

  provideMcpServerDefinitions(): McpStdioServerDefinition[] {
    if (!workspace.isTrusted) return []
    return (workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map((folder) => this.#offer(folder))
  }

  /** Only now it has to be known where the data is, which a move may decide. */
  async resolveMcpServerDefinition(definition: McpStdioServerDefinition): Promise<McpStdioServerDefinition> {
    const state = await this.#parts.lifetime.settle()
    if (state.kind !== 'running')
      throw new Error(state.kind === 'failed' ? state.detail : l10n.t('The background server is not running.'))
    definition.args = [...definition.args, '--data-dir', state.process.info.dataDir]
    return definition
  }

  dispose(): void {
    for (const each of this.#listening) each.dispose()
    this.#changed.dispose()
  }

  #offer({ uri, name, index }: WorkspaceFolder): McpStdioServerDefinition {
    const { program, version, settings } = this.#parts
    const values = settings.read(uri)
    const label = index === 0 ? 'LLM Providers' : `LLM Providers (${name})`
    const variables = networkVariables(process.env, { get: userSetting })
    // The editor's own Node, which on a desktop is the editor itself.
    const env = { ...variables, ELECTRON_RUN_AS_NODE: '1' }
    // What a folder may not do is part of the version: the editor asks for tools again when it changes.
    const flags = flagsOf(values)
    const definition = new McpStdioServerDefinition(
      label,
      process.execPath,
      [program, 'mcp', ...flags],
      env,
      [version, ...flags].join(' '),
    )
    definition.cwd = uri
    return definition
  }
}

function flagsOf({ mcpAllowRuns, maxCostUsd }: SettingValues): string[] {
  if (!mcpAllowRuns) return []
  return ['--allow-runs', ...(maxCostUsd === undefined ? [] : ['--max-cost', String(maxCostUsd)])]
}
