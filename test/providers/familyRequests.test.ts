import { describe, expect, it } from 'vitest'
import { useHarness } from '../support/providers/harness.ts'
import {
  adapter,
  completionRequest,
  fakeKey,
  networkKind,
  providerCall,
  recordedAnswer,
} from '../support/providers/networkKinds.ts'
import { recorded, replay } from '../support/providers/recordedBodies.ts'

// What differs between the kinds that speak OpenAI's chat completions: facts/providers.md §5 to §11.
const harness = useHarness()
const { sent } = harness
const { schema, name } = completionRequest().output

describe('deepseek', () => {
  it('asks for JSON, since it takes no schema', async () => {
    expect(await sent('deepseek', { mode: 'json' })).toMatchObject({
      max_tokens: expect.any(Number),
      response_format: { type: 'json_object' },
    })
  })

  it.each([
    [undefined, undefined, undefined, 0],
    [false, { type: 'disabled' }, undefined, 0],
    [true, { type: 'enabled' }, undefined, undefined],
    ['low', { type: 'enabled' }, 'high', undefined],
  ] as const)(
    'with thinking %j it sends %j, effort %j, temperature %j',
    async (thinking, type, effort, temperature) => {
      const body = await sent('deepseek', { mode: 'json', thinking })
      expect(body.thinking).toEqual(type)
      expect(body.reasoning_effort).toBe(effort)
      expect(body.temperature).toBe(temperature)
      expect(Number(body.max_tokens) > 500).toBe(thinking !== false)
    },
  )

  it('adds the word JSON where the messages lack it', async () => {
    const body = await sent('deepseek', { mode: 'json', prompt: 'Rate this.', system: 'You rate.' })
    expect(JSON.stringify(body.messages)).toContain('Answer in JSON.')
  })
})

describe('groq', () => {
  it.each([
    ['openai/gpt-oss-120b', true],
    ['llama-3.3-70b-versatile', undefined],
  ])('promises to hold to the schema only for what can (%s)', async (model, strict) => {
    const body = await sent('groq', { model })
    expect(body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name, schema, ...(strict && { strict }) },
    })
    expect(body).toHaveProperty('max_completion_tokens')
    expect(body).not.toHaveProperty('max_tokens')
  })

  it.each([
    ['openai/gpt-oss-120b', false, 'low'],
    ['openai/gpt-oss-120b', 'high', 'high'],
    ['qwen/qwen3.6-27b', false, 'none'],
    ['qwen/qwen3.6-27b', 'high', 'default'],
    ['llama-3.3-70b-versatile', true, undefined],
  ] as const)('asks %s with thinking %j for the effort %j', async (model, thinking, effort) => {
    expect((await sent('groq', { model, thinking })).reasoning_effort).toBe(effort)
  })

  it.each(['json_validate_failed', 'tool_use_failed'])(
    'takes %s for an answer that may come out better',
    async (code) => {
      harness.server.play((response) => replay({ status: 400, body: { error: { message: 'x', code } } }, response))
      expect(await harness.complete('groq')).toMatchObject({ reason: { code: 'invalid_response', problem: 'schema' } })
    },
  )
})

describe('mistral', () => {
  it('uses max_tokens, and a thinking field only when asked', async () => {
    const body = await sent('mistral')
    expect(body).toMatchObject({ max_tokens: 500, temperature: 0 })
    expect(body).not.toHaveProperty('reasoning_effort')
    expect((await sent('mistral', { thinking: true })).reasoning_effort).toBe('high')
  })
})

describe('google', () => {
  it.each([
    ['gemini-2.5-flash', false, 'none', 500],
    ['gemini-3.5-flash', false, 'low', 16_884],
    ['gemini-3.5-flash', 'medium', 'medium', 16_884],
    ['gemini-3.5-flash', undefined, undefined, 16_884],
    ['gemma-3-27b-it', true, undefined, 500],
  ] as const)('asks %s with thinking %j for the effort %j and %i tokens', async (model, thinking, effort, limit) => {
    const body = await sent('google', { model, thinking })
    expect(body.reasoning_effort).toBe(effort)
    expect(body.max_tokens).toBe(limit)
  })

  it('sends the key of its own list in its own header', async () => {
    harness.server.play((response) => replay(recorded('google', 'models'), response))
    const kind = networkKind('google')
    await adapter(kind).listModels(providerCall(kind, { transport: harness.transport, port: harness.server.port }))
    const { path, headers } = harness.server.requests[0] ?? {}
    expect(path).toBe('/v1beta/models?pageSize=1000')
    expect(headers).toMatchObject({ 'x-goog-api-key': fakeKey })
    expect(headers).not.toHaveProperty('authorization')
  })

  it.each(['google', 'cohere'])('reads every page of the list of %s', async (name) => {
    const kind = networkKind(name)
    harness.server.play((response, { path }) => {
      const isSecond = /[?&]page_?[tT]oken=two\b/.test(path)
      const models = [{ name: isSecond ? 'second' : 'first' }]
      const next = isSecond ? '' : 'two'
      replay({ status: 200, body: { models, nextPageToken: next, next_page_token: next } }, response)
    })
    const outcome = await adapter(kind).listModels(
      providerCall(kind, { transport: harness.transport, port: harness.server.port }),
    )
    expect(outcome).toMatchObject({ ok: true, value: [{ model: 'first' }, { model: 'second' }] })
  })
})

