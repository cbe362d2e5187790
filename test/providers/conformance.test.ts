import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ReasonCode } from '../../protocol/reasons.ts'
import { listKinds } from '../../server/providers/registry.ts'
import { createTransport, type Transport } from '../../server/providers/transport.ts'
import {
  adapter,
  type CallOptions,
  completionRequest,
  fakeKey,
  keyHeaders,
  networkKinds,
  providerCall,
  recordedAnswer,
  writingKinds,
} from '../support/providers/networkKinds.ts'
import { contentType, recorded, replay, textOf } from '../support/providers/recordedBodies.ts'
import { type Script, type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

// What SDKs would take from the environment of whoever starts the product; none of it may matter anywhere in this file.
const strayVariables = {
  OPENAI_BASE_URL: 'http://127.0.0.1:9/stray',
  OPENAI_API_KEY: 'sk-stray-openai',
  OPENAI_ORG_ID: 'org-stray',
  OPENAI_PROJECT_ID: 'proj-stray',
  OPENAI_CUSTOM_HEADERS: 'x-stray: 1\nauthorization: Bearer sk-stray-header',
  OPENAI_LOG: 'debug',
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:9/stray',
  ANTHROPIC_API_KEY: 'sk-stray-anthropic',
  ANTHROPIC_AUTH_TOKEN: 'stray-token',
  ANTHROPIC_CUSTOM_HEADERS: 'x-stray: 1',
  ANTHROPIC_LOG: 'debug',
  OLLAMA_HOST: 'http://127.0.0.1:9',
  OLLAMA_API_KEY: 'stray-ollama',
}

const consoleMethods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

let server: ScriptedServer
let transport: Transport
let printed: unknown[][]

beforeEach(async () => {
  for (const [name, value] of Object.entries(strayVariables)) vi.stubEnv(name, value)
  printed = []
  for (const method of consoleMethods) {
    vi.spyOn(console, method).mockImplementation((...parts: unknown[]) => void printed.push(parts))
  }
  server = await startScriptedServer()
  transport = createTransport({ environment: {}, maxResponseBytes: 1_000_000 })
})

afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await transport.close()
  await server.close()
  expect(printed).toEqual([])
})

it('has every kind of the registry that calls somebody', () => {
  // VS Code's own models are asked by way of the client: test/protocol/vscodeLm.test.ts.
  const calling = listKinds().filter(({ kind }) => kind !== 'builtin' && kind !== 'vscode-lm')
  expect(calling.map(({ kind }) => kind).toSorted()).toEqual(networkKinds.map(({ kind }) => kind).toSorted())
})

