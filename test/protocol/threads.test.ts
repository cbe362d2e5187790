import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Params, Result } from '../../protocol/contract.ts'
import type { ResultIdentity } from '../../protocol/resultQueries.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Answered, Thread, ThreadDelta } from '../../protocol/threads.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type FakeModelServer, startFakeModelServer } from '../support/providers/fakeModelServer.ts'

let folder: string
let server: TestServer
let models: FakeModelServer
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'threads-')))
  server = await startTestServer({ dataDir: join(folder, '.data') })
  models = await startFakeModelServer({ models: ['writer', 'other'] })
  models.decide(({ model }) => ({ kind: 'text', text: `I am ${model}. See [1002].` }))
  await addProvider('local')
})
afterEach(async () => {
  await server.stop()
  await models.close()
  await rm(folder, { recursive: true, force: true })
})

async function addProvider(provider: string, enabled = true): Promise<void> {
  const config = { base_url: `${models.origin}/v1` }
  await server.request('provider/save', { provider, kind: 'openai-compatible', config })
  if (!enabled) await server.request('provider/setEnabled', { provider, enabled })
}

async function create(params: Params<'thread/create'> = { provider: 'local', model: 'writer' }): Promise<Thread> {
  const created = await server.request('thread/create', params)
  if (!created.ok) throw new Error(created.reason.message)
  return created.value
}

async function send(question: Params<'thread/send'>): Promise<Answered> {
  const sent = await server.request('thread/send', question)
  if (!sent.ok) throw new Error(sent.reason.message)
  return sent.value
}

const lastChat = () => models.chats.at(-1)?.body.messages as { role: string; content: string }[]

test('a conversation keeps who said what, with which model and at what cost', async () => {
  const { id: threadId, title } = await create()
  expect(title).toBe('New conversation')
  const deltas: ThreadDelta[] = []
  server.connection.onNotification('thread/delta', (delta: ThreadDelta) => void deltas.push(delta))
  const { question, answer } = await send({ threadId, text: 'What do they want?\nBriefly.' })
  expect(answer).toMatchObject({
    ...{ role: 'assistant', text: 'I am writer. See [1002].', answers: question.id, state: 'complete' },
    ...{ provider: 'local', kind: 'openai-compatible', model: 'writer', parameters: {}, context: null },
  })
  await expect.poll(() => deltas.map(({ text }) => text).join('')).toBe(answer.text)
  expect(deltas[0]).toMatchObject({ threadId, messageId: answer.id, question: question.id, length: 0 })
  await send({ threadId, text: 'And then?' })
  expect(lastChat().slice(1)).toEqual([
    { role: 'user', content: 'What do they want?\nBriefly.' },
    { role: 'assistant', content: 'I am writer. See [1002].' },
    { role: 'user', content: 'And then?' },
  ])
  await server.stop()
  server = await startTestServer({ dataDir: join(folder, '.data') })
  const read = await server.request('thread/get', { threadId })
  expect(read).toMatchObject({
    ok: true,
    value: {
      thread: { title: 'What do they want?', provider: 'local', model: 'writer', messages: 4, reason: null },
      rows: [{ role: 'user' }, answer, { text: 'And then?' }, { role: 'assistant' }],
    },
  })
  const usage = await server.request('usage/read', { groupBy: ['provider', 'task'] })
  expect(usage).toMatchObject({ value: { rows: [{ provider: 'local', task: 'thread', calls: 2, items: 0 }] } })
})

test('a model that is switched answers from the next question on; the one under way keeps its own', async () => {
  const { id: threadId } = await create()
  const release = models.hold()
  const first = send({ threadId, text: 'One' })
  await models.arrived(1)
  expect(await server.request('thread/setModel', { threadId, provider: 'local', model: 'other' })).toMatchObject({
    value: { model: 'other', answersNext: { model: 'other' } },
  })
  expect(await server.request('thread/send', { threadId, text: 'Two' })).toMatchObject({
    reason: { code: 'thread_busy', threadId },
  })
  release()
  expect((await first).answer).toMatchObject({ model: 'writer', text: 'I am writer. See [1002].' })
  const { question, answer } = await send({ threadId, text: 'Two' })
  expect(answer.model).toBe('other')
  await server.request('thread/setModel', { threadId, provider: 'local', model: 'writer' })
  const again = await send({ threadId, again: answer.id })
  expect(again).toMatchObject({ question: { id: question.id }, answer: { model: 'writer', answers: question.id } })
  const read = await server.request('thread/get', { threadId })
  expect(read.ok && read.value.rows.map(({ role, model }) => [role, model])).toEqual([
    ['user', null],
    ['assistant', 'writer'],
    ['user', null],
    ['assistant', 'other'],
    ['assistant', 'writer'],
  ])
})

