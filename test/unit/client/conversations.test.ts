import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { ServerLifetime } from '../../../client/connection/serverLifetime.ts'
import { createMiddleware } from '../../../client/inFile/middleware.ts'
import { createThreadsCommands } from '../../../client/panel/threadsCommands.ts'
import { askAbout } from '../../../client/threads/askAbout.ts'
import type { ThreadAbout } from '../../../protocol/threads.ts'
import { threadsTalk } from '../../../protocol/threadsPage.ts'
import { startTestServer, type TestServer } from '../../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { StoreFolders } from '../../support/store/storeFolder.ts'
import { idOf, madeRecord, makeRuns } from '../../support/webview/madeRuns.ts'

const editor = vi.hoisted(() => {
  class Uri {
    readonly fsPath: string
    constructor(fsPath: string) {
      this.fsPath = fsPath
    }
    static file(fsPath: string) {
      return new Uri(fsPath)
    }
    static parse(address: string) {
      return new Uri(address)
    }
    toString() {
      return this.fsPath
    }
  }
  class MarkdownString {
    isTrusted: unknown = false
    readonly value: string
    constructor(value: string) {
      this.value = value
    }
  }
  class Hover {
    readonly contents: unknown
    constructor(contents: unknown) {
      this.contents = contents
    }
  }
  return {
    ...{ Uri, MarkdownString, Hover, Range: class {} },
    l10n: {
      t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, at) => String(values[Number(at)])),
    },
    commands: { executeCommand: vi.fn() },
    env: { language: 'en', openExternal: vi.fn(), clipboard: { writeText: vi.fn() } },
    window: { showSaveDialog: vi.fn(), showTextDocument: vi.fn() },
    workspace: { workspaceFolders: undefined, isTrusted: true, fs: { writeFile: vi.fn() } },
  }
})
vi.mock('vscode', () => editor)

const runId = '20261121t093000000z-made01'

