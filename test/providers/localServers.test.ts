import { afterEach, expect, it } from 'vitest'
import { scanLocalServers } from '../../server/providers/localServers.ts'
import { createTransport } from '../../server/providers/transport.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

const transport = createTransport({ environment: {} })
let servers: ScriptedServer[] = []
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()))
  servers = []
})

/** A server that has these paths and answers anything else with 404. */
async function serve(paths: Record<string, unknown>, otherwise: { status: number; body: unknown } | null = null) {
  const server = await startScriptedServer()
  server.play((response, { path }) => {
    const { status, body } =
      path in paths ? { status: 200, body: paths[path] } : (otherwise ?? { status: 404, body: {} })
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  servers.push(server)
  return server
}

async function scan(...found: ScriptedServer[]) {
  return await scanLocalServers({
    transport,
    signal: new AbortController().signal,
    ports: found.map(({ port }) => port),
  })
}

const list = (id: string, owned_by: string) => ({ object: 'list', data: [{ id, object: 'model', owned_by }] })

it('tells each kind of server by what only it has, in the order of the ports', async () => {
  const ollama = await serve({
    '/api/version': { version: '0.14.2' },
    '/api/tags': { models: [{ name: 'qwen3:8b' }] },
    '/v1/models': list('qwen3:8b', 'library'),
  })
  // LM Studio answers what it does not know with 200 and an error.
  const lmStudio = await serve(
    {
      '/api/v1/models': { models: [{ key: 'google/gemma-4' }] },
      '/v1/models': list('google/gemma-4', 'organization_owner'),
    },
    { status: 200, body: { error: 'Unexpected endpoint or method.' } },
  )
  const vllm = await serve({ '/v1/models': list('Qwen/Qwen3-8B', 'vllm'), '/version': { version: '0.17.0' } })
  const llamaCpp = await serve({
    '/props': { default_generation_settings: {}, build_info: 'b9000-abc' },
    '/v1/models': list('/models/llama.gguf', 'llamacpp'),
  })
  const other = await serve({ '/v1/models': list('m', 'somebody') })
  expect(await scan(ollama, lmStudio, vllm, llamaCpp, other)).toEqual([
    {
      kind: 'ollama',
      preset: null,
      label: 'Ollama',
      endpoint: `http://localhost:${ollama.port}`,
      version: '0.14.2',
      models: ['qwen3:8b'],
    },
    {
      kind: 'openai-compatible',
      preset: 'lm-studio',
      label: 'LM Studio',
      endpoint: `http://localhost:${lmStudio.port}/v1`,
      version: null,
      models: ['google/gemma-4'],
    },
    {
      kind: 'openai-compatible',
      preset: 'vllm',
      label: 'vLLM',
      endpoint: `http://localhost:${vllm.port}/v1`,
      version: '0.17.0',
      models: ['Qwen/Qwen3-8B'],
    },
    {
      kind: 'openai-compatible',
      preset: 'llama-cpp',
      label: 'llama.cpp',
      endpoint: `http://localhost:${llamaCpp.port}/v1`,
      version: 'b9000-abc',
      models: ['/models/llama.gguf'],
    },
    {
      kind: 'openai-compatible',
      preset: null,
      label: 'OpenAI-compatible server',
      endpoint: `http://localhost:${other.port}/v1`,
      version: null,
      models: ['m'],
    },
  ])
})

it('asks without a key, by GET, and stops asking as soon as it knows', async () => {
  const ollama = await serve({ '/api/version': { version: '1' }, '/api/tags': { models: [] } })
  await scan(ollama)
  expect(ollama.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /api/version', 'GET /api/tags'])
  for (const { headers } of ollama.requests) expect(headers).not.toHaveProperty('authorization')
})

it('leaves out what is no model server, hangs, or is not there', async () => {
  const web = await serve({}, { status: 200, body: 'hello' })
  const page = await startScriptedServer()
  page.play((response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'))
  const silent = await startScriptedServer()
  silent.play(() => {})
  const gone = await startScriptedServer()
  await gone.close()
  const elsewhere = await startScriptedServer()
  elsewhere.play((response) => void response.writeHead(302, { location: 'https://models.example/' }).end())
  servers.push(page, silent, elsewhere)
  expect(await scan(web, page, silent, gone, elsewhere)).toEqual([])
  // One question is enough to know that nobody answers.
  expect(silent.requests).toHaveLength(1)
})

it.each([
  [401, 'wants_key'],
  [503, 'loading'],
] as const)('knows a llama.cpp that answers %i to everything, by what it calls itself', async (status, state) => {
  const server = await startScriptedServer()
  server.play((response) => void response.writeHead(status, { server: 'llama.cpp' }).end('{}'))
  servers.push(server)
  expect(await scan(server)).toMatchObject([{ preset: 'llama-cpp', label: 'llama.cpp', models: [], state }])
})

it('knows a gateway by its own sign of life, with and without a list', async () => {
  const alive = { '/health/liveliness': "I'm alive!" }
  const open = await serve({ ...alive, '/v1/models': list('gpt', 'openai') })
  const closed = await serve(alive, { status: 401, body: {} })
  expect(await scan(open, closed)).toMatchObject([
    { preset: 'litellm', models: ['gpt'] },
    { preset: 'litellm', models: [], state: 'wants_key' },
  ])
})

it('ends when it is cancelled', async () => {
  const silent = await startScriptedServer()
  silent.play(() => {})
  servers.push(silent)
  const controller = new AbortController()
  const arrival = silent.nextRequest()
  const scanning = scanLocalServers({ transport, signal: controller.signal, ports: [silent.port] })
  await arrival
  controller.abort()
  expect(await scanning).toEqual([])
  await silent.deserted()
})
