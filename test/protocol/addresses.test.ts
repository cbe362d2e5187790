import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/protocol/testServer.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

const canary = 'sk-fake-canary-0123456789abcdef'

let server: TestServer
let models: ScriptedServer
beforeEach(async () => {
  models = await startScriptedServer()
  server = await startTestServer()
})
afterEach(async () => {
  await server.stop()
  await models.close()
})

/** Answers these paths; all others are not there. */
function serve(paths: Record<string, unknown>, missing: string | object = { detail: 'Not Found' }): void {
  models.play((response, { path }) => {
    const answer = paths[path]
    const isPage = answer === undefined && typeof missing === 'string'
    response.writeHead(answer !== undefined || isPage ? 200 : 404, {
      'content-type': isPage ? 'text/html' : 'application/json',
    })
    response.end(isPage ? missing : JSON.stringify(answer ?? missing))
  })
}

const list = { data: [{ id: 'small', object: 'model' }] }

async function testAt(baseUrl: string, kind = 'openai-compatible') {
  await server.request('provider/save', { provider: 'local', kind, config: { base_url: baseUrl } })
  return await server.request('provider/test', { provider: 'local' })
}

describe('an address that is nearly right', () => {
  it.each<[string, string, string, string | object]>([
    ['without /v1', '', '/v1', { detail: 'Not Found' }],
    ['without /v1, where pages are', '', '/v1', '<!doctype html><title>Hello</title>'],
    ['of one request', '/v1/chat/completions', '/v1', { detail: 'Not Found' }],
    ['of the list', '/v1/models', '/v1', { detail: 'Not Found' }],
    ['with a second /v1', '/v1/v1', '/v1', { detail: 'Not Found' }],
    ['of a gateway without /v1', '/gateway', '/gateway/v1', { detail: 'Not Found' }],
  ])('%s is told with the right one', async (_, path, right, missing) => {
    serve({ [`${right}/models`]: list }, missing)
    const tested = await testAt(`${models.origin}${path}`)
    expect(tested).toMatchObject({
      ok: false,
      reason: {
        code: 'invalid_response',
        otherAddress: `${models.origin}${right}`,
        action: { id: 'editProvider' },
        message: expect.stringContaining(`The API is at ${models.origin}${right}.`),
      },
    })
  })

  it('is as it was where nothing better is found', async () => {
    serve({})
    const tested = await testAt(models.origin)
    expect(tested).toMatchObject({ ok: false, reason: { code: 'invalid_response' } })
    expect(!tested.ok && 'otherAddress' in tested.reason).toBe(false)
  })

  it('is right where only the key is refused there', async () => {
    models.play((response, { path }) => {
      const isApi = path.startsWith('/v1/')
      response.writeHead(isApi ? 401 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { message: isApi ? 'no key' : 'none' } }))
    })
    expect(await testAt(models.origin)).toMatchObject({ ok: false, reason: { otherAddress: `${models.origin}/v1` } })
  })
})

describe('the other protocol', () => {
  let tcp: Server
  afterEach(async () => await new Promise((closed) => void tcp.close(closed)))

  async function listen(onData: (first: Buffer, end: (bytes?: Buffer) => void) => void): Promise<number> {
    tcp = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (first) => onData(first, (bytes) => void socket.end(bytes ?? Buffer.alloc(0))))
    })
    await new Promise<void>((ready) => tcp.listen(0, '127.0.0.1', ready))
    return (tcp.address() as AddressInfo).port
  }

  it('is told where https is asked of plain http', async () => {
    const port = await listen((_, end) => end(Buffer.from('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n')))
    expect(await testAt(`https://127.0.0.1:${port}/v1`)).toMatchObject({
      ok: false,
      reason: { obstacle: 'speaks_http', otherAddress: `http://127.0.0.1:${port}/v1`, action: { id: 'editProvider' } },
    })
  })

  it('is not made up where a server only hangs up', async () => {
    const port = await listen((_, end) => end())
    const tested = await testAt(`http://127.0.0.1:${port}/v1`)
    expect(tested).toMatchObject({ ok: false, reason: { code: 'provider_unreachable' } })
    expect(!tested.ok && 'obstacle' in tested.reason).toBe(false)
  })

  it('gets no key, which was entered for another origin', async () => {
    const seen: Buffer[] = []
    const port = await listen((first, end) => {
      seen.push(first)
      end()
    })
    server.connection.onRequest('secret/read', () => ({ ok: true, value: { key: canary } }))
    await testAt(`http://127.0.0.1:${port}/v1`)
    const [plain = '', ...others] = seen.map((bytes) => bytes.toString('latin1'))
    expect(plain).toContain(canary)
    expect(others.length).toBeGreaterThan(0)
    // A handshake, in which nothing of the request is.
    for (const other of others) expect(other.startsWith('\x16\x03') && !other.includes(canary)).toBe(true)
  })
})

describe('an Ollama behind /v1', () => {
  const tagged = { data: [{ id: 'smollm2:135m', object: 'model', owned_by: 'library' }] }

  it('is recognized, and its own kind offered', async () => {
    serve({ '/v1/models': tagged, '/api/version': { version: '0.13.1' } })
    expect(await testAt(`${models.origin}/v1`)).toMatchObject({ ok: true, value: { betterKind: 'ollama' } })
  })

  it('is not taken for one where it only names models alike', async () => {
    serve({ '/v1/models': tagged })
    const tested = await testAt(`${models.origin}/v1`)
    expect(tested.ok && tested.value.betterKind).toBeUndefined()
  })
})
