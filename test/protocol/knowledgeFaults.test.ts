import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

let folder: string
let docs: string
let server: TestServer
let models: ScriptedServer
let embedded: string[]
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'knowledge-faults-')))
  docs = join(folder, 'docs')
  await mkdir(docs)
  models = await startScriptedServer()
  embedded = []
  answerWith(JSON.stringify)
  server = await startTestServer({ dataDir: join(folder, '.data') })
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
  await server.request('kb/create', { name: 'docs', sources: [{ kind: 'path', path: docs }], embed })
})
afterEach(async () => {
  await server.stop()
  await models.close()
  await rm(folder, { recursive: true, force: true })
})

const embed = { provider: 'local', model: 'vec' }
const build = () => server.request('kb/build', { name: 'docs' })
const search = (text: string, limit = 10) => server.request('kb/search', { name: 'docs', text, limit })

function vectorOf(text: string): number[] {
  return ['red', 'blue', 'green'].map((word) => text.split(word).length - 1).concat(0.1)
}

/** `write` makes JSON of the answer, or what is none. `onCall` may change the world before it comes. */
function answerWith(write: (answer: object) => string, vector: (text: string) => unknown[] = vectorOf): void {
  models.play((response, { body }) => {
    const texts = [JSON.parse(body).input].flat() as string[]
    embedded.push(...texts)
    const data = texts.map((text, index) => ({ index, embedding: vector(text) }))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(write({ data, usage: { prompt_tokens: texts.length, total_tokens: texts.length } }))
  })
}

test('what has no texts is in the base as it is structured', async () => {
  const settings = { theme: { colour: 'red', ratio: 1.5 }, ports: [80, 443] }
  await writeFile(join(docs, 'settings.json'), JSON.stringify(settings, null, 2))
  const rows = Array.from({ length: 400 }, (_, at) => ({ sku: at, price: at * 2, colour: at === 399 ? 'blue' : 'no' }))
  await writeFile(join(docs, 'prices.json'), JSON.stringify({ shop: { rows } }, null, 1))
  await writeFile(join(docs, 'points.csv'), 'x,y\n1,2\n3,4\n')
  await writeFile(join(docs, 'counts.jsonl'), '{"n":1}\n{"n":2}\n')
  expect(await build()).toMatchObject({ ok: true, value: { base: { files: 4 }, unreadable: [] } })
  const found = await search('blue', 1)
  if (!found.ok) throw new Error(found.reason.message)
  const [hit] = found.value.hits
  expect(hit?.heading).toBe('shop › rows')
  expect(hit?.text).toContain('"sku": 399')
  expect(hit?.item).toBe('prices.json')
  const line = (await readFile(join(docs, 'prices.json'), 'utf8')).split('\n')[(hit?.line ?? 0) - 1]
  expect(line?.trim()).toBe('{')
  expect(embedded.every((text) => text.length <= 4000)).toBe(true)
})

