import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChatCall, ChatDelta, ChatModel } from '../../protocol/languageModels.ts'
import { succeed } from '../../protocol/outcome.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let server: TestServer
let models: FakeModelServer
let deltas: ChatDelta[]

beforeEach(async () => {
  server = await startTestServer({ client: { languageModels: true } })
  server.connection.onRequest('lm/list', () => succeed({ models: [] }))
  models = await startFakeModelServer({ models: ['writer', 'other', 'idle'] })
  models.decide(({ model }) => ({ kind: 'text', text: `I am ${model}.` }))
  deltas = []
  server.connection.onNotification('chat/delta', (delta: ChatDelta) => void deltas.push(delta))
  const config = { base_url: `${models.origin}/v1`, price: { input: 1, output: 2 } }
  await server.request('provider/save', { provider: 'local', kind: 'openai-compatible', config })
  await server.request('provider/test', { provider: 'local' })
})
afterEach(async () => {
  await server.stop()
  await models.close()
})

async function offered(): Promise<ChatModel[]> {
  const listed = await server.request('chat/models')
  if (!listed.ok) throw new Error(listed.reason.message)
  return listed.value.models
}

const ids = async () => (await offered()).map(({ id }) => id)

function say(id: string, messages: ChatCall['messages'] = [{ role: 'user', text: 'Who are you?' }]) {
  return server.request('chat/complete', { callId: 'c1', id, messages })
}

const route = (provider: string, model: string) =>
  server.request('route/save', { task: 'scoring', provider, model, options: {} })

const lastChat = () => models.chats.at(-1)?.body.messages as { role: string; content: string }[]

test('offers what is registered, routed to, or behind an alias, and nothing else', async () => {
  expect(await ids()).toEqual([])
  await server.request('model/save', { provider: 'local', model: 'writer', type: 'generation', parameters: {} })
  await route('local', 'other')
  await server.request('alias/save', { alias: 'fast', provider: 'local', model: 'other' })
  expect(await ids()).toEqual(['task:scoring', 'alias:fast', 'local/writer', 'local/other'])
  expect((await offered()).find(({ id }) => id === 'local/writer')).toMatchObject({
    ...{ what: 'model', provider: 'local', model: 'writer', reason: null, price: { input: 1, output: 2 } },
  })
  await server.request('provider/setEnabled', { provider: 'local', enabled: false, confirm: true })
  expect(await ids()).toEqual([])
})

test('what came from VS Code is never given back, by no name', async () => {
  await server.request('provider/save', { provider: 'vs', kind: 'vscode-lm', config: {} })
  await server.request('model/save', { provider: 'vs', model: 'copilot/a', type: 'generation', parameters: {} })
  await server.request('alias/save', { alias: 'round', provider: 'vs', model: 'copilot/a' })
  await route('vs', 'copilot/a')
  expect(await ids()).toEqual([])
  for (const id of ['task:scoring', 'alias:round']) {
    expect(await say(id)).toMatchObject({ ok: false, reason: { code: 'ask_unsupported', provider: 'vs' } })
  }
  expect(await say('vs/copilot/a')).toMatchObject({ ok: false, reason: { code: 'not_found' } })
})

test('an answer comes piece by piece, and as a whole, with its cost', async () => {
  await route('local', 'writer')
  const answered = await say('task:scoring')
  expect(answered).toMatchObject({
    ok: true,
    value: { text: 'I am writer.', provider: 'local', model: 'writer', usage: { input: expect.any(Number) } },
  })
  expect(answered.ok && answered.value.costUsd).toBeGreaterThan(0)
  await expect.poll(() => deltas.map(({ text }) => text).join('')).toBe('I am writer.')
  expect(new Set(deltas.map(({ callId }) => callId))).toEqual(new Set(['c1']))
})

test('the sides take turns, whatever comes', async () => {
  await route('local', 'writer')
  await say('local/writer', [
    { role: 'assistant', text: 'before anything' },
    { role: 'user', text: 'one' },
    { role: 'user', text: 'two' },
    { role: 'assistant', text: 'three' },
  ])
  const turns = lastChat().filter(({ role }) => role !== 'system')
  expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  expect(turns[0]?.content).toBe('one\n\ntwo')
})

test('a model without its key is offered with the reason, and answers with it', async () => {
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider: 'keyed', kind: 'openai', config })
  await server.request('model/save', { provider: 'keyed', model: 'gpt', type: 'generation', parameters: {} })
  expect(await say('keyed/gpt')).toMatchObject({ ok: false, reason: { code: 'secret_missing' } })
  expect((await offered()).find(({ id }) => id === 'keyed/gpt')).toMatchObject({ reason: { code: 'secret_missing' } })
})
