import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { CancellationTokenSource } from 'vscode-jsonrpc'
import type { ResultFilter } from '../../protocol/resultQueries.ts'
import { sha256 } from '../../server/items/hashes.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { StoreFolders } from '../support/store/storeFolder.ts'
import { madeRecord, makeRuns } from '../support/webview/madeRuns.ts'

const runId = '20261121t093000000z-made01'
const folders = new StoreFolders()
let server: TestServer
let source: string

const unwrap = <Value>(outcome: { ok: true; value: Value } | { ok: false; reason: unknown }): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.reason))
  return outcome.value
}

/** Their results say nothing of their texts: not even the first words. */
const texts = ['The Compiler stops.', 'A vaccine was tested.', 'The compiler is fast.', 'Ein Größenvergleich.']

beforeEach(async () => {
  const dataDir = await makeRuns(folders, [
    { runId, items: 4, record: (at) => madeRecord(runId, at, { inputHash: sha256(texts[at] as string) }) },
  ])
  source = path.join(dataDir, 'items.jsonl')
  await writeRows(texts)
  server = await startTestServer({ dataDir })
})
afterEach(() => server.stop())
afterAll(() => folders.dispose())

async function writeRows(rows: readonly string[], idOf = (at: number) => `item-${at}`): Promise<void> {
  await writeFile(source, rows.map((text, at) => `${JSON.stringify({ id: idOf(at), text })}\n`).join(''))
}

async function search(words: string, more: Partial<ResultFilter> = {}) {
  const page = unwrap(await server.request('run/results', { runId, filter: { search: words, ...more } }))
  return { ids: page.rows.map(({ id }) => id), total: page.total, unsearched: page.unsearched }
}

test('a search looks into the whole text of each item, in any case of letters, beside what the results say', async () => {
  expect(await search('COMPILER')).toEqual({ ids: ['item-0', 'item-2'], total: 2 })
  expect(await search('größenV')).toMatchObject({ ids: ['item-3'] })
  expect(await search('is number 2,')).toMatchObject({ ids: ['item-2'] })
  expect(await search('compiler', { minScore: 0.1 })).toMatchObject({ ids: ['item-2'] })
  expect(await search('nowhere')).toEqual({ ids: [], total: 0 })
  const summary = unwrap(await server.request('run/summary', { runId, filter: { search: 'compiler' } }))
  expect(summary.items).toBe(2)
})

test('texts that have moved are searched where they are now; changed ones are not, which is told', async () => {
  await writeRows(
    ['A new row on top.', texts[2] as string, 'Another compiler.', ...texts.slice(0, 2)],
    (at) => `row-${at}`,
  )
  expect(await search('compiler')).toEqual({ ids: ['item-0', 'item-2'], total: 2, unsearched: 1 })
  await rm(source)
  expect(await search('compiler')).toEqual({ ids: ['item-0', 'item-2'], total: 2, unsearched: 1 })
})

test('a source that is gone leaves what the results say', async () => {
  await rm(source)
  expect(await search('vaccine')).toEqual({ ids: [], total: 0, unsearched: 4 })
  expect(await search('is number 2,')).toEqual({ ids: ['item-2'], total: 1, unsearched: 4 })
  const target = `${source}.csv`
  const written = await server.request('run/export', {
    runId,
    path: target,
    format: 'csv',
    filter: { search: 'item-2' },
  })
  expect(unwrap(written)).toMatchObject({ items: 1, unsearched: 4 })
  expect(await readFile(target, 'utf8')).toContain('item-2')
})

test('equal texts are found all, also after a row has come before them', async () => {
  const dataDir = await makeRuns(folders, [
    {
      runId,
      items: 400,
      record: (at) => madeRecord(runId, at, { inputHash: sha256(at % 2 ? 'Again.' : `Once ${at}.`) }),
    },
  ])
  const own = await startTestServer({ dataDir })
  try {
    const rows = Array.from({ length: 400 }, (_, at) => (at % 2 ? 'Again.' : `Once ${at}.`))
    source = path.join(dataDir, 'items.jsonl')
    await writeRows(['First.', ...rows])
    const found = unwrap(await own.request('run/results', { runId, filter: { search: 'again.' } }))
    expect(found).toMatchObject({ total: 200 })
    expect(found.unsearched).toBeUndefined()
  } finally {
    await own.stop()
  }
})

test('a search that nobody waits for any more is given up', async () => {
  const giveUp = new CancellationTokenSource()
  giveUp.cancel()
  const answer = await server.connection.sendRequest(
    'run/results',
    { runId, filter: { search: 'compiler' } },
    giveUp.token,
  )
  expect(answer).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
})