let folder: string
let server: TestServer
let models: FakeModelServer
const folders = new StoreFolders()
const openResults = vi.fn()
const openSettings = vi.fn()

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'conversations-'))
  models = await startFakeModelServer({ models: ['writer'] })
  const dataDir = await makeRuns(folders, [{ runId, items: 30, isKept: true, record: (at) => madeRecord(runId, at) }])
  server = await startTestServer({ dataDir })
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
})
afterAll(async () => {
  await server?.stop()
  await models?.close()
  await folders.dispose()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => vi.clearAllMocks())

function commandsOfPage() {
  const lifetime = { connect: async () => ({ request: server.request }) } as unknown as ServerLifetime
  return createThreadsCommands({ lifetime, notifier: { runAction: vi.fn() }, panels: { openResults, openSettings } })
}

/** A conversation in which something was answered. */
async function talk(about: ThreadAbout | undefined, text: string) {
  models.decide(() => ({ kind: 'text', text }))
  const created = await server.request('thread/create', { provider: 'local', model: 'writer', ...(about && { about }) })
  if (!created.ok) throw new Error(created.reason.message)
  const threadId = created.value.id
  const run = commandsOfPage()
  const sent = (await run('send', { threadId, text: 'What?' })) as { ok: true; value: { answer: { id: string } } }
  const { answer } = sent.value
  const read = await server.request('thread/get', { threadId })
  const cited = read.ok ? (read.value.rows.at(-1)?.context?.cited ?? []) : []
  return { threadId, messageId: answer.id, cited, run }
}

test('a citation of a run opens its result, and the run is what the conversation is about', async () => {
  const { threadId, messageId, cited, run } = await talk({ kind: 'run', runId }, `It is [${idOf(4)}].`)
  expect(cited).toHaveLength(1)
  const { id, inputHash } = cited[0] ?? { id: '', inputHash: '' }
  expect(await run('openCitation', { threadId, messageId, id, inputHash })).toBeNull()
  expect(openResults).toHaveBeenLastCalledWith({ runId, item: { id: idOf(4), inputHash } })
  expect(await run('openAbout', { threadId })).toBeNull()
  expect(openResults).toHaveBeenLastCalledWith({ runId })
})

test('a citation of a file opens it at its line; a file that is gone, and what was not cited, is told', async () => {
  const file = path.join(folder, 'rows.csv')
  await writeFile(file, 'id,text\na1,The first\na2,The second\n')
  const { threadId, messageId, cited, run } = await talk({ kind: 'source', path: file }, 'It is [a2].')
  const { id, inputHash } = cited[0] ?? { id: '', inputHash: '' }
  const asked = { threadId, messageId, id, inputHash }
  expect(await run('openCitation', asked)).toBeNull()
  expect(editor.commands.executeCommand).toHaveBeenLastCalledWith(
    'vscode.open',
    expect.objectContaining({ fsPath: file }),
    expect.anything(),
  )
  expect(await run('openCitation', { ...asked, id: 'a1' })).toBe('It is not known where this item stands.')
  await rm(file)
  expect(await run('openCitation', asked)).toBe(`The file ${file} no longer exists.`)
  expect(await run('openAbout', { threadId })).toBe(`The file ${file} no longer exists.`)
})

test('a conversation is exported as Markdown, without what steers a reader', async () => {
  const { threadId, run } = await talk(undefined, 'Yes\u202e, \u001b[31mred.')
  const target = new editor.Uri(path.join(folder, 'out.md'))
  editor.window.showSaveDialog.mockResolvedValueOnce(undefined).mockResolvedValueOnce(target)
  editor.workspace.fs.writeFile.mockImplementation(async (uri: { fsPath: string }, bytes: Buffer) =>
    writeFile(uri.fsPath, bytes),
  )
  expect(await run('exportThread', { threadId })).toBeNull()
  expect(editor.workspace.fs.writeFile).not.toHaveBeenCalled()
  expect(await run('exportThread', { threadId })).toBeNull()
  expect(await readFile(target.fsPath, 'utf8')).toMatch(
    /^# What\?\n\n> What\?\n\nYes, \[31mred\.\n\n_local\/writer · .* · price unknown_\n$/,
  )
  editor.window.showSaveDialog.mockResolvedValueOnce(target)
  editor.workspace.fs.writeFile.mockRejectedValueOnce(new Error('the disk is full'))
  expect(await run('exportThread', { threadId })).toBe('The file could not be written: the disk is full')
})

test('a conversation that is about nothing that there is is not begun', async () => {
  const api = { request: server.request } as never
  const panels = { openConversations: vi.fn() }
  expect(await askAbout(api, { kind: 'run', runId: '20261121t093000000z-gone01' }, panels)).toMatchObject({
    reason: { code: 'not_found', what: 'run' },
  })
  expect(panels.openConversations).not.toHaveBeenCalled()
  expect(await askAbout(api, { kind: 'run', runId, ids: [idOf(1)] }, panels)).toEqual({ ok: true, value: null })
  expect(panels.openConversations).toHaveBeenCalledWith({ threadId: expect.any(String) })
})

test('only our own line under a hover may name a command, and only ours', async () => {
  const place = { uri: 'file:///a.csv', key: 'a'.repeat(24) }
  const written = new editor.MarkdownString('[run](command:workbench.action.quit)')
  const hoverWith = async (recordAt: () => Promise<typeof place | null>) => {
    const { middleware } = createMiddleware({
      ...{ wants: () => ({ hints: true, diagnostics: true }), hasResults: () => true, isSent: () => true },
      ...{ forget: () => false, onHints: () => {}, recordAt },
    })
    const hover = await middleware.provideHover?.({ uri: place.uri } as never, {} as never, {} as never, async () => {
      return { contents: [written] } as never
    })
    return (hover?.contents ?? []) as unknown as { value: string; isTrusted: unknown }[]
  }
  const [theirs, ours] = await hoverWith(async () => place)
  expect(theirs).toMatchObject({ isTrusted: false })
  expect(ours?.isTrusted).toEqual({ enabledCommands: ['llmProviders.askAboutRecord'] })
  expect(decodeURIComponent(ours?.value ?? '')).toBe(
    `[Ask about this](command:llmProviders.askAboutRecord?${JSON.stringify([place])})`,
  )
  expect(await hoverWith(async () => null)).toEqual([written])
})

const threadId = '20261121t093000000z-made01'
test.each([
  ['openAddress', { address: 'command:workbench.action.quit' }],
  ['openAddress', { address: 'file:///etc/passwd' }],
  ['openAddress', { address: 'vscode://file/etc/passwd' }],
  ['openAddress', { address: `https:${'x'.repeat(10_000)}` }],
  ['openCitation', { threadId, messageId: threadId, id: 'a', inputHash: 'b', file: '/etc/passwd' }],
  ['openAbout', { threadId, path: '/etc/passwd' }],
  ['send', { threadId, text: 'x'.repeat(500_001) }],
  ['send', { threadId, text: 'x', about: { kind: 'source', path: '/etc/passwd' } }],
] as const)('the page may not ask for %s with %j', (name, args) => {
  expect(threadsTalk.commands[name].args.safeParse(args).success).toBe(false)
})

test('the page names no file that a conversation could be about', () => {
  const create = threadsTalk.requests['thread/create']
  expect(create?.safeParse({ about: { kind: 'source', path: '/etc/passwd' } }).success).toBe(false)
  expect(create?.safeParse({ title: 'Mine' }).success).toBe(true)
})
