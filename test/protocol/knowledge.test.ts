import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BuiltKnowledgeBase } from '../../protocol/knowledgeBases.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

let folder: string
let docs: string
let server: TestServer
let models: ScriptedServer
/** Texts that were embedded, in order. */
let embedded: string[]
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'knowledge-')))
  docs = join(folder, 'docs')
  await mkdir(docs)
  await writeFile(join(docs, 'keys.md'), '# Keys\n\nA key is kept in the secret store.\n')
  await writeFile(join(docs, 'runs.md'), '# Runs\n\nA run survives a crash.\n')
  await writeFile(join(docs, 'tickets.csv'), 'id,text\n7,My invoice is wrong\n8,The invoice never came\n')
  models = await startScriptedServer()
  embedded = []
  answerWith(vectorOf)
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
const words = ['key', 'run', 'invoice', 'crash']

/** How often each of a few words comes, and a bit that keeps it from being nothing. */
function vectorOf(text: string): unknown[] {
  return [...words.map((word) => text.toLowerCase().split(word).length - 1), 0.1]
}

function answerWith(vector: (text: string) => unknown[]): void {
  models.play((response, { body }) => {
    const texts = [JSON.parse(body).input].flat() as string[]
    embedded.push(...texts)
    const data = texts.map((text, index) => ({ index, embedding: vector(text) }))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data, usage: { prompt_tokens: texts.length * 3, total_tokens: texts.length * 3 } }))
  })
}

async function build(): Promise<BuiltKnowledgeBase> {
  const built = await server.request('kb/build', { name: 'docs' })
  if (!built.ok) throw new Error(built.reason.message)
  return built.value
}

async function found(text: string): Promise<string[]> {
  const hits = await server.request('kb/search', { name: 'docs', text, limit: 2 })
  if (!hits.ok) throw new Error(hits.reason.message)
  return hits.value.hits.map((hit) => hit.text)
}

test('a base is planned, built, searched by meaning, and brought up to date by its changes alone', async () => {
  expect(await server.request('kb/search', { name: 'docs', text: 'x' })).toMatchObject({
    reason: { code: 'kb_unbuilt' },
  })
  expect(await server.request('kb/planBuild', { name: 'docs' })).toMatchObject({
    ok: true,
    value: { provider: 'local', model: 'vec', files: 3, chunks: 4, missing: 4, costUsd: null, unreadable: [] },
  })
  expect(embedded).toEqual([])
  expect(await build()).toMatchObject({
    ...{ embedded: 4, reused: 0, removed: 0, usage: { input: 12 } },
    base: { chunks: 4, files: 3, dimensions: 5, embed },
  })
  expect(await found('Which invoice?')).toEqual(['My invoice is wrong', 'The invoice never came'])
  expect(await server.request('kb/search', { name: 'docs', text: 'a key', limit: 1 })).toMatchObject({
    value: {
      hits: [
        { file: join(docs, 'keys.md'), heading: 'Keys', line: 1, text: '# Keys\n\nA key is kept in the secret store.' },
      ],
    },
  })
  await writeFile(join(docs, 'runs.md'), '# Runs\n\nA run is paused.\n')
  await rm(join(docs, 'keys.md'))
  embedded = []
  expect(await build()).toMatchObject({ embedded: 1, reused: 2, removed: 2, base: { chunks: 3, files: 2 } })
  expect(embedded).toEqual(['Runs\n\n# Runs\n\nA run is paused.'])
  expect(await found('a run')).toContain('# Runs\n\nA run is paused.')
  const usage = await server.request('usage/read', { groupBy: ['task'] })
  expect(usage).toMatchObject({ value: { rows: [{ task: 'embedding', items: 0 }] } })
})

