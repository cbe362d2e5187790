import { strict as assert } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { commands, extensions, TabInputWebview, type TextDocument, Uri, window, workspace } from 'vscode'
import type { App } from '../../../client/app.ts'
import type { CommandId } from '../../../client/commands/commandIds.ts'
import type { Api } from '../../../client/connection/api.ts'
import type { Activation } from '../../../client/extension.ts'
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

/** The results that are in front, as the panel shows them as text. */
export async function resultsPage(): Promise<TextDocument> {
  const app = await openApp()
  const tab = () => window.tabGroups.activeTabGroup.activeTab?.input
  await until('the results panel in front', () => {
    const input = tab()
    return input instanceof TabInputWebview && input.viewType.endsWith('llmProviders.results')
  })
  const { runId } = app.resultsPanel
  const api = await app.lifetime.connect()
  assert.ok(api && runId !== null, 'the panel shows no run')
  const run = await api.request('run/get', { runId })
  assert.ok(run.ok, 'the run of the panel is not known')
  await app.documents.showResults(run.value)
  return until('a page of results in front', () => {
    const document = window.activeTextEditor?.document
    return document?.uri.scheme === 'llm-providers-results' ? document : undefined
  })
}

export function readJsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
