import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRecord } from '../../protocol/results.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

let folder: string
let profile: string
let server: TestServer
let judge: FakeModelServer
let vectors: ScriptedServer
/** Texts that were embedded, in order. */
let embedded: string[]
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'like-examples-')))
  profile = join(folder, '.llm-providers', 'profile.yaml')
  await mkdir(join(folder, '.llm-providers'))
  await writeProfile('likeness')
  judge = await startFakeModelServer({ models: ['judge'] })
  vectors = await startScriptedServer()
  embedded = []
  vectors.play((response, { body }) => {
    const texts = [JSON.parse(body).input].flat() as string[]
    embedded.push(...texts)
    const data = texts.map((text, index) => ({ index, embedding: vectorOf(text) }))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data, usage: { prompt_tokens: texts.length, total_tokens: texts.length } }))
  })
  server = await startTestServer({ dataDir: join(folder, '.data') })
  const kind = 'openai-compatible'
  await server.request('provider/save', { provider: 'judge', kind, config: { base_url: `${judge.origin}/v1` } })
  await server.request('provider/save', { provider: 'vec', kind, config: { base_url: `${vectors.origin}/v1` } })
  await server.request('model/save', {
    provider: 'vec',
    model: 'e',
    type: 'embedding',
    status: 'active',
    parameters: {},
  })
  await server.request('model/setDefault', { provider: 'vec', model: 'e' })
  for (const text of labelled)
    await server.request('label/save', {
      workspaceFolder: folder,
      label: { id: text, inputHash: hashOf(text), text, categories: [text.includes('refund') ? 'Money' : 'Bug'] },
    })
  await writeFile(join(folder, 'in.csv'), 'id,text\n1,the refund is late\n2,it crashes again\n3,the screen is dark\n')
})
afterEach(async () => {
  await server.stop()
  await judge.close()
  await vectors.close()
  await rm(folder, { recursive: true, force: true })
})

const labelled = ['a crash at start', 'crashes on save', 'my refund never came', 'refund please', 'a dark screen']
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function vectorOf(text: string): number[] {
  return ['crash', 'refund', 'screen'].map((word) => text.split(word).length - 1).concat(0.1)
}

async function writeProfile(by: 'spread' | 'likeness'): Promise<void> {
  await writeFile(
    profile,
    `categories:\n  - name: Bug\n  - name: Money\nexamples:\n  use: true\n  count: 2\n  by: ${by}\n`,
  )
}

async function run(changes: object = {}): Promise<ResultRecord[]> {
  const started = await server.request('run/start', {
    ...{ tasks: ['categorization'], source: { kind: 'paths', paths: [join(folder, 'in.csv')] } },
    ...{ override: { provider: 'judge', model: 'judge' }, workspaceFolder: folder, batchSize: 1, reuse: 'none' },
    ...changes,
  })
  if (!started.ok) throw new Error(started.reason.message)
  const { runId } = started.value
  await expect
    .poll(
      async () => {
        const view = await server.request('run/get', { runId })
        return view.ok && view.value.finishedAt !== null
      },
      { timeout: 20_000 },
    )
    .toBe(true)
  const results = await server.request('run/results', { runId })
  if (!results.ok) throw new Error(results.reason.message)
  return results.value.rows
}

/** The labels that were shown for each item, by its id. */
const shownOf = (results: readonly ResultRecord[]) =>
  Object.fromEntries(
    results.map(({ id, receipts }) => [
      id,
      receipts.categorization?.examples?.shown.map((hash) => labelled.find((text) => hashOf(text) === hash)),
    ]),
  )

/** What a run would take, of which the server tells nobody. */
async function estimate(changes: object = {}) {
  const found = await server.request('run/estimate', {
    ...{ tasks: ['categorization', 'scoring'], source: { kind: 'paths', paths: [join(folder, 'in.csv')] } },
    ...{ override: { provider: 'judge', model: 'judge' }, workspaceFolder: folder, reuse: 'none' },
    ...changes,
  })
  if (!found.ok) throw new Error(found.reason.message)
  return found.value
}