test('what was paid for before a build failed is not paid for again', async () => {
  const many = Array.from({ length: 150 }, (_, at) => `${at},Text number ${at}`)
  await writeFile(join(docs, 'tickets.csv'), `id,text\n${many.join('\n')}\n`)
  let calls = 0
  models.play((response, { body }) => {
    calls++
    if (calls === 2) return void response.writeHead(401).end()
    const texts = [JSON.parse(body).input].flat() as string[]
    embedded.push(...texts)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data: texts.map((text, index) => ({ index, embedding: vectorOf(text) })) }))
  })
  expect(await server.request('kb/build', { name: 'docs' })).toMatchObject({ reason: { code: 'auth_failed' } })
  expect(await server.request('kb/list', {})).toMatchObject({ value: [{ chunks: 0, builtAt: null }] })
  expect(embedded).toHaveLength(64)
  await server.stop()
  server = await startTestServer({ dataDir: join(folder, '.data') })
  expect(await build()).toMatchObject({ embedded: 88, reused: 64, base: { chunks: 152 } })
  expect(new Set(embedded).size).toBe(152)
  expect(embedded).toHaveLength(152)
})

test.each([
  ['another length', () => [1, 2], { code: 'vectors_changed', found: 2, expected: 5 }],
  ['no numbers', () => [1, 2, 'x', 4, 5], { code: 'invalid_response' }],
  ['nothing', () => [], { code: 'invalid_response' }],
])('a model that gives vectors of %s is refused, and the base stays as it was', async (_, vector, reason) => {
  await build()
  answerWith(vector)
  await writeFile(join(docs, 'new.md'), '# New\n\nSomething else about an invoice.\n')
  expect(await server.request('kb/build', { name: 'docs' })).toMatchObject({ reason })
  expect(await server.request('kb/search', { name: 'docs', text: 'key' })).toMatchObject({ reason })
  answerWith(vectorOf)
  expect(await found('Which invoice?')).toEqual(['My invoice is wrong', 'The invoice never came'])
})

test('another model for the vectors is a decision to build anew', async () => {
  await build()
  const other = { name: 'docs', embed: { provider: 'local', model: 'other' } }
  expect(await server.request('kb/setEmbedding', other)).toMatchObject({ reason: { code: 'kb_locked', chunks: 4 } })
  expect(await server.request('kb/setEmbedding', { ...other, confirm: true })).toMatchObject({
    value: { embed: other.embed, dimensions: null, chunks: 0, builtAt: null },
  })
  answerWith(() => [1, 2, 3])
  expect(await build()).toMatchObject({ embedded: 4, base: { dimensions: 3 } })
})

test('a base goes with its vectors, and a provider names the bases that need it', async () => {
  await build()
  expect(await server.request('provider/remove', { provider: 'local' })).toMatchObject({
    reason: { code: 'has_dependents', dependents: [{ what: 'knowledge_base', id: 'docs' }] },
  })
  expect(await server.request('kb/remove', { name: 'docs' })).toEqual({ ok: true, value: null })
  expect(await readdir(join(folder, '.data', 'kb'))).toEqual([])
  expect(await server.request('kb/remove', { name: 'docs' })).toMatchObject({ reason: { code: 'not_found' } })
})

test.each([
  ['unknown', { provider: 'nope', model: 'm' }, { code: 'provider_unconfigured', valid: ['local'] }],
  ['without vectors', { provider: 'builtin', model: 'keywords' }, { code: 'config_invalid' }],
])('a provider that is %s is refused', async (_, target, reason) => {
  const base = { name: 'other', sources: [{ kind: 'path' as const, path: docs }], embed: target }
  expect(await server.request('kb/create', base)).toMatchObject({ reason })
})

test('a conversation about a base is told the nearest chunks', async () => {
  await build()
  const created = await server.request('thread/create', {
    ...{ provider: 'local', model: 'writer', about: { kind: 'kb', name: 'docs' } },
  })
  if (!created.ok) throw new Error(created.reason.message)
  const asked: string[] = []
  models.play((response, { path, body }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    if (path.endsWith('/embeddings')) {
      response.end(JSON.stringify({ data: [{ index: 0, embedding: vectorOf(JSON.parse(body).input[0]) }] }))
    } else {
      asked.push(JSON.parse(body).messages[0].content)
      const message = { role: 'assistant', content: 'One [7], one [8].' }
      response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }))
    }
  })
  const sent = await server.request('thread/send', { threadId: created.value.id, text: 'Which invoice?' })
  expect(sent).toMatchObject({ value: { answer: { context: { shown: 4, cited: [{ id: '7' }, { id: '8' }] } } } })
  expect(asked[0]?.indexOf('My invoice is wrong')).toBeLessThan(asked[0]?.indexOf('secret store') ?? 0)
})
