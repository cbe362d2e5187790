import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { CancellationTokenSource, ErrorCodes, LSPErrorCodes, ResponseError } from 'vscode-languageserver'
import { type RequestName, requests } from '../../protocol/contract.ts'
import { initializeParams, startTestServer, type TestServer } from '../support/protocol/testServer.ts'

let server: TestServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

const names = Object.keys(requests) as RequestName[]
const withParameters = names.filter((name) => !requests[name].params.safeParse(undefined).success)
const withoutParameters = names.filter((name) => !withParameters.includes(name))

async function errorOf(promise: Promise<unknown>): Promise<ResponseError<unknown>> {
  const error = await promise.then(
    (value) => expect.fail(`answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ResponseError)
  return error as ResponseError<unknown>
}

/** The server is well when it still answers an ordinary question. */
async function expectAlive(running: TestServer): Promise<void> {
  expect((await running.request('route/list')).ok).toBe(true)
}

/** The server as a process of its own, which gets these bytes after it was greeted. */
async function endAfter(bytes: string): Promise<{ code: unknown; told: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'llm-providers-frames-'))
  const child = spawn(process.execPath, ['--no-warnings', main, '--stdio'])
  try {
    let told = ''
    child.stderr.on('data', (piece: Buffer) => {
      told += piece
    })
    child.stdin.on('error', () => undefined)
    const ended = once(child, 'exit')
    const greeting = { jsonrpc: '2.0', id: 1, method: 'initialize', params: initializeParams(folder) }
    child.stdin.write(frameOf(greeting))
    await once(child.stdout, 'data')
    child.stdin.write(bytes)
    const [code] = await ended
    return { code, told }
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}

const main = fileURLToPath(new URL('../../server/main.ts', import.meta.url))

function frameOf(message: object): string {
  const body = JSON.stringify(message)
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

describe('a stream that is out of step', () => {
  const question = frameOf({ jsonrpc: '2.0', id: 2, method: 'route/list' })
  it.each([
    ['a negative length', question.replace(/\d+/, '-5')],
    ['a length that is too large', question.replace(/\d+/, (length) => String(Number(length) + 30)) + question],
    ['noise', 'x'.repeat(100_000)],
  ])('ends the process with one sentence and an error, and never mutes it: %s', async (_, bytes) => {
    const { code, told } = await endAfter(bytes)
    expect(code).toBe(1)
    expect(told).toMatch(/^llm-providers server: the stream of messages is broken and cannot be read on: .+\n$/)
  })
})

describe('a peer that does not keep to the contract', () => {
  it('hears for every request that came before initialize that it did', async () => {
    server = await startTestServer({ initialize: false })
    for (const name of names) {
      expect((await errorOf(server.connection.sendRequest(name, {}))).code, name).toBe(ErrorCodes.ServerNotInitialized)
    }
  })

  it.each([
    ['null', [null]],
    ['nothing', []],
    ['a list', [[1]]],
    ['no capabilities', [{ processId: null }]],
    ['capabilities that are null', [{ processId: null, capabilities: null }]],
  ])('that initializes with %s gets InvalidParams with the path, and may do it properly then', async (_, params) => {
    server = await startTestServer({ initialize: false })
    const error = await errorOf(server.connection.sendRequest('initialize', ...params))
    expect(error.code).toBe(ErrorCodes.InvalidParams)
    expect(error.data).toMatchObject({ problems: [{ path: expect.any(String), message: expect.any(String) }] })
    await server.connection.sendRequest('initialize', initializeParams(server.dataDir))
    await expectAlive(server)
  })

  it('can initialize properly after asking too early', async () => {
    server = await startTestServer({ initialize: false })
    await errorOf(server.connection.sendRequest('route/list'))
    await server.connection.sendRequest('initialize', initializeParams(server.dataDir))
    await expectAlive(server)
  })

  it.each([
    ['missing', undefined],
    ['null', null],
    ['empty', {}],
    ['a list', [1, 2]],
    ['a text', 'text'],
    ['of wrong types', { provider: 7, task: [], slug: {}, runId: true, tasks: 'x', from: 1, into: 2, kind: 9 }],
  ])('gets InvalidParams, with the place, for parameters that are %s', async (_, params) => {
    server = await startTestServer()
    const refusing = withParameters.filter((name) => !requests[name].params.safeParse(params).success)
    expect(refusing.length).toBeGreaterThan(10)
    for (const name of refusing) {
      const sent =
        params === undefined ? server.connection.sendRequest(name) : server.connection.sendRequest(name, params)
      const error = await errorOf(sent)
      expect(error.code, name).toBe(ErrorCodes.InvalidParams)
      expect(error.message, name).toContain(name)
      expect(error.data, name).toMatchObject({
        problems: expect.arrayContaining([expect.objectContaining({ message: expect.any(String) })]),
      })
    }
    await expectAlive(server)
  })

  it('may leave out, null or empty the parameters of a request that has none', async () => {
    server = await startTestServer()
    for (const name of withoutParameters) {
      for (const params of [[], [null], [{}]]) {
        expect(await server.connection.sendRequest(name, ...params), name).toMatchObject({ ok: true })
      }
    }
  })

  it('is told the path of the field that is wrong', async () => {
    server = await startTestServer()
    const request = { tasks: ['categorization'], source: { kind: 'paths', paths: [42] } }
    const error = await errorOf(server.connection.sendRequest('run/start', request))
    expect(error.data).toMatchObject({ problems: [{ path: 'source.paths.0' }] })
  })

  it('gets InvalidParams for values beyond every bound, and the server stays well', async () => {
    server = await startTestServer()
    const huge = 'x'.repeat(5_000_000)
    const calls: [RequestName, object][] = [
      ['provider/get', { provider: huge }],
      ['route/save', { task: 'scoring', provider: 'builtin', model: huge }],
      ['preferences/save', { interests: huge }],
      ['run/results', { runId: 'a'.repeat(12), limit: 1_000_000 }],
      ['audit/list', { limit: -1 }],
      ['run/start', { tasks: ['scoring'], source: { kind: 'text', name: 'a', text: huge } }],
    ]
    for (const [name, params] of calls) {
      expect((await errorOf(server.connection.sendRequest(name, params))).code, name).toBe(ErrorCodes.InvalidParams)
    }
    await expectAlive(server)
  })

  it('does not change Object.prototype, nor SQL, by what names say', async () => {
    server = await startTestServer()
    const polluting = JSON.parse(
      '{"provider":"evil","kind":"builtin","config":{"__proto__":{"polluted":true}},"__proto__":{"x":1}}',
    )
    await server.connection.sendRequest('provider/save', polluting).catch(() => null)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    const name = "Robert'); DROP TABLE categories;--"
    const saved = await server.request('category/save', { name })
    expect(saved).toMatchObject({ ok: true, value: { name } })
    const listed = await server.request('category/list')
    expect(listed.ok && listed.value.length).toBeGreaterThan(20)
  })

  it('gets MethodNotFound for a method that nobody knows', async () => {
    server = await startTestServer()
    expect((await errorOf(server.connection.sendRequest('provider/explode', {}))).code).toBe(ErrorCodes.MethodNotFound)
    await server.connection.sendNotification('nobody/knows', { a: 1 })
    await expectAlive(server)
  })

  it('may cancel a request twice, and one that was never sent', async () => {
    server = await startTestServer()
    const source = new CancellationTokenSource()
    const answer = server.connection.sendRequest('provider/test', { provider: 'builtin' }, source.token)
    source.cancel()
    source.cancel()
    await server.connection.sendNotification('$/cancelRequest', { id: 4711 })
    await server.connection.sendNotification('$/cancelRequest', { id: 4711 })
    const outcome = await answer.catch((error: ResponseError<unknown>) => error.code)
    expect([true, LSPErrorCodes.RequestCancelled]).toContain(typeof outcome === 'number' ? outcome : true)
    await expectAlive(server)
  })

  it('cannot initialize twice', async () => {
    server = await startTestServer()
    const error = await errorOf(server.connection.sendRequest('initialize', initializeParams(server.dataDir)))
    expect(error.code).toBe(ErrorCodes.InvalidRequest)
    await expectAlive(server)
  })

  it.each([[undefined], [{}], [{ dataDir: '' }], [{ dataDir: 3 }]])(
    'cannot initialize with options %j',
    async (options) => {
      server = await startTestServer({ initialize: false })
      const error = await errorOf(
        server.connection.sendRequest('initialize', {
          processId: null,
          capabilities: {},
          initializationOptions: options,
        }),
      )
      expect(error.code).toBe(ErrorCodes.InvalidParams)
    },
  )

  it('is told why when the data folder cannot be used', async () => {
    server = await startTestServer({ initialize: false })
    const params = initializeParams('/dev/null/nowhere')
    const error = await errorOf(server.connection.sendRequest('initialize', params))
    expect(error.code).toBe(LSPErrorCodes.RequestFailed)
    expect(error.data).toMatchObject({
      reason: { code: expect.stringMatching(/^store_/), message: expect.any(String) },
    })
  })

  it('gets an answer to each of 10,000 requests in parallel', async () => {
    server = await startTestServer()
    const running = server
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, (_, index) =>
        index % 2 === 0
          ? running.request('route/resolve', { task: 'scoring' })
          : running.request('provider/get', { provider: 'builtin' }),
      ),
    )
    expect(answers.filter((answer) => answer.ok)).toHaveLength(10_000)
  })

  it('sees each of 500 parallel changes kept, in order', async () => {
    server = await startTestServer()
    const running = server
    const saves = await Promise.all(
      Array.from({ length: 500 }, (_, index) => running.request('preferences/save', { interests: `wish ${index}` })),
    )
    expect(saves.every((save) => save.ok)).toBe(true)
    expect(await running.request('preferences/read')).toMatchObject({ ok: true, value: { interests: 'wish 499' } })
  })
})

describe('bytes that are no messages', () => {
  it('do not stop a server that talks over a stream', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'llm-providers-bytes-'))
    server = await startTestServer({ dataDir })
    const body = '{"jsonrpc":"2.0","id":1,"method":'
    server.toServer.write(`Content-Length: ${body.length}\r\n\r\n${body}`)
    server.toServer.write('Content-Length: 2\r\n\r\n[]')
    server.toServer.write('Content-Length: 4\r\n\r\nnull')
    await expectAlive(server)
    await rm(dataDir, { recursive: true, force: true })
  })
})
