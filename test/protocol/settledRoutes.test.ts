import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Task } from '../../protocol/names.ts'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
  await save({ categorization_model: 'a' })
  for (const task of ['categorization', 'scoring'] as const) await route(task, 'a')
})
afterEach(() => server.stop())

const save = (config: object, provider = 'ollama') =>
  server.request('provider/save', { provider, kind: 'ollama', config: { port: 1, ...config } })
const route = (task: Task, model: string | null, provider = 'ollama') =>
  server.request('route/save', { task, provider, model, options: { batchSize: 3 } })
const routes = async () => {
  const list = await server.request('route/list')
  return list.ok ? list.value.map(({ provider, model, options }) => [provider, model, options.batchSize]) : []
}

it('both tasks go to the model that the settings name, the options of their routes as they were', async () => {
  expect(await save({ categorization_model: 'b' })).toMatchObject({
    ok: true,
    value: {
      settled: [
        { task: 'categorization', model: 'b' },
        { task: 'scoring', model: 'b' },
      ],
    },
  })
  expect(await routes()).toEqual([
    ['ollama', 'b', 3],
    ['ollama', 'b', 3],
  ])
  const audit = await server.request('audit/list', { what: ['route'] })
  expect(audit.ok && audit.value.rows[0]).toMatchObject({ before: { model: 'a' }, after: { model: 'b' } })
})

it('scoring has a model of its own while separate models are on, and the other one again afterwards', async () => {
  await save({ categorization_model: 'a', scoring_model: 's' })
  expect((await routes()).map(([, model]) => model)).toEqual(['a', 'a'])
  await save({ categorization_model: 'a', scoring_model: 's', use_separate_models: true })
  expect((await routes()).map(([, model]) => model)).toEqual(['a', 's'])
  await save({ categorization_model: 'a', scoring_model: 's' })
  expect((await routes()).map(([, model]) => model)).toEqual(['a', 'a'])
})

it.each<[string, object]>([
  ['other settings are saved', { categorization_model: 'a', port: 2 }],
  ['the model is taken out of the settings', {}],
])('a route that was changed since is left alone when %s', async (_, config) => {
  await route('scoring', 'mine')
  const saved = await save(config)
  expect(saved.ok && saved.value.settled).toBeUndefined()
  expect((await routes()).map(([, model]) => model)).toEqual(['a', 'mine'])
})

it('routes to another provider, and those without a model, stay as they are', async () => {
  await save({}, 'other')
  await route('categorization', 'a', 'other')
  await route('scoring', null)
  const saved = await save({ categorization_model: 'b' })
  expect(saved.ok && saved.value.settled).toBeUndefined()
  expect((await routes()).map(([provider, model]) => [provider, model])).toEqual([
    ['other', 'a'],
    ['ollama', null],
  ])
})

it('a save that is refused changes no route', async () => {
  expect(await save({ categorization_model: 'b', port: 0 })).toMatchObject({ ok: false })
  const late = await server.request('provider/save', {
    provider: 'ollama',
    kind: 'ollama',
    config: { categorization_model: 'b' },
    ifUpdatedAt: '2020-01-01T00:00:00.000Z',
  })
  expect(late).toMatchObject({ ok: false, reason: { code: 'conflict' } })
  expect((await routes()).map(([, model]) => model)).toEqual(['a', 'a'])
})