test('an estimate counts what is embedded and its price, and calls nobody', async () => {
  const characters = (texts: readonly string[]) => texts.join('').length
  const items = ['the refund is late', 'it crashes again', 'the screen is dark']
  const first = await estimate()
  const all = Math.ceil(characters([...items, ...labelled]) / 4)
  expect(first.embedding).toEqual({ provider: 'vec', model: 'e', texts: 8, inputTokens: all, costUsd: null })
  expect(embedded).toEqual([])
  for (const [provider, model, type] of [
    ['vec', 'e', 'embedding'],
    ['judge', 'judge', 'generation'],
  ] as const) {
    const price = type === 'embedding' ? { input: 1000 } : { input: 0, output: 0 }
    await server.request('model/save', { provider, model, type, status: 'active', parameters: {}, price })
  }
  const priced = await estimate()
  expect(priced.embedding?.costUsd).toBeCloseTo(all / 1000, 9)
  expect(priced.costUsd?.low).toBeCloseTo((all / 1000) * 0.6, 9)
  await run()
  // Those of the examples are there by now.
  expect((await estimate()).embedding).toMatchObject({ texts: 3, inputTokens: Math.ceil(characters(items) / 4) })
  expect((await estimate({ limit: 1 })).embedding).toMatchObject({ texts: 1 })
  await writeProfile('spread')
  expect((await estimate()).embedding).toBeUndefined()
})

test('each item is shown the labels that are like it, and the receipt names them', async () => {
  const results = await run()
  const shown = shownOf(results)
  expect(shown['1']).toEqual(expect.arrayContaining(['my refund never came', 'refund please']))
  expect(shown['2']).toEqual(expect.arrayContaining(['a crash at start', 'crashes on save']))
  expect(shown['3']?.[0]).toBe('a dark screen')
  expect(results.every(({ receipts }) => receipts.categorization?.examples?.by === 'likeness')).toBe(true)
  const systems = judge.chats.map(({ body }) => JSON.stringify(body.messages))
  const ofRefund = systems.find((text) => text.includes('the refund is late'))
  expect(ofRefund).toContain('my refund never came')
  expect(ofRefund).not.toContain('crashes on save')
  expect(new Set(results.map(({ receipts }) => receipts.categorization?.promptHash)).size).toBe(1)

  embedded = []
  await run()
  expect(embedded.filter((text) => labelled.includes(text))).toEqual([])
  expect(embedded.toSorted()).toEqual(['it crashes again', 'the refund is late', 'the screen is dark'])
  const usage = await server.request('usage/read', { groupBy: ['task'] })
  expect(usage).toMatchObject({
    value: { rows: expect.arrayContaining([expect.objectContaining({ task: 'embedding' })]) },
  })
})

test('an item that is labelled is not its own example', async () => {
  await writeFile(join(folder, 'in.csv'), 'id,text\n1,refund please\n')
  expect(shownOf(await run())['1']).not.toContain('refund please')
})

test('without a model that tells likeness, some of each kind are shown, and the receipt says so', async () => {
  const hashes = new Set<string | undefined>()
  const check = async () => {
    const results = await run()
    for (const { status, receipts } of results) {
      expect(status).toBe('ok')
      expect(receipts.categorization?.examples).toMatchObject({
        by: 'spread',
        shown: [expect.any(String), expect.any(String)],
      })
      hashes.add(receipts.categorization?.promptHash)
    }
    const shown = shownOf(results)
    expect(shown['1']).toEqual(shown['2'])
  }
  // It fails when it is asked.
  vectors.play((response) => void response.writeHead(401).end())
  await check()
  // It gives other vectors for items than for labels.
  vectors.play((response, { body }) => {
    const texts = [JSON.parse(body).input].flat() as string[]
    const data = texts.map((text, index) => ({ index, embedding: labelled.includes(text) ? vectorOf(text) : [1] }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  await check()
  // There is no default.
  await server.request('model/setDefault', { provider: 'vec', model: 'e', isDefault: false })
  await check()
  expect(hashes.size).toBe(2)
})

test('a profile that does not ask for it is asked as before', async () => {
  await writeProfile('spread')
  const [spread] = await run()
  await writeFile(profile, 'categories:\n  - name: Bug\n  - name: Money\nexamples:\n  use: true\n  count: 2\n')
  const [absent] = await run()
  expect(absent?.receipts.categorization?.examples).toBeUndefined()
  expect(spread?.receipts.categorization?.promptHash).toBe(absent?.receipts.categorization?.promptHash)
  expect(embedded).toEqual([])
})
