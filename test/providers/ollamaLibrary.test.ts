import { describe, expect, it } from 'vitest'
import type { PullStep } from '../../server/providers/adapter.ts'
import { useHarness } from '../support/providers/harness.ts'
import {
  adapter,
  type CallOptions,
  networkKind,
  providerCall,
  recordedAnswer,
} from '../support/providers/networkKinds.ts'
import { recorded, replay } from '../support/providers/recordedBodies.ts'

const harness = useHarness()
const ollama = networkKind('ollama')

function call(options: Partial<CallOptions> = {}) {
  return providerCall(ollama, { transport: harness.transport, port: harness.server.port, ...options })
}

async function pull(options: Partial<CallOptions> = {}) {
  const steps: PullStep[] = []
  const outcome = await adapter(ollama).pull?.(call(options), 'qwen3:8b', (step) => void steps.push(step))
  return { outcome, steps }
}

function playLines(...lines: (object | string)[]) {
  harness.server.play((response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.end(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
  })
}

const layer = { status: 'pulling 3d0b790534fe', digest: 'sha256:3d0b', total: 5_000_000_000 }

describe('pull', () => {
  it('tells every step with the bytes of its layer', async () => {
    playLines(
      { status: 'pulling manifest' },
      layer,
      { ...layer, completed: 4_294_967_296 },
      { status: 'verifying sha256 digest' },
      { status: 'success' },
    )
    const { outcome, steps } = await pull()
    expect(outcome).toEqual({ ok: true, value: null })
    expect(steps).toEqual([
      { status: 'pulling manifest', digest: null, completedBytes: null, totalBytes: null },
      { status: layer.status, digest: layer.digest, completedBytes: null, totalBytes: 5_000_000_000 },
      { status: layer.status, digest: layer.digest, completedBytes: 4_294_967_296, totalBytes: 5_000_000_000 },
      { status: 'verifying sha256 digest', digest: null, completedBytes: null, totalBytes: null },
      { status: 'success', digest: null, completedBytes: null, totalBytes: null },
    ])
    expect(harness.server.requests[0]).toMatchObject({ method: 'POST', path: '/api/pull' })
    expect(harness.bodies()[0]).toMatchObject({ name: 'qwen3:8b', stream: true })
  })

  it.each([
    [
      'a model that the library lacks',
      { error: 'pull model manifest: file does not exist' },
      { code: 'model_missing' },
    ],
    [
      'a failing disk',
      { error: 'write /models: no space left on device' },
      { code: 'invalid_response', problem: 'error_body', detail: expect.stringContaining('no space left') },
    ],
  ])('tells %s', async (_, line, reason) => {
    playLines({ status: 'pulling manifest' }, line)
    expect((await pull()).outcome).toMatchObject({ ok: false, reason })
  })

  it.each([
    ['without an end', [{ status: 'pulling manifest' }, layer], 'truncated'],
    ['with a line that is no JSON', [{ status: 'pulling manifest' }, 'oops', { status: 'success' }], 'not_json'],
    ['that says nothing', [], 'truncated'],
  ])('does not believe a stream %s', async (_, lines, problem) => {
    playLines(...lines)
    expect((await pull()).outcome).toMatchObject({ reason: { code: 'invalid_response', problem } })
  })

  it('is cancelled at once, and goes on where it was when it is asked again', async () => {
    const controller = new AbortController()
    let completed = 1_000
    harness.server.play((response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      response.write(`${JSON.stringify({ ...layer, completed })}\n`, () => controller.abort())
      completed += 1_000
    })
    const first = await pull({ signal: controller.signal })
    expect(first.outcome).toMatchObject({ reason: { code: 'cancelled' } })
    await harness.server.deserted()
    playLines({ ...layer, completed }, { status: 'success' })
    const second = await pull()
    expect(second.outcome).toEqual({ ok: true, value: null })
    expect(second.steps[0]?.completedBytes).toBe(2_000)
  })

  it('may tell more steps than an answer may be long', async () => {
    const { createTransport } = await import('../../server/providers/transport.ts')
    const narrow = createTransport({ environment: {}, maxResponseBytes: 1_000 })
    playLines(...Array.from({ length: 500 }, (_, completed) => ({ ...layer, completed })), { status: 'success' })
    const { outcome, steps } = await pull({ transport: narrow })
    await narrow.close()
    expect(outcome).toEqual({ ok: true, value: null })
    expect(steps).toHaveLength(501)
  })

  it('tells a server that is not there', async () => {
    harness.server.play(
      (response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<html></html>'),
    )
    expect((await pull()).outcome).toMatchObject({ reason: { code: 'invalid_response', problem: 'not_the_api' } })
  })
})

describe('deleteModel', () => {
  const remove = async () => await adapter(ollama).deleteModel?.(call(), 'qwen3:8b')

  it('removes the model; the server says nothing to it', async () => {
    harness.server.play((response) => void response.writeHead(200).end())
    expect(await remove()).toEqual({ ok: true, value: null })
    expect(harness.server.requests[0]).toMatchObject({ method: 'DELETE', path: '/api/delete' })
    expect(harness.bodies()[0]).toEqual({ name: 'qwen3:8b' })
  })

  it('tells a model that is not there', async () => {
    harness.server.play((response) => replay(recorded('ollama', 'model-missing'), response))
    expect(await remove()).toMatchObject({ reason: { code: 'model_missing', model: 'qwen3:8b' } })
  })
})

describe('the list', () => {
  const list = async () => await adapter(ollama).listModels(call())
  const play = (models: object[], loaded: { status: number; body: object }) =>
    harness.server.play((response, { path }) =>
      replay(path === '/api/ps' ? loaded : { status: 200, body: { models } }, response),
    )

  it('marks what is in memory, and what leaves the machine', async () => {
    const loaded = { status: 200, body: { models: [{ model: 'a:latest' }] } }
    play([{ model: 'a:latest' }, { model: 'b:120b-cloud' }, { model: 'c', remote_host: 'https://ollama.com' }], loaded)
    expect(await list()).toEqual({
      ok: true,
      value: [
        { model: 'a:latest', loaded: true, leavesMachine: false },
        { model: 'b:120b-cloud', loaded: false, leavesMachine: true },
        { model: 'c', loaded: false, leavesMachine: true },
      ],
    })
  })

  it('does without what is in memory when a proxy hides it', async () => {
    play([{ model: 'a' }], { status: 404, body: { error: 'no' } })
    expect(await list()).toEqual({ ok: true, value: [{ model: 'a', leavesMachine: false }] })
  })

  it('tells a model that gives vectors, and their length', async () => {
    const details = { embedding_length: 768, context_length: 2048 }
    play([{ model: 'nomic', capabilities: ['embedding'], details }], { status: 200, body: { models: [] } })
    expect(await list()).toMatchObject({ value: [{ type: 'embedding', dimensions: 768, contextTokens: 2048 }] })
  })
})

describe('thinking', () => {
  const refusal = { status: 400, body: { error: '"m" does not support thinking' } }

  function playThinker(capabilities: string[] | null) {
    harness.server.play((response, { path, body }) => {
      if (path === '/api/show') {
        return replay(capabilities ? { status: 200, body: { capabilities } } : { status: 404, body: {} }, response)
      }
      const { think } = JSON.parse(body) as { think: unknown }
      replay(think === false ? recorded('ollama', 'ok') : refusal, response)
    })
  }
  const asked = () => harness.bodies().map(({ think }) => think)

  it('is given up for a model that cannot, which is asked once only', async () => {
    playThinker(['completion'])
    const expected = { ok: true, value: { text: recordedAnswer } }
    expect(await harness.complete('ollama', { thinking: true })).toMatchObject(expected)
    expect(await harness.complete('ollama', { thinking: 'high' })).toMatchObject(expected)
    expect(asked()).toEqual([undefined, true, false, false])
  })

  it.each([[['completion', 'thinking']], [null]])(
    'is not given up for another refusal (able to %j)',
    async (capabilities) => {
      playThinker(capabilities)
      expect(await harness.complete('ollama', { thinking: true })).toMatchObject({
        reason: { code: 'invalid_response', problem: 'rejected_request' },
      })
      expect(asked()).toEqual([undefined, true])
    },
  )

  it.each([
    ['gpt-oss:20b', false, 'low'],
    ['gpt-oss:120b-cloud', true, 'medium'],
    ['somebody/gpt-oss', 'high', 'high'],
    ['qwen3:8b', true, true],
  ] as const)('of %s with %j is asked for as %j', async (model, thinking, expected) => {
    const body = await harness.sent('ollama', { model, thinking })
    expect(body.think).toBe(expected)
    expect((body.options as { num_predict: number }).num_predict).toBeGreaterThan(10_000)
  })
})

it('takes the answer from a call of a tool that was not offered', async () => {
  const called = [{ function: { name: 'verdicts', arguments: JSON.parse(recordedAnswer) as object } }]
  const lines = [
    { message: { role: 'assistant', content: '', tool_calls: called }, done: false },
    { message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' },
  ]
  harness.server.play((response, { path }) => {
    if (path !== '/api/chat') return replay({ status: 404, body: {} }, response)
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  })
  const outcome = await harness.complete('ollama', {})
  if (!outcome.ok) expect.unreachable(outcome.reason.message)
  expect(JSON.parse(outcome.value.text)).toEqual(JSON.parse(recordedAnswer))
})