describe('openrouter', () => {
  it('is routed only to who holds to the schema', async () => {
    expect(await sent('openrouter', { model: 'meta/llama-5' })).toMatchObject({
      provider: { require_parameters: true },
      temperature: 0,
    })
    expect(await sent('openrouter', { mode: 'text' })).not.toHaveProperty('provider')
  })

  it.each(['openai/gpt-6-luna', 'anthropic/claude-haiku-5-5'])(
    'sends %s no temperature, so that somebody is left',
    async (model) => {
      expect(await sent('openrouter', { model })).not.toHaveProperty('temperature')
    },
  )

  it.each([
    [false, { effort: 'none' }],
    [true, { effort: 'medium' }],
    ['high', { effort: 'high' }],
    [undefined, undefined],
  ] as const)('with thinking %j it sends %j', async (thinking, reasoning) => {
    expect((await sent('openrouter', { thinking })).reasoning).toEqual(reasoning)
  })

  it('tells what the call cost', async () => {
    harness.server.play((response) => replay(recorded('openrouter', 'ok'), response))
    expect(await harness.complete('openrouter')).toMatchObject({ ok: true, value: { costUsd: 0.000321 } })
  })

  const check = async (key: object) => {
    const kind = networkKind('openrouter')
    harness.server.play((response, { path }) => {
      const isKey = path === '/api/v1/key'
      const data = path.includes('offset=2') ? ['c'] : ['a', 'b']
      const list = { data: data.map((id) => ({ id })), total_count: 3 }
      if (path.includes('/embeddings/')) return replay({ status: 404, body: { error: { message: 'no' } } }, response)
      return replay({ status: 200, body: isKey ? { data: key } : list }, response)
    })
    return await adapter(kind).check(providerCall(kind, { transport: harness.transport, port: harness.server.port }))
  }

  it('reads all pages, and does without a list of embeddings', async () => {
    const outcome = await check({ limit: null, limit_remaining: null })
    expect(outcome).toMatchObject({ ok: true, value: { models: [{ model: 'a' }, { model: 'b' }, { model: 'c' }] } })
  })

  it('tells a key whose limit is used up, before any call is paid', async () => {
    expect(await check({ limit: 5, limit_remaining: 0 })).toMatchObject({ reason: { code: 'quota_exceeded' } })
  })
})

describe('azure', () => {
  it.each([
    ['v1', '/openai/v1/chat/completions'],
    ['2024-10-21', '/openai/deployments/my-mini/chat/completions?api-version=2024-10-21'],
  ])('with the API version %s it calls %s', async (api_version, path) => {
    await sent('azure', { model: 'my-mini' }, { api_version })
    expect(harness.server.requests.at(-1)?.path).toBe(path)
  })

  it.each(['/openai', '/openai/v1'])('takes an endpoint that was pasted with %s', async (pasted) => {
    const base_url = `${harness.server.origin}${pasted}`
    await sent('azure', {}, { base_url })
    expect(harness.server.requests.at(-1)?.path).toBe('/openai/v1/chat/completions')
  })

  it('escapes the name of a deployment', async () => {
    await sent('azure', { model: '../x?y' }, { api_version: '2024-10-21' })
    expect(harness.server.requests.at(-1)?.path).toContain('/deployments/..%2Fx%3Fy/chat/completions')
  })
})

describe('cohere', () => {
  it('puts the schema into the JSON object', async () => {
    expect((await sent('cohere')).response_format).toEqual({ type: 'json_object', schema })
  })

  it.each([
    [undefined, undefined],
    [false, 'none'],
    ['low', 'high'],
  ] as const)('with thinking %j the effort is %j', async (thinking, effort) => {
    expect((await sent('cohere', { thinking })).reasoning_effort).toBe(effort)
  })
})

