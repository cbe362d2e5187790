import { describe, expect, it } from 'vitest'
import { useHarness } from '../support/providers/harness.ts'
import { adapter, networkKind, providerCall } from '../support/providers/networkKinds.ts'
import type { ReceivedRequest } from '../support/providers/scriptedServer.ts'

const harness = useHarness()

interface Answer {
  status?: number
  body: unknown
}

const refusal: Answer = { status: 400, body: { error: { message: 'model is required' } } }

/** A server that answers its list so, and a call so. */
function play(list: Answer | ((request: ReceivedRequest) => Answer), call: Answer = refusal) {
  harness.server.play((response, request) => {
    const listed = typeof list === 'function' ? list(request) : list
    const { status = 200, body } = request.method === 'GET' ? listed : call
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

function check(kind: string) {
  const call = providerCall(networkKind(kind), { transport: harness.transport, port: harness.server.port })
  return adapter(networkKind(kind)).check(call)
}

const names = (outcome: Awaited<ReturnType<typeof check>>) =>
  outcome.ok ? outcome.value.models.map(({ model }) => model) : outcome.reason

describe('a list of models', () => {
  it.each<[string, unknown, string[]]>([
    ['entries', { object: 'list', data: [{ id: 'a' }, { id: 'b' }] }, ['a', 'b']],
    ['the bare array', [{ id: 'a' }], ['a']],
    ['names', { data: ['a', 'b'] }, ['a', 'b']],
    ['"name" and "model" for "id"', { data: [{ name: 'a' }, { model: 'b' }] }, ['a', 'b']],
    ['"models" for "data"', { models: [{ name: 'a' }] }, ['a']],
    ['"result" for "data"', { result: [{ id: 'a' }] }, ['a']],
    ['an object by name', { models: { a: { size: 1 }, b: {} } }, ['a', 'b']],
    ['entries without a name among others', { data: [{ id: 'a' }, { id: 7 }, null, ''] }, ['a']],
  ])('is read from %s', async (_, body, expected) => {
    play({ body })
    const outcome = await check('openai-compatible')
    expect(names(outcome)).toEqual(expected)
    expect(outcome).not.toHaveProperty('value.isListPartial')
  })

  it.each<[string, unknown, string[]]>([
    ['with patterns', { data: [{ id: 'openai/*' }, { id: '*' }, { id: 'a' }] }, ['a']],
    ['of nothing', { data: [] }, []],
    ['that is null', { object: 'list', data: null }, []],
    ['that goes on and does not say how', { data: [{ id: 'a' }], has_more: true }, ['a']],
  ])('%s says nothing of what else is there', async (_, body, expected) => {
    play({ body })
    const outcome = await check('openai-compatible')
    expect(names(outcome)).toEqual(expected)
    expect(outcome).toHaveProperty('value.isListPartial', true)
  })

  it('is read page by page, and each model once', async () => {
    play(({ path }) =>
      path.includes('after=a')
        ? { body: { data: [{ id: 'a' }, { id: 'b' }], has_more: false } }
        : { body: { data: [{ id: 'a' }], has_more: true, last_id: 'a' } },
    )
    expect(names(await check('openai-compatible'))).toEqual(['a', 'b'])
  })

  it('that gives the same page for ever is not whole, and asked for no more', async () => {
    play({ body: { data: [{ id: 'a' }], has_more: true, last_id: 'a' } })
    expect(await check('openai-compatible')).toHaveProperty('value.isListPartial', true)
    expect(harness.server.requests).toHaveLength(2)
  })
})

describe('a server that takes calls, and whose list', () => {
  const scope = { error: { message: 'Missing scopes: api.model.read.', code: 'missing_scope' } }
  it.each<[string, string, Answer]>([
    ['openai-compatible', 'is not for this key', { status: 403, body: scope }],
    ['openai', 'is not for this key', { status: 403, body: scope }],
    ['groq', 'is not for this key', { status: 403, body: scope }],
    ['anthropic', 'is not there', { status: 404, body: { detail: 'Not Found' } }],
    ['anthropic', 'is null', { body: { data: null } }],
    ['openai', 'is not there', { status: 404, body: { detail: 'Not Found' } }],
    ['openai-compatible', 'fails', { status: 500, body: { error: { message: 'no' } } }],
    ['mistral', 'is not made', { status: 501, body: { error: { message: 'not implemented' } } }],
    ['openai-compatible', 'is no list', { body: { hello: 'world' } }],
    ['ollama', 'is not there', { status: 404, body: { error: 'not found' } }],
    ['ollama', 'is null', { body: { models: null } }],
  ])('%s: %s: is there', async (kind, _, list) => {
    play(list)
    const outcome = await check(kind)
    expect(outcome).toMatchObject({ ok: true, value: { models: [], isListPartial: true } })
  })

  it('is no list, is there when it answers a call about nothing', async () => {
    play({ body: { object: 'list' } }, { body: { choices: [] } })
    expect(await check('openai-compatible')).toMatchObject({ ok: true, value: { isListPartial: true } })
    play({ body: { object: 'list' } }, { body: { hello: 'world' } })
    expect(await check('openai-compatible')).toMatchObject({ ok: false, reason: { problem: 'not_the_api' } })
  })

  it.each<[string, Answer, Answer, object]>([
    ['refuses the key there, too', { status: 403, body: scope }, { status: 401, body: {} }, { code: 'auth_failed' }],
    ['says that the account is empty', { status: 402, body: {} }, refusal, { code: 'quota_exceeded' }],
    ['fails there, too', { status: 500, body: {} }, { status: 500, body: {} }, { raw: { status: 500 } }],
  ])('%s: is told as that', async (_, list, call, reason) => {
    play(list, call)
    expect(await check('openai-compatible')).toMatchObject({ ok: false, reason })
  })
})

describe('the window of a model', () => {
  it('is what a call gets, beside what it was trained for', async () => {
    const meta = { n_ctx: 512, n_ctx_train: 8192, size: 100 }
    play({ body: { data: [{ id: 'm.gguf', owned_by: 'llamacpp', meta }] } })
    expect(await check('openai-compatible')).toMatchObject({
      value: { models: [{ contextTokens: 512, trainedContextTokens: 8192 }] },
    })
  })

  it('is that of a gateway’s entry, with what the model is for', async () => {
    const data = [
      { id: 'chat', mode: 'chat', max_input_tokens: 1000, max_output_tokens: 100 },
      { id: 'vec', mode: 'embedding' },
      { id: 'img', mode: 'image_generation' },
    ]
    play({ body: { data } })
    expect(await check('openai-compatible')).toMatchObject({
      value: {
        models: [
          { type: 'generation', contextTokens: 1000, maxOutputTokens: 100 },
          { type: 'embedding' },
          { capabilities: ['image_generation'] },
        ],
      },
    })
  })

  it('of Ollama is that of the loaded model, else its owner’s, else what it was trained for', async () => {
    const details = { context_length: 8192 }
    const tags = [
      { model: 'loaded:latest', digest: 'd1', details },
      { model: 'small:latest', digest: 'd2', details },
      { model: 'plain:latest', digest: 'd3', details },
      { model: 'big:120b-cloud', digest: 'd4', details, remote_host: 'https://ollama.com:443', size: 261 },
    ]
    const shown: Record<string, unknown> = {
      'small:latest': { parameters: 'stop "x"\nnum_ctx                        1024' },
    }
    harness.server.play((response, { path, body }) => {
      const answers: Record<string, unknown> = {
        '/api/tags': { models: tags },
        '/api/ps': { models: [{ model: 'loaded:latest', context_length: 4096 }] },
        '/api/version': { version: '0.14.2' },
        '/api/show': path === '/api/show' ? (shown[JSON.parse(body).model] ?? {}) : {},
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[path]))
    })
    const outcome = await check('ollama')
    expect(outcome).toMatchObject({
      value: {
        models: [
          { contextTokens: 4096, trainedContextTokens: 8192, loaded: true },
          { contextTokens: 1024, trainedContextTokens: 8192 },
          { contextTokens: 8192 },
          { contextTokens: 8192, leavesMachine: true },
        ],
      },
    })
    expect(outcome).not.toHaveProperty('value.models.3.sizeBytes')
    expect(outcome).not.toHaveProperty('value.models.2.trainedContextTokens')
  })
})

it.each([
  ['SMOLLM2', 'smollm2:latest', true],
  ['smollm2:LATEST', 'smollm2:latest', true],
  ['library/smollm2', 'smollm2:latest', true],
  ['registry.ollama.ai/library/smollm2:135m', 'smollm2:135m', true],
  ['acme/odd.name_1:v2-x', 'acme/Odd.Name_1:v2-x', true],
  ['hf.co/x/y', 'hf.co/x/y:latest', true],
  ['localhost:5000/x', 'localhost:5000/x:latest', true],
  ['smollm2:135m', 'smollm2:latest', false],
  ['acme/smollm2', 'smollm2:latest', false],
])('Ollama reads %s as %s: %s', (wanted, listed, expected) => {
  expect(adapter(networkKind('ollama')).isSameModel?.(wanted, listed)).toBe(expected)
})
