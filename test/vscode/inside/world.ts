import { strict as assert } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { commands, extensions, TabInputWebview, Uri, window, workspace } from 'vscode'
import type { App } from '../../../client/app.ts'
import type { CommandId } from '../../../client/commands/commandTable.ts'
import type { Api } from '../../../client/connection/api.ts'
import type { Activation } from '../../../client/extension.ts'
import type { Place } from '../../../protocol/page.ts'
import type { ResultRecord } from '../../../protocol/results.ts'
import type { RunView } from '../../../protocol/runs.ts'
import { until } from '../../support/vscode/runner.ts'
import { type ScriptedWindow, scriptWindow } from '../../support/vscode/scriptedWindow.ts'

export const extensionId = 'llm-providers.llm-providers'

/** The extension as it runs in this window. Only an editor that was started for tests hands its insides out. */
export async function openApp(): Promise<App & { activation: Activation }> {
  const extension = extensions.getExtension(extensionId)
  assert.ok(extension, 'the extension is not installed')
  return extension.activate() as Promise<App & { activation: Activation }>
}

export async function connected(): Promise<Api> {
  const app = await openApp()
  const api = await app.lifetime.connect()
  assert.ok(api, `the server does not run: ${JSON.stringify(app.lifetime.state)}`)
  await until('the first snapshot', () => app.snapshots.current)
  return api
}

/** Takes the stored profile as it is for the folder, where it is trusted, and for what is in none: what is judged then starts at once. */
export async function chooseStoredProfile(): Promise<void> {
  const api = await connected()
  for (const folder of workspace.isTrusted ? [workspaceFolder(), undefined] : [undefined]) {
    const where = folder === undefined ? {} : { workspaceFolder: folder }
    const chosen = await api.request('profile/choose', { ...where, keep: 'stored' })
    assert.ok(chosen.ok, JSON.stringify(chosen))
  }
}

/** Runs a command with a person in front of it who does what `act` scripts; returns what the person saw. */
export async function perform(
  id: CommandId,
  args: unknown[],
  act: (person: ScriptedWindow) => void = () => {},
): Promise<ScriptedWindow> {
  const person = scriptWindow()
  try {
    act(person)
    await commands.executeCommand(id, ...args)
  } finally {
    person.restore()
  }
  return person
}

export function lastMessage(person: ScriptedWindow): ScriptedWindow['messages'][number] {
  const message = person.messages.at(-1)
  assert.ok(message, 'no message was shown')
  return message
}

export function workspaceFolder(): string {
  const folder = workspace.workspaceFolders?.[0]
  assert.ok(folder, 'no folder is open')
  return folder.uri.fsPath
}

export function writeFile(name: string, text: string): Uri {
  const file = path.join(workspaceFolder(), name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return Uri.file(file)
}

export async function open(uri: Uri) {
  return window.showTextDocument(await workspace.openTextDocument(uri))
}

/** The panel of that kind, once it is in front. */
export async function panelInFront(viewType: `llmProviders.${'results' | 'settings' | 'setup'}`): Promise<void> {
  await until(`the panel ${viewType} in front`, () => {
    const input = window.tabGroups.activeTabGroup.activeTab?.input
    return input instanceof TabInputWebview && input.viewType.endsWith(viewType)
  })
}

/** The run whose results are in front, with the first of them. */
export async function shownResults(): Promise<{ run: RunView; results: ResultRecord[] }> {
  await panelInFront('llmProviders.results')
  const app = await openApp()
  const { runId } = app.resultsPanel
  const api = await app.lifetime.connect()
  assert.ok(api && runId !== null, 'the panel shows no run')
  const run = await api.request('run/get', { runId })
  const results = await api.request('run/results', { runId })
  assert.ok(run.ok && results.ok, 'the run of the panel is not known')
  return { run: run.value, results: results.value.rows }
}

/** Where a command wanted the settings panel to be, once that is in front. */
export async function settingsPlace(): Promise<Place | null> {
  await panelInFront('llmProviders.settings')
  const { settingsPanel } = await openApp()
  await commands.executeCommand('workbench.action.closeAllEditors')
  return settingsPanel.place
}

/** Adds a provider as the panel does, with its key, and tests it with a person in front of the editor. */
export async function addProvider(added: {
  provider: string
  kind: string
  config: Record<string, string>
  key?: string
}): Promise<ScriptedWindow> {
  const { provider, kind, config, key } = added
  const api = await connected()
  const saved = await api.request('provider/save', { provider, kind, config, create: true })
  assert.ok(saved.ok, JSON.stringify(saved))
  const { snapshots } = await openApp()
  await until('the provider', () => snapshots.current?.providers.some((view) => view.provider === provider))
  return key === undefined
    ? perform('llmProviders.testConnection', [provider])
    : perform('llmProviders.setKey', [provider], (person) => person.answer(key))
}

export function readJsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
