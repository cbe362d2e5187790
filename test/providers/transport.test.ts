import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTransport, type ExchangeOptions, type Transport } from '../../server/providers/transport.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

let server: ScriptedServer
let transport: Transport

beforeEach(async () => {
  server = await startScriptedServer()
  transport = createTransport({ environment: {}, maxResponseBytes: 100_000 })
})
afterEach(async () => {
  await transport.close()
  await server.close()
})

function open(options: Partial<ExchangeOptions> = {}) {
  return transport.open({ signal: new AbortController().signal, secrets: [], ...options })
}

const streaming = { 'content-type': 'application/x-ndjson' }

describe('an exchange', () => {
  it('sends its own headers over those of the SDK, and drops the rest', async () => {
    server.play((response) => void response.end('{}'))
    await open({ headers: { authorization: 'Bearer ours' } }).fetch(server.origin, {
      method: 'POST',
      body: '{}',
      headers: { authorization: 'Bearer theirs', 'x-api-key': 'theirs', accept: 'application/json', cookie: 'a=b' },
    })
    const { headers } = server.requests[0] ?? { headers: {} }
    expect(headers).toMatchObject({ authorization: 'Bearer ours', accept: 'application/json', 'content-length': '2' })
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-api-key']))
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['cookie']))
  })

  it('tells TLS trouble by its code', async () => {
    const exchange = open()
    await expect(exchange.fetch(`https://127.0.0.1:${server.port}/`)).rejects.toThrow('transport: unreachable')
    expect(exchange.facts.failure).toEqual({
      kind: 'unreachable',
      cause: expect.stringMatching(/^(ERR_SSL|EPROTO)/),
      obstacle: 'speaks_http',
    })
  })

  it('keeps the first reason of a failure', async () => {
    server.play(() => {})
    const controller = new AbortController()
    const exchange = open({ signal: controller.signal, deadlines: { firstByteMs: 40 } })
    await expect(exchange.fetch(server.origin)).rejects.toThrow('transport: timeout')
    controller.abort()
    expect(exchange.facts.failure).toEqual({ kind: 'timeout', phase: 'first_byte', afterMs: 40 })
  })

  it('can be given up while it connects', async () => {
    let asked = () => {}
    const resolving = new Promise<void>((resolve) => {
      asked = resolve
    })
    const lost = createTransport({
      environment: {},
      resolve: () => {
        asked()
        return new Promise(() => {})
      },
    })
    const controller = new AbortController()
    const exchange = lost.open({ signal: controller.signal, secrets: [] })
    const answer = exchange.fetch('http://models.example/')
    await resolving
    controller.abort()
    await expect(answer).rejects.toThrow('transport: cancelled')
    await lost.close()
  })

  it('leaves no listener on a signal that outlives it', async () => {
    server.play((response) => void response.end('{}'))
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...parts: Parameters<typeof add>) => {
      listeners += 1
      add(...parts)
    }
    signal.removeEventListener = (...parts: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...parts)
    }
    for (let count = 0; count < 5; count += 1) await open({ signal }).fetch(server.origin)
    expect(listeners).toBe(0)
  })

  it('counts several requests of one call against one total deadline', async () => {
    server.play((response, { path }) => {
      if (path === '/first') response.end('{}')
    })
    const exchange = open({ deadlines: { totalMs: 150 } })
    await exchange.fetch(`${server.origin}/first`)
    await expect(exchange.fetch(`${server.origin}/second`)).rejects.toThrow('transport: timeout')
    expect(exchange.facts.failure).toMatchObject({ phase: 'total' })
    expect(exchange.facts.status).toBeNull()
  })

  it.each([
    ['whole', { 'content-type': 'application/json' }],
    ['streamed', streaming],
  ])('stops at the byte cap (%s)', async (_, headers) => {
    server.play((response) => {
      response.writeHead(200, headers)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      }
      response.on('drain', more)
      more()
    })
    const exchange = open()
    const reading = exchange.fetch(server.origin).then(async (response) => await response.text())
    await expect(reading).rejects.toThrow('transport: too_large')
    expect(exchange.facts.failure).toEqual({ kind: 'too_large', limitBytes: 100_000 })
    await server.deserted()
  })

  it('frees the socket when a stream is not read to its end', async () => {
    server.play((response) => {
      response.writeHead(200, streaming)
      response.write('{}\n')
    })
    const response = await open().fetch(server.origin)
    await response.body?.cancel()
    await server.deserted()
  })

  it('hands a stream on as it comes, and waits for a slow reader', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => `{"line":${index},"text":"é👍"}\n`)
    server.play(async (response) => {
      response.writeHead(200, streaming)
      for (const line of lines) await new Promise<void>((resolve) => response.write(line, () => resolve()))
      response.end()
    })
    const response = await open().fetch(server.origin)
    const chunks: Uint8Array[] = []
    for await (const chunk of response.body ?? []) {
      await new Promise((resolve) => setImmediate(resolve))
      chunks.push(chunk)
    }
    expect(Buffer.concat(chunks).toString()).toBe(lines.join(''))
  })
})
