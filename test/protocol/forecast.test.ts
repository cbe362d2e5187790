import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'

const dayMs = 24 * 3_600_000
/** The day, as OpenRouter's list has it. */
const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)

let server: TestServer
let router: Server
beforeEach(async () => {
  const listed = { soon: inDays(60), later: inDays(200), unused: inDays(10), gone: inDays(-5), stays: null }
  const data = Object.entries(listed).map(([id, expiration_date]) => ({ id, expiration_date }))
  router = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }))
  })
  await new Promise<void>((resolve) => router.listen(0, '127.0.0.1', resolve))
  server = await startTestServer({ environment: { variables: { FAKE_KEY: 'sk-fake-0123456789' } } })
  const base_url = `http://127.0.0.1:${(router.address() as AddressInfo).port}/v1`
  const config = { base_url, key_env: 'FAKE_KEY' }
  await server.request('provider/save', { provider: 'router', kind: 'openrouter', config })
})
afterEach(async () => {
  await server.stop()
  await new Promise((resolve) => router.close(resolve))
})

async function forecast(days?: number) {
  const found = await server.request('model/forecast', days === undefined ? {} : { days })
  if (!found.ok) throw new Error(found.reason.message)
  return found.value.map(({ model, dependents }) => ({ model, by: dependents.map(({ what, id }) => `${what} ${id}`) }))
}

const use = (model: string) => ({ provider: 'router', model })

test('where nothing is listed yet and nothing is used, nothing is known to end', async () => {
  expect(await forecast()).toEqual([])
  await server.request('provider/models', { provider: 'router', refresh: true })
  expect(await forecast(3650)).toEqual([])
})

test('what is used and ends within the days is told with all that names it, what has ended first', async () => {
  await server.request('provider/models', { provider: 'router', refresh: true })
  await server.request('route/save', { task: 'scoring', ...use('soon'), options: { fallback: use('later') } })
  await server.request('route/save', { task: 'categorization', ...use('stays') })
  await server.request('alias/save', { alias: 'fast', ...use('soon') })
  const sources = [{ kind: 'path' as const, path: import.meta.filename }]
  expect(await server.request('kb/create', { name: 'docs', sources, embed: use('gone') })).toMatchObject({ ok: true })
  expect(await forecast()).toEqual([
    { model: 'gone', by: ['knowledge_base docs'] },
    { model: 'soon', by: ['route scoring', 'alias fast'] },
  ])
  expect((await forecast(365)).map(({ model }) => model)).toContain('later')
  expect((await forecast(1)).map(({ model }) => model)).not.toContain('soon')
})

test('days that are none are refused', async () => {
  for (const days of [0, -1, 1.5, 4000, '90', null])
    await expect(server.request('model/forecast', { days } as never)).rejects.toThrow(/days/)
})
