import { cpSync, existsSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { markMoved } from '../../server/store/migrations.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'

const folders = new StoreFolders()
const servers: TestServer[] = []
let dataDir: string
let storage: string
beforeEach(() => {
  const base = folders.make()
  dataDir = path.join(base, 'share', 'llm-providers')
  storage = path.join(base, 'editor')
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
  await folders.dispose()
})

async function start(options: Parameters<typeof startTestServer>[0]): Promise<TestServer> {
  const server = await startTestServer({ dataDir, ...options })
  servers.push(server)
  return server
}

const startEditor = (leaves = false) => start({ client: { surface: 'editor', editor: { folder: storage, leaves } } })
const startTerminal = () => start({ client: { surface: 'terminal' } })

async function addProvider(server: TestServer, provider: string): Promise<void> {
  const config = { base_url: 'http://127.0.0.1:1/v1' }
  expect(await server.request('provider/save', { provider, kind: 'openai-compatible', config })).toMatchObject({
    ok: true,
  })
}

async function providersOf(server: TestServer): Promise<string[]> {
  const listed = await server.request('provider/list')
  return listed.ok ? listed.value.map(({ provider }) => provider).filter((each) => each !== 'builtin') : []
}

/** An editor of before, which named its own storage as its data folder. */
async function usedBefore(...providers: string[]): Promise<void> {
  const before = await start({ dataDir: storage })
  for (const provider of providers) await addProvider(before, provider)
  await before.stop()
}

test('what the editor had is what the terminal has, and what one changes the other sees', async () => {
  await usedBefore('work')
  const editor = await startEditor()
  expect(editor.info).toMatchObject({ dataDir, editor: { state: 'moved', folder: storage, dataFolder: dataDir } })
  const terminal = await startTerminal()
  expect(await providersOf(terminal)).toEqual(['work'])
  await addProvider(terminal, 'home')
  expect((await providersOf(editor)).sort()).toEqual(['home', 'work'])
  expect(await terminal.request('places/read')).toMatchObject({
    value: { editors: [{ folder: storage, state: 'moved', exists: true }] },
  })
})

test('two editors that start at once over one storage end in one folder', async () => {
  await usedBefore('work')
  const editors = await Promise.all([startEditor(), startEditor()])
  expect(editors.map(({ info }) => [info?.dataDir, info?.editor?.state])).toEqual([
    [dataDir, 'moved'],
    [dataDir, 'moved'],
  ])
})

test('beside a terminal with data of its own the editor goes on with its own, until a person chooses', async () => {
  await usedBefore('work')
  const terminal = await startTerminal()
  await addProvider(terminal, 'home')
  const editor = await startEditor()
  expect(editor.info).toMatchObject({ dataDir: storage, editor: { state: 'apart' } })
  await addProvider(editor, 'more')
  expect((await providersOf(editor)).sort()).toEqual(['more', 'work'])
  expect(await providersOf(terminal)).toEqual(['home'])
  await editor.stop()
  const chosen = await startEditor(true)
  expect(chosen.info).toMatchObject({ dataDir, editor: { state: 'left' } })
  expect(await providersOf(chosen)).toEqual(['home'])
  expect((await startEditor()).info).toMatchObject({ dataDir, editor: { state: 'left' } })
  expect(existsSync(path.join(storage, 'moved.json'))).toBe(true)
})

test('an editor that is open over its own storage says so when another window moves it', async () => {
  await usedBefore('work')
  const old = await start({ dataDir: storage })
  expect((await startEditor()).info?.editor?.state).toBe('moved')
  const refused = await old.request('preferences/save', { interests: 'late' })
  expect(refused).toMatchObject({
    ok: false,
    reason: { code: 'store_read_only', cause: 'moved', action: { id: 'reload' } },
  })
})

test('beside a newer version nothing can be saved, and the start says so', async () => {
  await usedBefore('work')
  cpSync(storage, dataDir, { recursive: true })
  const store = await folders.open(dataDir)
  // As one of the next version leaves it: one more migration, which this one does not know.
  await store.change((database) => {
    markMoved(database, '2026-11-21T12:00:00.000Z')
    database.run("UPDATE schema_migrations SET sha256 = 'of a later one' WHERE sha256 = 'moved'")
    return { ok: true, value: null }
  })
  await store.close()
  const editor = await start({ client: { surface: 'editor' } })
  expect(editor.info?.store).toMatchObject({
    mode: 'read-only',
    reason: { code: 'store_read_only', cause: 'newer_version', action: { id: 'updateProduct' } },
  })
  expect(await providersOf(editor)).toEqual(['work'])
})