test('binary files, links in circles, a million characters and an endless list leave the rest as it is', async () => {
  await writeFile(join(docs, 'picture.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 0, 0]))
  await writeFile(join(docs, 'half.txt'), Buffer.from([0x66, 0xc3, 0x28, 0xff, 0xfe, 0x66]))
  await symlink(docs, join(docs, 'again'))
  await symlink(join(docs, 'me.md'), join(docs, 'me.md'))
  await writeFile(join(docs, 'large.txt'), 'a green word and more '.repeat(50_000))
  await writeFile(join(docs, 'deep.json'), `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)
  await writeFile(join(docs, 'good.md'), '# Good\n\nA red thing.\n')
  const built = await build()
  expect(built).toMatchObject({ ok: true })
  const found = await search('red', 1)
  expect(found).toMatchObject({ value: { hits: [{ heading: 'Good' }] } })
  expect(embedded.every((text) => text.length <= 4000)).toBe(true)
  await expect(search('x'.repeat(1 << 20))).rejects.toThrow(/text/)
  expect(await search('red', 1)).toMatchObject({ ok: true })
})

test.each([
  ['no number', (answer: object) => JSON.stringify(answer).replaceAll('0.1', 'NaN')],
  ['a number beyond all', (answer: object) => JSON.stringify(answer).replaceAll('0.1', '1e999')],
  ['nothing in its place', (answer: object) => JSON.stringify(answer).replaceAll('0.1', 'null')],
])('a vector with %s is refused with one action, and costs the base nothing', async (_, write) => {
  await writeFile(join(docs, 'one.md'), 'A red thing.\n')
  await build()
  await writeFile(join(docs, 'two.md'), 'A blue thing.\n')
  answerWith(write)
  for (const refused of [await build(), await search('red')])
    expect(refused).toMatchObject({ reason: { code: 'invalid_response', action: { id: 'chooseModel' } } })
  answerWith(JSON.stringify)
  expect(await search('red')).toMatchObject({ value: { hits: [{ text: 'A red thing.' }] } })
})

test('another model behind the same name is told apart by the length of its vectors', async () => {
  await writeFile(join(docs, 'one.md'), 'A red thing.\n')
  await build()
  answerWith(JSON.stringify, () => [1, 2])
  const changed = { code: 'vectors_changed', found: 2, expected: 4, action: { id: 'buildKnowledge' } }
  expect(await search('red')).toMatchObject({ reason: changed })
  await writeFile(join(docs, 'two.md'), 'A blue thing.\n')
  expect(await build()).toMatchObject({ reason: changed })
})

test('files that are gone are told, and what was paid for their vectors is not lost', async () => {
  await writeFile(join(docs, 'one.md'), 'A red thing.\n')
  await build()
  await rm(docs, { recursive: true })
  const gone = { code: 'source_invalid', problem: 'missing', action: { id: 'chooseSource' } }
  expect(await server.request('kb/planBuild', { name: 'docs' })).toMatchObject({ reason: gone })
  expect(await build()).toMatchObject({ reason: gone })
  await mkdir(docs)
  expect(await build()).toMatchObject({ reason: { code: 'source_invalid', problem: 'no_items' } })
  expect(await search('red')).toMatchObject({ value: { hits: [{ text: 'A red thing.' }] } })
  await writeFile(join(docs, 'one.md'), 'A red thing.\n')
  embedded = []
  expect(await build()).toMatchObject({ value: { embedded: 0, reused: 1 } })
  expect(embedded).toEqual([])
})

test('whatever is built meanwhile, a search sees one build and no other', async () => {
  const write = async (round: number) => {
    for (let file = 0; file < 6; file++) {
      const colour = ['red', 'blue', 'green'][(file + round) % 3]
      await writeFile(join(docs, `${file}.md`), `${'x '.repeat(round * 7)}round ${round} of ${colour}\n`)
    }
  }
  await write(0)
  await build()
  let isBuilding = true
  const building = (async () => {
    for (let round = 1; round <= 12; round++) {
      await write(round)
      expect(await build()).toMatchObject({ ok: true, value: { base: { chunks: 6 } } })
    }
    isBuilding = false
  })()
  while (isBuilding) {
    const found = await search('red', 6)
    if (!found.ok) throw new Error(found.reason.message)
    const rounds = new Set(found.value.hits.map(({ text }) => /round \d+/.exec(text)?.[0]))
    expect(found.value.hits).toHaveLength(6)
    expect(rounds.size).toBe(1)
    // The two that hold the word come first: each vector is with its own chunk.
    expect(found.value.hits.slice(0, 2).every(({ text }) => text.includes('red'))).toBe(true)
  }
  await building
})

test('a base whose model is changed while it is built does not mix the two', async () => {
  await writeFile(join(docs, 'one.md'), 'A red thing.\n')
  let changed: Promise<unknown> | null = null
  models.play(async (response, { body }) => {
    changed ??= server.request('kb/setEmbedding', { name: 'docs', embed: { ...embed, model: 'other' } })
    await changed
    const data = [JSON.parse(body).input].flat().map((text, index) => ({ index, embedding: vectorOf(text) }))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  expect(await build()).toMatchObject({ reason: { code: 'conflict', action: { id: 'reload' } } })
  expect(await server.request('kb/list', {})).toMatchObject({
    value: [{ embed: { model: 'other' }, dimensions: null, chunks: 0 }],
  })
  expect(await build()).toMatchObject({ value: { embedded: 1, base: { embed: { model: 'other' }, chunks: 1 } } })
})

test('a damaged list of chunks is no base any more, and building mends it without paying', async () => {
  await writeFile(join(docs, 'one.md'), 'A red thing.\n')
  await build()
  const chunks = join(folder, '.data', 'kb', 'docs', 'chunks.jsonl')
  const bytes = await readFile(chunks)
  bytes[70] = 0x7b
  await writeFile(chunks, bytes)
  expect(await search('red')).toMatchObject({ reason: { code: 'kb_unbuilt', action: { id: 'buildKnowledge' } } })
  embedded = []
  expect(await build()).toMatchObject({ value: { embedded: 0 } })
  expect(await search('red')).toMatchObject({ value: { hits: [{ text: 'A red thing.' }] } })
  expect(await readdir(join(folder, '.data', 'kb', 'docs'))).toEqual(['chunks.jsonl', 'vectors.bin'])
})

test('similar items are found by the id of one of them for nothing, or by a text', async () => {
  await writeFile(
    join(docs, 'tickets.csv'),
    `id,text\n7,red red blue\n8,red red red blue\n9,green\n10,"${'blue line of words. '.repeat(300)}"\n`,
  )
  await build()
  embedded = []
  const similar = await server.request('kb/similar', { name: 'docs', like: { id: '7' }, limit: 2 })
  expect(similar).toMatchObject({ value: { items: [{ id: '8' }, { id: '10' }], usage: { input: 0 } } })
  const file = join(docs, 'tickets.csv')
  expect(await server.request('kb/similar', { name: 'docs', like: { id: '10', file }, limit: 9 })).toMatchObject({
    value: { items: [{ id: '7' }, { id: '8' }, { id: '9' }] },
  })
  expect(embedded).toEqual([])
  expect(await server.request('kb/similar', { name: 'docs', like: { text: 'green' }, limit: 1 })).toMatchObject({
    value: { items: [{ id: '9' }], usage: { input: 1 } },
  })
  for (const like of [{ id: 'nobody' }, { id: '7', file: '/elsewhere' }])
    expect(await server.request('kb/similar', { name: 'docs', like })).toMatchObject({
      reason: { code: 'not_found', what: 'item', action: { id: 'buildKnowledge' } },
    })
  expect(await server.request('kb/similar', { name: 'none', like: { id: '7' } })).toMatchObject({
    reason: { code: 'not_found', what: 'knowledge_base' },
  })
})