test('another process does not ask in a conversation whose answer is being written', async () => {
  const { id: threadId } = await create()
  const other = await startTestServer({ dataDir: join(folder, '.data') })
  try {
    const release = models.hold()
    const first = send({ threadId, text: 'First?' })
    await models.arrived(1)
    const ask = () => other.request('thread/send', { threadId, text: 'Second?' })
    expect(await ask()).toMatchObject({ ok: false, reason: { code: 'thread_busy', threadId } })
    expect(await other.request('thread/get', { threadId })).toMatchObject({
      value: { rows: [{ text: 'First?' }], answering: null, isAnsweredElsewhere: true },
    })
    expect(await server.request('thread/get', { threadId })).toMatchObject({ value: { isAnsweredElsewhere: false } })
    release()
    await first
    expect(await other.request('thread/get', { threadId })).toMatchObject({ value: { isAnsweredElsewhere: false } })
    expect(await ask()).toMatchObject({ ok: true, value: { answer: { state: 'complete' } } })
    expect(models.chats).toHaveLength(2)
    expect(
      lastChat()
        .map(({ content }) => content)
        .slice(1),
    ).toEqual(['First?', 'I am writer. See [1002].', 'Second?'])
  } finally {
    await other.stop()
  }
})

test('an answer that is stopped keeps what had come of it', async () => {
  const { id: threadId } = await create()
  models.hold()
  const asked = send({ threadId, text: 'One' })
  await models.arrived(1)
  expect(await server.request('thread/cancel', { threadId })).toEqual({ ok: true, value: true })
  expect((await asked).answer).toMatchObject({ state: 'stopped', reason: null, text: '' })
  expect(await server.request('thread/cancel', { threadId })).toEqual({ ok: true, value: false })
})

test('an answer that failed says why, and is not told to the model as one', async () => {
  const { id: threadId } = await create()
  models.failNext({ kind: 'status', status: 401 })
  expect((await send({ threadId, text: 'One' })).answer).toMatchObject({
    ...{ state: 'failed', text: '', provider: 'local' },
    reason: { code: 'auth_failed', provider: 'local' },
  })
  await send({ threadId, text: 'Two' })
  expect(lastChat().slice(1)).toEqual([{ role: 'user', content: 'Two' }])
})

test.each([
  ['unknown', 'nope', 'provider_unconfigured'],
  ['disabled', 'off', 'provider_disabled'],
])('an %s provider is refused with those that there are', async (_, provider, code) => {
  await addProvider('off', false)
  expect(await server.request('thread/create', { provider })).toMatchObject({ reason: { code, valid: ['local'] } })
})

test('a thread that is bound to nothing is answered by the default', async () => {
  const { id: threadId, reason } = await create({})
  expect(reason).toMatchObject({ code: 'no_default_model' })
  expect(await server.request('thread/send', { threadId, text: 'One' })).toMatchObject({
    reason: { code: 'no_default_model' },
  })
  await server.request('model/save', { provider: 'local', model: 'writer', type: 'generation' })
  await server.request('model/setDefault', { provider: 'local', model: 'writer' })
  expect((await send({ threadId, text: 'One' })).answer.model).toBe('writer')
  expect(await server.request('thread/list', {})).toMatchObject({
    value: { rows: [{ provider: null, model: null, answersNext: { provider: 'local', model: 'writer' } }] },
  })
})

test('the model that goes by keywords holds no conversation', async () => {
  expect((await create({ provider: 'builtin' })).reason).toMatchObject({ code: 'ask_unsupported', ask: 'text' })
})

test('a provider names its conversations before it goes, and they are never answered by another', async () => {
  await addProvider('spare')
  const { id: threadId } = await create()
  await send({ threadId, text: 'Who are you?' })
  expect(await server.request('provider/remove', { provider: 'local' })).toMatchObject({
    reason: { code: 'has_dependents', dependents: [{ what: 'thread', id: 'Who are you?' }] },
  })
  expect(await server.request('model/dependents', { provider: 'local', model: 'writer' })).toMatchObject({
    value: { dependents: [{ what: 'thread', id: 'Who are you?' }] },
  })
  await server.request('provider/remove', { provider: 'local', confirm: true })
  expect(await server.request('thread/send', { threadId, text: 'Still there?' })).toMatchObject({
    reason: { code: 'provider_unconfigured', provider: 'local' },
  })
  expect(await server.request('thread/get', { threadId })).toMatchObject({
    value: { thread: { provider: 'local', answersNext: null, messages: 2 } },
  })
})

test('long texts stand in files, and go with their thread', async () => {
  const { id: threadId } = await create()
  const material = 'A long log. '.repeat(1500)
  const { question } = await send({ threadId, text: 'What went wrong?', material })
  expect(lastChat().at(-1)?.content).toMatch(/^<<<ITEM material (\w{12})\n(?:A long log\. ){1500}\nITEM material \1>>>/)
  const files = join(folder, '.data', 'threads', threadId)
  expect(await readdir(files)).toEqual([`${question.id}.material.txt`])
  const read = await server.request('thread/get', { threadId, limit: 1 })
  expect(read).toMatchObject({ value: { rows: [{ text: 'What went wrong?', material }] } })
  expect(await server.request('thread/remove', { threadId })).toEqual({ ok: true, value: null })
  await expect(readdir(files)).rejects.toThrow('ENOENT')
  expect(await server.request('thread/get', { threadId })).toMatchObject({
    reason: { code: 'not_found', what: 'thread' },
  })
})