describe.each(writingKinds)('$kind', (kind) => {
  async function complete(options: Partial<CallOptions> = {}, request = completionRequest()) {
    return await adapter(kind).complete(providerCall(kind, { transport, port: server.port, ...options }), request)
  }

  async function checkProvider(options: Partial<CallOptions> = {}) {
    return await adapter(kind).check(providerCall(kind, { transport, port: server.port, ...options }))
  }

  /** Answers with a recorded body, whatever is asked for. */
  function playRecorded(name: string, headers: Record<string, string> = {}) {
    server.play((response) => replay(recorded(kind.kind, name, fakeKey), response, headers))
  }

  /** Lists and versions as recorded, for checks. */
  function playLists() {
    server.play((response, { path }) => {
      replay(recorded(kind.kind, kind.lists?.[path] ?? 'models'), response)
    })
  }

  /** The headers of the first request that carry a key. */
  function sentKey() {
    const headers = server.requests[0]?.headers ?? {}
    return { authorization: headers.authorization, 'api-key': headers['api-key'] }
  }

  it('completes, sends the key as it is wanted and nothing of the environment', async () => {
    playRecorded('ok')
    const outcome = await complete()
    expect(outcome).toMatchObject({
      ok: true,
      value: { text: recordedAnswer, usage: kind.usage, hasThought: kind.hasThought },
    })
    const request = server.requests.at(-1)
    expect(request?.path).toBe(kind.chatPath)
    expect(sentKey()).toMatchObject(keyHeaders(kind, fakeKey))
    expect(JSON.stringify(request)).not.toMatch(/stray|stainless/i)
    const body = JSON.parse(request?.body ?? '') as { model: string }
    expect(body.model).toBe('gpt-9')
  })

  it.each(['json', 'text', 'tool'] as const)('completes in mode %s if it offers it', async (mode) => {
    const { outputModes } = adapter(kind).capabilities
    if (!outputModes.includes(mode)) return expect(outputModes.length).toBeGreaterThan(1)
    playRecorded(mode === 'tool' ? 'ok-tool' : 'ok')
    const outcome = await complete({}, completionRequest({ mode }))
    expect(outcome).toMatchObject({ ok: true })
    expect(outcome.ok && JSON.parse(outcome.value.text)).toEqual(JSON.parse(recordedAnswer))
  })

  it('lists its models in a check', async () => {
    playLists()
    const outcome = await checkProvider()
    expect(outcome).toMatchObject({ ok: true, value: { method: 'listed the models (no cost)' } })
    expect(outcome.ok && outcome.value.isListPartial).toBe(kind.isListPartial)
    expect(outcome.ok && outcome.value.models).toMatchSnapshot()
  })

  describe('reasons', () => {
    const status = (body: string, usual: number) => ({ raw: { status: kind.statuses?.[body] ?? usual } })
    const cases: [body: string, code: ReasonCode, more?: object][] = [
      ['wrong-key', 'auth_failed', status('wrong-key', 401)],
      ['no-credit', 'quota_exceeded'],
      ['model-missing', 'model_missing', { model: 'gpt-9', ...status('model-missing', 404) }],
      ['rate-limited', 'rate_limited', { retryAfterMs: null, ...status('rate-limited', 429) }],
      ['overloaded', 'overloaded', { retryAfterMs: null }],
      ['context-too-long', 'context_too_long', { model: 'gpt-9' }],
      ['error-with-200', 'invalid_response', { problem: 'error_body' }],
      ['no-answer', 'invalid_response', { problem: 'empty' }],
      ['cut-answer', 'invalid_response', { problem: 'truncated' }],
      ['rejected-request', 'invalid_response', { problem: 'rejected_request' }],
      ['content-filtered', 'content_filtered'],
    ]

    it.each(cases.filter(([body]) => !kind.lacks?.includes(body)))('%s is %s', async (body, code, more = {}) => {
      playRecorded(body)
      expect(reasonOf(await complete())).toMatchObject({ code, provider: 'tested', ...more })
    })

    it.each([500, 503, 529])('an empty %i is overloaded', async (status) => {
      server.play((response) => void response.writeHead(status).end())
      expect(reasonOf(await complete())).toMatchObject({ code: 'overloaded', raw: { status } })
    })

    it.each([408, 504])('%i is a timeout that the server tells', async (status) => {
      server.play((response) => void response.writeHead(status).end())
      expect(reasonOf(await complete())).toMatchObject({ code: 'timeout', phase: 'server', afterMs: null })
    })

    it('a page of a wrong address is no missing model', async () => {
      server.play(answer(404, '<html>Not found</html>', 'text/html'))
      const expected = { code: 'invalid_response', problem: 'not_the_api', raw: { status: 404 } }
      expect(reasonOf(await complete())).toMatchObject({ ...expected, action: { id: 'editProvider' } })
      expect(reasonOf(await checkProvider())).toMatchObject(expected)
    })

    it('is asked once only, whatever it answers', async () => {
      playRecorded('rate-limited', { 'retry-after': '0', 'x-should-retry': 'true' })
      await complete()
      expect(server.requests.filter(({ path }) => path === kind.chatPath)).toHaveLength(1)
    })
  })

  describe('a key', () => {
    it.each(['complete', 'check'] as const)('that is echoed appears nowhere (%s)', async (method) => {
      playRecorded('wrong-key')
      const outcome: Outcome<unknown> = method === 'check' ? await checkProvider() : await complete()
      expect(reasonOf(outcome).code).toBe('auth_failed')
      expectNoKey(outcome)
    })

    it('that is echoed in a refusal appears nowhere', async () => {
      const message = `bad ${fakeKey} ${encodeURIComponent(fakeKey)} ${Buffer.from(fakeKey).toString('base64')}`
      server.play(answer(400, JSON.stringify({ error: { message, code: fakeKey } }), 'application/json'))
      const outcome = await complete()
      expect(reasonOf(outcome)).toMatchObject({ code: 'invalid_response', problem: 'rejected_request' })
      expectNoKey(outcome)
    })

    it('that is echoed in an answer is masked', async () => {
      const { status, body, lines, headers } = recorded(kind.kind, 'ok')
      const echoed = JSON.stringify({ body, lines }).replaceAll('On topic', JSON.stringify(fakeKey).slice(1, -1))
      const parsed = JSON.parse(echoed) as object
      server.play((response) => replay({ status, ...(headers ? { headers } : {}), ...parsed }, response))
      const outcome = await complete()
      expect(outcome.ok).toBe(true)
      expectNoKey(outcome)
    })

    it.each(['two\nlines', 'naïve-key-000000', 'tab\tkey', 'spa ce', '', '   ', 'k'.repeat(10_000)])(
      'that cannot be one is refused without telling it (%j)',
      async (key) => {
        playRecorded('ok')
        const outcome = await complete({ key })
        expect(reasonOf(outcome)).toMatchObject({ code: 'policy_denied', rule: 'invalid_key' })
        if (key.trim() !== '') expect(JSON.stringify(outcome)).not.toContain(JSON.stringify(key).slice(1, -1))
        expect(server.requests).toHaveLength(0)
      },
    )

    it('is trimmed', async () => {
      playRecorded('ok')
      await complete({ key: ` ${fakeKey}\n` })
      expect(sentKey()).toMatchObject(keyHeaders(kind, fakeKey))
    })

    it('is not sent over plain http to another machine, unless that is allowed', async () => {
      const elsewhere = { host: 'models.example' }
      expect(reasonOf(await complete(elsewhere))).toMatchObject({ code: 'policy_denied', rule: 'plain_http_with_key' })
    })

    it('that is missing is told, where one is needed', async () => {
      playRecorded('ok')
      const outcome = await complete({ key: null, config: { key_env: 'SOME_KEY' } })
      if (adapter(kind).key.need === 'optional') {
        expect(outcome.ok).toBe(true)
        expect(sentKey()).toEqual(keyHeaders(kind, null))
      } else {
        const expected = { code: 'secret_missing', source: 'environment', variable: 'SOME_KEY' }
        expect(reasonOf(outcome)).toMatchObject(expected)
        expect(server.requests).toHaveLength(0)
      }
    })
  })

  it.each([
    ['2', 2_000],
    ['1.5', 1_500],
    ['0', 0],
    ['3600', 3_600_000],
    ['-5', null],
    ['Infinity', null],
    ['1e3', null],
    ['soon', null],
    ['Sat, 21 Nov 2026 00:01:00 GMT', 60_000],
    ['Fri, 20 Nov 2026 00:00:00 GMT', 0],
    [null, null],
  ])('Retry-After %j asks to wait %j ms', async (retryAfter, expected) => {
    const now = Date.UTC(2026, 10, 21)
    const timed = createTransport({ environment: {}, now: () => now })
    playRecorded('rate-limited', retryAfter === null ? {} : { 'retry-after': retryAfter })
    const outcome = await complete({ transport: timed })
    await timed.close()
    expect(reasonOf(outcome)).toMatchObject({ code: 'rate_limited', retryAfterMs: expected })
  })

  describe('connections', () => {
    it('refused', async () => {
      const gone = await startScriptedServer()
      await gone.close()
      const outcome = await complete({ port: gone.port })
      expect(reasonOf(outcome)).toMatchObject({ code: 'provider_unreachable', cause: 'ECONNREFUSED' })
      expect(reasonOf(await checkProvider({ port: gone.port })).code).toBe('provider_unreachable')
    })

    it('to a name that does not exist', async () => {
      const unknown = createTransport({
        environment: {},
        resolve: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
      })
      const outcome = await complete({ transport: unknown, host: 'models.example', config: { allow_plain_http: true } })
      await unknown.close()
      expect(reasonOf(outcome)).toMatchObject({ code: 'provider_unreachable', cause: 'ENOTFOUND' })
    })

    it('to a name that leads to a metadata address', async () => {
      const rebound = createTransport({
        environment: {},
        resolve: async () => [{ address: '169.254.169.254', family: 4 }],
      })
      const outcome = await complete({ transport: rebound, host: 'models.example', config: { allow_plain_http: true } })
      await rebound.close()
      expect(reasonOf(outcome)).toMatchObject({ code: 'policy_denied', rule: 'blocked_address' })
    })

    it('cut before and within the answer', async () => {
      server.play((response) => void response.destroy())
      expect(reasonOf(await complete())).toMatchObject({ code: 'provider_unreachable', cause: 'UND_ERR_SOCKET' })
      const ok = recorded(kind.kind, 'ok')
      server.play((response) => {
        response.writeHead(200, { 'content-type': contentType(ok), 'content-length': textOf(ok).length + 100 })
        response.write(textOf(ok).slice(0, 60), () => response.destroy())
      })
      expect(reasonOf(await complete())).toMatchObject({ code: 'provider_unreachable' })
    })

    it('to something that does not speak HTTP', async () => {
      server.play((response) => void response.socket?.end('220 mail.example ESMTP\r\n'))
      expect(reasonOf(await complete())).toMatchObject({ code: 'invalid_response', problem: 'not_the_api' })
    })
  })

  describe('deadlines', () => {
    it('a server that never answers', async () => {
      server.play(() => {})
      const outcome = await complete({ deadlines: { firstByteMs: 60 } })
      expect(reasonOf(outcome)).toMatchObject({ code: 'timeout', phase: 'first_byte', afterMs: 60 })
      await server.deserted()
    })

    it('a server that stops in the middle', async () => {
      server.play((response) => {
        response.writeHead(200, { 'content-type': contentType(recorded(kind.kind, 'ok')) })
        response.write('{"')
      })
      const outcome = await complete({ deadlines: { idleMs: 60 } })
      expect(reasonOf(outcome)).toMatchObject({ code: 'timeout', phase: 'idle', afterMs: 60 })
      await server.deserted()
    })

    it('headers long before the first piece, while the prompt is read, are no silence', async () => {
      const ok = recorded(kind.kind, 'ok')
      server.play((response) => {
        response.writeHead(200, { 'content-type': contentType(ok) })
        response.flushHeaders()
        setTimeout(() => response.end(textOf(ok)), 150)
      })
      expect(await complete({ deadlines: { idleMs: 50 } })).toMatchObject({ ok: true })
    })

    it('a server that trickles', async () => {
      server.play((response) => {
        response.writeHead(200, { 'content-type': contentType(recorded(kind.kind, 'ok')) })
        const timer = setInterval(() => response.write(' '), 5)
        response.once('close', () => clearInterval(timer))
      })
      const outcome = await complete({ deadlines: { totalMs: 120 } })
      expect(reasonOf(outcome)).toMatchObject({ code: 'timeout', phase: 'total', afterMs: 120 })
      await server.deserted()
    })

    it('a name server that never answers', async () => {
      const lost = createTransport({ environment: {}, resolve: () => new Promise(() => {}) })
      const options = { transport: lost, host: 'models.example', config: { allow_plain_http: true } }
      const outcome = await complete({ ...options, deadlines: { connectMs: 60 } })
      await lost.close()
      expect(reasonOf(outcome)).toMatchObject({ code: 'timeout', phase: 'connect', afterMs: 60 })
    })
  })

  describe('answers with 200 that are none', () => {
    it.each([
      ['a web page', '<!doctype html><title>Sign in</title>', 'text/html', 'not_the_api'],
      ['a web page that claims to be JSON', '<html></html>', 'application/json', 'not_the_api'],
      ['nothing', '', 'application/json', 'empty'],
      ['nothing, with a length', null, 'application/json', 'empty'],
      ['text', 'upstream connect error', 'text/plain', 'not_json'],
      ['an empty object', '{}', 'application/json', null],
      ['null', 'null', 'application/json', 'not_json'],
      ['JSON that goes deep', '['.repeat(200_000), 'application/json', null],
    ])('%s', async (_, body, type, problem) => {
      server.play((response) => {
        response.writeHead(200, { 'content-type': type, ...(body === null ? { 'content-length': '0' } : {}) })
        response.end(body ?? '')
      })
      const expected = { code: 'invalid_response', ...(problem ? { problem } : {}) }
      expect(reasonOf(await complete())).toMatchObject(expected)
      expect(reasonOf(await checkProvider())).toMatchObject(expected)
    })

    it('a list instead of an answer', async () => {
      server.play(answer(200, '[]', 'application/json'))
      expect(reasonOf(await complete())).toMatchObject({ code: 'invalid_response' })
    })

    it('JSON that is cut off in good order', async () => {
      const ok = recorded(kind.kind, 'ok')
      server.play(answer(200, textOf(ok).slice(0, -40), contentType(ok)))
      const reason = reasonOf(await complete())
      expect(reason).toMatchObject({ code: 'invalid_response', problem: ok.lines ? 'truncated' : 'not_json' })
    })
  })

  it.each([
    ['another content type', 'text/html', ''],
    ['no content type', '', ''],
    ['a byte order mark', 'application/json', '\uFEFF'],
  ])('reads an answer with %s', async (_, type, start) => {
    server.play(answer(200, start + textOf(recorded(kind.kind, 'ok')), type))
    expect(await complete()).toMatchObject({ ok: true, value: { text: recordedAnswer } })
  })

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    const other = await startScriptedServer()
    server.play((response) => void response.writeHead(status, { location: `${other.origin}/v1/x` }).end())
    expect(reasonOf(await complete())).toMatchObject({ code: 'policy_denied', rule: 'redirect' })
    expect(reasonOf(await checkProvider())).toMatchObject({ code: 'policy_denied', rule: 'redirect' })
    expect(other.requests).toHaveLength(0)
    await other.close()
  })

  it('stops at a bomb, with flat memory and a closed connection', async () => {
    const body = gzipBomb()
    server.play((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(body)
    })
    const before = process.memoryUsage().arrayBuffers
    const outcome = await complete()
    const grown = process.memoryUsage().arrayBuffers - before
    expect(reasonOf(outcome)).toMatchObject({ code: 'invalid_response', problem: 'too_large' })
    expect(grown).toBeLessThan(bombBytes / 4)
    await server.deserted()
  })

  it('reads a compressed answer, and tells damaged compression', async () => {
    const ok = recorded(kind.kind, 'ok')
    const compressed = gzipSync(textOf(ok))
    const play = (body: Buffer) =>
      server.play((response) => {
        response.writeHead(200, { 'content-type': contentType(ok), 'content-encoding': 'gzip' })
        response.end(body)
      })
    play(compressed)
    expect(await complete()).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    play(compressed.subarray(0, 60))
    expect(reasonOf(await complete())).toMatchObject({ code: 'invalid_response', problem: 'not_the_api' })
  })

  describe('abort', () => {
    it('in flight ends the request at once', async () => {
      server.play(() => {})
      const controller = new AbortController()
      const arrival = server.nextRequest()
      const running = complete({ signal: controller.signal })
      await arrival
      controller.abort()
      expect(reasonOf(await running)).toEqual(expect.objectContaining({ code: 'cancelled' }))
      await server.deserted()
    })

    it('within the answer ends the request at once', async () => {
      const controller = new AbortController()
      server.play((response) => {
        response.writeHead(200, { 'content-type': contentType(recorded(kind.kind, 'ok')) })
        response.write('{"', () => controller.abort())
      })
      expect(reasonOf(await complete({ signal: controller.signal })).code).toBe('cancelled')
      await server.deserted()
    })

    it('before the call sends nothing', async () => {
      const outcome = await complete({ signal: AbortSignal.abort() })
      expect(reasonOf(outcome).code).toBe('cancelled')
      expect(reasonOf(await checkProvider({ signal: AbortSignal.abort() })).code).toBe('cancelled')
      expect(server.requests).toHaveLength(0)
    })
  })

  it('keeps the facts of calls at the same time apart', async () => {
    server.play((response, { body }) => {
      const isLucky = body.includes('lucky')
      replay(recorded(kind.kind, isLucky ? 'ok' : 'rate-limited'), response, isLucky ? {} : { 'retry-after': '7' })
    })
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        complete({}, completionRequest({ prompt: index % 2 === 0 ? 'lucky "a"' : 'unlucky'.slice(0, 2) })),
      ),
    )
    outcomes.forEach((outcome, index) => {
      if (index % 2 === 0) expect(outcome).toMatchObject({ ok: true })
      else expect(reasonOf(outcome)).toMatchObject({ code: 'rate_limited', retryAfterMs: 7_000 })
    })
  })
})

const bombBytes = 64 * 1024 * 1024
let bomb: Buffer | undefined

/** Small on the wire. Made once: compressing it takes longer than the tests that send it. */
function gzipBomb(): Buffer {
  bomb ??= gzipSync(Buffer.alloc(bombBytes, ' '))
  return bomb
}

function answer(status: number, body: string, type: string): Script {
  return (response) => {
    response.writeHead(status, type === '' ? {} : { 'content-type': type })
    response.end(body)
  }
}

function reasonOf(outcome: Outcome<unknown>) {
  if (outcome.ok) throw new Error(`it worked: ${JSON.stringify(outcome.value)}`)
  return outcome.reason
}

function expectNoKey(outcome: unknown) {
  const told = [JSON.stringify(outcome), inspect(outcome, { depth: null }), JSON.stringify(printed)].join('\n')
  const forms = [
    fakeKey,
    JSON.stringify(fakeKey).slice(1, -1),
    encodeURIComponent(fakeKey),
    Buffer.from(fakeKey).toString('base64'),
  ]
  for (const form of [...forms, 'canary']) expect(told).not.toContain(form)
}
