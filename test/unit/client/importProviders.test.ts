import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Api } from '../../../client/connection/api.ts'
import { Secrets } from '../../../client/connection/secrets.ts'
import type { Notifier } from '../../../client/forms/notifier.ts'
import { importProviders } from '../../../client/keys/importProviders.ts'
import { startTestServer, type TestServer } from '../../support/protocol/testServer.ts'

type Row = { label: string; picked?: boolean; detail?: string }

const editor = vi.hoisted(() => ({
  l10n: { t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])) },
  env: { language: 'en' },
  QuickPickItemKind: { Separator: -1 },
  workspace: { isTrusted: true, workspaceFolders: undefined, getWorkspaceFolder: () => undefined },
  window: {
    showQuickPick: vi.fn(),
    showInformationMessage: vi.fn(),
    showWarningMessage: vi.fn(),
    showOpenDialog: vi.fn(),
  },
}))
vi.mock('vscode', () => editor)

const key = 'sk-fake-0123456789abcdefghijwxyz'
let folder = ''
let server: TestServer
const stored = new Map<string, string>()
const failures: string[] = []

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'key-on-purpose-'))
  server = await startTestServer()
  stored.clear()
  failures.length = 0
  vi.clearAllMocks()
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const parts = {
  secrets: new Secrets(
    {
      keys: async () => [...stored.keys()],
      get: async (name) => stored.get(name),
      store: async (name, value) => void stored.set(name, value),
      delete: async (name) => void stored.delete(name),
      onDidChange: () => ({ dispose: () => undefined }),
    },
    () => undefined,
  ),
  notifier: {
    showFailure: async ({ code }: { code: string }) => void failures.push(code),
    log: (line: string) => expect(line).not.toContain(key),
  } as unknown as Notifier,
}

async function bring(text: string): Promise<void> {
  const named = path.join(folder, 'config.yaml')
  await writeFile(named, text)
  const api = { request: server.request, notify: async () => undefined } as unknown as Api
  await importProviders(api, [{ fsPath: named }] as never, parts)
}

const yaml = `models:
  - { name: fast, provider: openai, model: gpt-4o-mini, apiKey: "${key}" }
  - { name: odd, provider: bedrock, model: x }
`

test('the list has everything chosen but what is left out; its keys are copied once that is agreed to', async () => {
  editor.window.showQuickPick.mockImplementationOnce(async (rows: Row[]) => rows.filter(({ picked }) => picked))
  editor.window.showInformationMessage.mockImplementation(async (_: string, options: unknown) =>
    typeof options === 'object' ? 'Copy' : undefined,
  )
  await bring(yaml)
  const rows = editor.window.showQuickPick.mock.calls[0]?.[0] as Row[]
  expect(rows.map(({ label }) => label)).toEqual([
    ...['$(server) openai', '$(symbol-misc) gpt-4o-mini', '$(tag) fast', 'Left out', '$(circle-slash) odd'],
  ])
  expect(JSON.stringify(editor.window.showQuickPick.mock.calls)).not.toContain(key)
  expect(await server.request('alias/list', {})).toMatchObject({ ok: true, value: [{ alias: 'fast' }] })
  expect(await parts.secrets.answer({ provider: 'openai', origin: 'https://api.openai.com' })).toMatchObject({
    value: { key },
  })
  expect(failures).toEqual([])
})

test('whoever leaves the list, or does not agree, changes nothing more', async () => {
  editor.window.showQuickPick.mockResolvedValueOnce(undefined)
  await bring(yaml)
  expect(await server.request('alias/list', {})).toMatchObject({ value: [] })
  editor.window.showQuickPick.mockImplementationOnce(async (rows: Row[]) => rows.filter(({ picked }) => picked))
  editor.window.showInformationMessage.mockResolvedValue(undefined)
  await bring(yaml)
  expect(stored.size).toBe(0)
})

test('a file that is none is told by its reason', async () => {
  await bring('a: [')
  expect(failures).toEqual(['source_invalid'])
  expect(editor.window.showQuickPick).not.toHaveBeenCalled()
})