describe('parameters of a registered model', () => {
  const parameters = { temperature: 0.5, top_p: 0.9, top_k: 40, context_window: 8192, max_output_tokens: 300 }

  it.each([
    ['openai-compatible', { temperature: 0.5, top_p: 0.9, top_k: 40, max_tokens: 300 }],
    ['mistral', { temperature: 0.5, top_p: 0.9, max_tokens: 300 }],
    ['openrouter', { temperature: 0.5, top_p: 0.9, top_k: 40, max_tokens: 300 }],
  ])('are sent by %s as far as it knows them', async (kind, expected) => {
    const body = await sent(kind, { model: 'meta/llama-5', parameters })
    expect(body).toMatchObject(expected)
    expect(Object.keys(body).includes('top_k')).toBe('top_k' in expected)
    expect(body).not.toHaveProperty('context_window')
  })

  it('are sent by ollama as options', async () => {
    expect((await sent('ollama', { parameters })).options).toEqual({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      num_ctx: 8192,
      num_predict: 300,
    })
  })

  it('say whether to think where the route does not', async () => {
    expect((await sent('ollama', { parameters: { thinking: 'low' } })).think).toBe('low')
    expect((await sent('ollama', { parameters: { thinking: 'low' }, thinking: false })).think).toBe(false)
  })

  it('are not sent where a model refuses them', async () => {
    const body = await sent('openai', { model: 'gpt-6-sol', parameters })
    expect(body).not.toHaveProperty('temperature')
    expect(body).not.toHaveProperty('top_p')
    expect(await sent('anthropic', { parameters })).not.toHaveProperty('temperature')
  })

  it('say how long it may be silent', async () => {
    harness.server.play(() => {})
    const kind = networkKind('mistral')
    const call = providerCall(kind, { transport: harness.transport, port: harness.server.port })
    const { deadlines: _, ...own } = call
    const outcome = await adapter(kind).complete(own, completionRequest({ parameters: { timeout_seconds: 1 } }))
    expect(outcome).toMatchObject({ reason: { code: 'timeout', phase: 'first_byte', afterMs: 1000 } })
  })
})

describe('a field that the model refuses', () => {
  const refusal = (param: string) => ({
    status: 400,
    body: { error: { message: 'unsupported', param, code: 'unsupported_parameter' } },
  })

  function refuse(...refused: string[]) {
    harness.server.play((response, { body }) => {
      const param = refused.find((name) => name in (JSON.parse(body) as object))
      replay(param ? refusal(param) : recorded('azure', 'ok'), response)
    })
  }

  it('is left out, and not offered a second time', async () => {
    refuse('temperature')
    const model = 'my-mini'
    expect(await harness.complete('azure', { model })).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    await harness.complete('azure', { model })
    expect(harness.bodies().map((body) => 'temperature' in body)).toEqual([true, false, false])
  })

  it('goes on under its other name where it limits the tokens', async () => {
    refuse('max_completion_tokens')
    expect(await harness.complete('azure', { model: 'older' })).toMatchObject({ ok: true })
    expect(harness.bodies().at(-1)).toMatchObject({ max_tokens: 500 })
  })

  it('is not tried for ever', async () => {
    refuse('max_completion_tokens', 'max_tokens')
    expect(await harness.complete('azure', { model: 'odd' })).toMatchObject({
      reason: { code: 'invalid_response', problem: 'rejected_request' },
    })
    expect(harness.server.requests.length).toBeLessThan(10)
  })

  it('is never the schema', async () => {
    refuse('response_format')
    expect(await harness.complete('azure', { model: 'plain' })).toMatchObject({ ok: false })
    expect(harness.server.requests).toHaveLength(1)
  })
})

describe('an answer that holds thoughts only', () => {
  it.each(['deepseek', 'openai-compatible', 'openrouter', 'groq'])('says so (%s)', async (kind) => {
    const ok = recorded(kind, 'ok')
    const thoughts = { content: '', reasoning_content: 'Hm.', reasoning: 'Hm.' }
    const body = { ...(ok.body as object), choices: [{ message: thoughts, finish_reason: 'stop' }] }
    harness.server.play((response) => replay({ status: 200, body }, response))
    expect(await harness.complete(kind, { mode: 'json' })).toMatchObject({
      reason: { problem: 'empty', hasThought: true },
    })
  })
})