test('what has no room is refused before anything is sent, and nothing of it is kept', async () => {
  const { id: threadId } = await create()
  expect(await server.request('thread/send', { threadId, text: 'x'.repeat(1_000_000) })).toMatchObject({
    reason: {
      code: 'context_too_long',
      provider: 'local',
      model: 'writer',
      limitTokens: null,
      remedy: 'shorter_question',
    },
  })
  expect(models.chats).toHaveLength(0)
  expect(await server.request('thread/get', { threadId })).toMatchObject({ value: { rows: [] } })
})

async function judge(): Promise<{ file: string; runId: string }> {
  const file = join(folder, 'tickets.csv')
  await writeFile(file, 'id,text\n1001,The app crashes at start\n1002,I want my money back\n1003,Love it\n')
  const ended = new Promise<RunView>((resolve) => {
    server.connection.onNotification('run/progress', (view: RunView) => {
      if (view.finishedAt !== null) resolve(view)
    })
  })
  const source = { kind: 'paths' as const, paths: [file] }
  const override = { provider: 'builtin' }
  await server.request('run/start', { tasks: ['categorization', 'scoring'], source, override })
  return { file, runId: (await ended).runId }
}

test('a conversation about a run is told its items, and what an answer cites is known', async () => {
  const { file, runId } = await judge()
  const { id: threadId } = await create({ provider: 'local', model: 'writer', about: { kind: 'run', runId } })
  const { answer } = await send({ threadId, text: 'What do they want?' })
  expect(answer.context).toMatchObject({ items: 3, shown: 3, cited: [{ id: '1002', inputHash: /^[0-9a-f]{64}$/ }] })
  const system = lastChat()[0]?.content ?? ''
  expect(system).toMatch(/<<<ITEM 1002 (\w{12})\nJudged: .*score .* of 20.*\nI want my money back\nITEM 1002 \1>>>/)
  await send({ threadId, text: 'All of them?' })
  expect(lastChat()[0]?.content).toBe(system)
  const narrow = await create({ provider: 'local', about: { kind: 'run', runId, ids: ['1003'] }, model: 'writer' })
  await send({ threadId: narrow.id, text: 'Why?' })
  expect(lastChat()[0]?.content).toContain('Love it')
  expect(lastChat()[0]?.content).not.toContain('money')
  const { value } = (await server.request('run/results', { runId })) as { value: { rows: ResultIdentity[] } }
  const [first, second, third] = value.rows.map(({ id, inputHash }) => ({ id, inputHash })) as ResultIdentity[]
  const stranger = { id: '1001', inputHash: 'f'.repeat(64) }
  const only = [first, third, stranger] as ResultIdentity[]
  const chosen = await create({ provider: 'local', about: { kind: 'run', runId, filter: { only } }, model: 'writer' })
  expect((await send({ threadId: chosen.id, text: 'Why?' })).answer.context).toMatchObject({ items: 2, shown: 2 })
  expect(lastChat()[0]?.content).not.toContain(`ITEM ${second?.id} `)
  const unjudged = await create({ provider: 'local', model: 'writer', about: { kind: 'source', path: file } })
  expect((await send({ threadId: unjudged.id, text: 'Why?' })).answer.context).toMatchObject({
    ...{ items: 3, shown: 3 },
    cited: [{ id: '1002', file, line: 3 }],
  })
})

test('a conversation is read from its end, too, and what has come of an answer under way is told', async () => {
  const { id: threadId } = await create()
  for (const text of ['One', 'Two', 'Three']) await send({ threadId, text })
  const texts: string[] = []
  for (let cursor: string | null = null; ; ) {
    const page: Result<'thread/get'> = await server.request('thread/get', {
      ...{ threadId, newestFirst: true, limit: 4 },
      cursor,
    })
    if (!page.ok) throw new Error(page.reason.message)
    expect(page.value.answering).toBeNull()
    texts.push(...page.value.rows.map(({ text }) => text))
    cursor = page.value.next
    if (cursor === null) break
  }
  const said = 'I am writer. See [1002].'
  expect(texts).toEqual([said, 'Three', said, 'Two', said, 'One'])
  const release = models.hold()
  const asked = send({ threadId, text: 'Four' })
  await models.arrived(4)
  expect(await server.request('thread/get', { threadId, newestFirst: true, limit: 1 })).toMatchObject({
    value: { rows: [{ text: 'Four' }], answering: { question: expect.any(String), text: '' } },
  })
  release()
  await asked
  expect(await server.request('thread/get', { threadId, limit: 1 })).toMatchObject({ value: { answering: null } })
})

test('a run or a file that is not there is told', async () => {
  const runId = '20261121t093000000z-4f7k2m'
  expect(await server.request('thread/create', { about: { kind: 'run', runId } })).toMatchObject({
    reason: { code: 'not_found', what: 'run', id: runId },
  })
  const { id: threadId } = await create({
    ...{ provider: 'local', model: 'writer' },
    about: { kind: 'source', path: join(folder, 'gone.csv') },
  })
  expect(await server.request('thread/send', { threadId, text: 'Why?' })).toMatchObject({
    reason: { code: 'source_invalid' },
  })
})
