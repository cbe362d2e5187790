import { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bindHeaders } from '../../server/providers/customHeaders.ts'
import { createTransport } from '../../server/providers/transport.ts'
import { useHarness } from '../support/providers/harness.ts'
import {
  adapter,
  completionRequest,
  fakeKey,
  networkKind,
  providerCall,
  recordedAnswer,
} from '../support/providers/networkKinds.ts'
import { type RecordedAnswer, recorded, replay } from '../support/providers/recordedBodies.ts'

const harness = useHarness({ GATEWAY_SECRET: 'gateway-canary-0123456789', EMPTY: ' ' })
const kind = networkKind('openai-compatible')
const { schema, name } = completionRequest().output
const { configSchema } = adapter(kind)

const complete = (config: object, change = {}) =>
  harness.complete('openai-compatible', change, { config: { ...config } })
const play = (answer: RecordedAnswer) => harness.server.play((response) => replay(answer, response))
const playEvents = (...events: object[]) =>
  harness.server.play((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
  })

const usage = {
  input_tokens: 120,
  input_tokens_details: { cached_tokens: 64 },
  output_tokens: 31,
  output_tokens_details: { reasoning_tokens: 12 },
  total_tokens: 151,
}
const message = (content: object[]) => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content,
})
const written = message([{ type: 'output_text', text: recordedAnswer, annotations: [] }])
const response = (more: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  error: null,
  incomplete_details: null,
  output: [{ type: 'reasoning', id: 'rs_1', summary: [] }, written],
  usage,
  ...more,
})

describe('over the Responses wire', () => {
  const wire = { wire: 'responses', stream: false }

  it('asks for a schema and keeps nothing there', async () => {
    play({ status: 200, body: response() })
    expect(await complete(wire)).toMatchObject({
      ok: true,
      value: {
        text: recordedAnswer,
        hasThought: true,
        usage: { input: 120, output: 31, cached: 64, reasoning: 12 },
      },
    })
    expect(harness.server.requests[0]?.path).toBe('/v1/responses')
    expect(harness.server.requests[0]?.headers.authorization).toBe(`Bearer ${fakeKey}`)
    expect(harness.bodies()[0]).toEqual({
      model: 'gpt-9',
      instructions: 'You rate items.',
      input: completionRequest().prompt,
      max_output_tokens: 500,
      store: false,
      temperature: 0,
      text: { format: { type: 'json_schema', name, schema, strict: true } },
      stream: false,
    })
  })

  it('thinks when asked to, without a temperature', async () => {
    play({ status: 200, body: response() })
    await complete(wire, { thinking: 'high', mode: 'json' })
    expect(harness.bodies()[0]).toMatchObject({
      reasoning: { effort: 'high' },
      text: { format: { type: 'json_object' } },
    })
    expect(harness.bodies()[0]).not.toHaveProperty('temperature')
  })

  const token = (text: string, logprob: number, others: Record<string, number> = {}) => ({
    ...{ token: text, logprob, bytes: [1] },
    top_logprobs: Object.entries({ ...others, [text]: logprob }).map(([each, value]) => ({
      token: each,
      logprob: value,
    })),
  })

  it('asks for the log probabilities of each token by name, and has them place by place', async () => {
    const logprobs = [token('{"', -0.1), token('A', -0.2, { B: -2 }), token('"}', -0.1)]
    const output = [message([{ type: 'output_text', text: '{"A"}', logprobs }])]
    play({ status: 200, body: response({ output }) })
    expect(await complete(wire, { labelLogprobs: 20 })).toMatchObject({
      ok: true,
      value: {
        text: '{"A"}',
        places: [
          { token: '{"' },
          {
            token: 'A',
            alternatives: [
              { token: 'A', logprob: -0.2 },
              { token: 'B', logprob: -2 },
            ],
          },
          { token: '"}' },
        ],
      },
    })
    expect(harness.bodies()[0]).toMatchObject({
      ...{ top_logprobs: 20, include: ['message.output_text.logprobs'], max_output_tokens: 500 },
      text: { format: { type: 'json_schema' } },
    })
  })

  it.each([
    ['cut off by its nature', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
    ['called complete', {}],
  ])('reads the first token of an answer that is %s', async (_, more) => {
    const output = [
      message([{ type: 'output_text', text: 'B, since', logprobs: [token('B', -0.2, { ' A': -2 }), token(',', -1)] }]),
    ]
    play({ status: 200, body: response({ output, usage: { ...usage, output_tokens: 16 }, ...more }) })
    expect(await complete(wire, { topLogprobs: 20, thinking: 'high', mode: 'schema' })).toMatchObject({
      ok: true,
      value: {
        text: 'B, since',
        logprobs: [
          { token: 'B', logprob: -0.2 },
          { token: ' A', logprob: -2 },
        ],
      },
    })
    expect(harness.bodies()[0]).toMatchObject({ max_output_tokens: 16, temperature: 0, top_logprobs: 20 })
    for (const name of ['text', 'reasoning']) expect(harness.bodies()[0]).not.toHaveProperty(name)
  })

  it('has none where the server sends an empty list', async () => {
    play({
      status: 200,
      body: response({ output: [message([{ type: 'output_text', text: recordedAnswer, logprobs: [] }])] }),
    })
    const answer = await complete(wire, { labelLogprobs: 20 })
    expect(answer).toMatchObject({ ok: true })
    expect(answer.ok && answer.value).not.toHaveProperty('places')
  })

  it('takes the answer from a forced tool call', async () => {
    const call = { type: 'function_call', call_id: 'c', name, arguments: recordedAnswer }
    play({ status: 200, body: response({ output: [call] }) })
    expect(await complete(wire, { mode: 'tool' })).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    expect(harness.bodies()[0]).toMatchObject({ tool_choice: { type: 'function', name } })
  })

  it.each([
    [
      'a cut answer',
      {
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [message([{ type: 'output_text', text: recordedAnswer.slice(0, -3) }])],
      },
      { problem: 'truncated' },
    ],
    [
      'an answer that ends at its limit and is called complete, as by llama.cpp',
      { output: [message([{ type: 'output_text', text: '{"verdicts":[' }])], usage: { output_tokens: 500 } },
      { problem: 'truncated' },
    ],
    [
      'a filter',
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
      { code: 'content_filtered' },
    ],
    ['a refusal', { output: [message([{ type: 'refusal', refusal: 'No.' }])] }, { code: 'content_filtered' }],
    ['a failure', { status: 'failed', error: { code: 'server_error', message: 'boom' } }, { problem: 'error_body' }],
    ['a failure without a word', { status: 'failed' }, { problem: 'error_body' }],
    ['thoughts only', { output: [{ type: 'reasoning' }] }, { problem: 'empty', hasThought: true }],
    ['no output', { output: [] }, { problem: 'empty' }],
    ['another shape', { output: null }, { code: 'invalid_response' }],
  ])('tells %s', async (_, more, reason) => {
    play({ status: 200, body: response(more) })
    expect(await complete(wire)).toMatchObject({ ok: false, reason })
  })

  it.each(['wrong-key', 'no-credit', 'model-missing', 'rate-limited', 'overloaded', 'context-too-long'])(
    'tells %s as over the usual wire',
    async (body) => {
      play(recorded('openai-compatible', body, fakeKey))
      const usual = await complete({})
      const outcome = await complete(wire)
      expect(outcome).toEqual(usual)
      expect(JSON.stringify(outcome)).not.toContain('canary')
    },
  )

  it('streams, and reads the last event', async () => {
    const delta = { type: 'response.output_text.delta', delta: '{' }
    playEvents({ type: 'response.created', response: response({ status: 'in_progress', output: [] }) }, delta, {
      type: 'response.completed',
      response: response(),
    })
    expect(await complete({ ...wire, stream: true })).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    expect(harness.bodies()[0]).toMatchObject({ stream: true })
  })

  it.each([
    ['a stream without an end', { type: 'response.created', response: response() }, { problem: 'truncated' }],
    ['an error event', { type: 'error', code: 'server_error', message: 'boom' }, { problem: 'error_body' }],
  ])('tells %s', async (_, event, reason) => {
    playEvents(event)
    expect(await complete({ ...wire, stream: true })).toMatchObject({ ok: false, reason })
  })
})

describe('over the Messages wire', () => {
  const wire = { wire: 'messages' }

  it('sends key, version and temperature as before October 2026', async () => {
    play(recorded('anthropic', 'ok'))
    expect(await complete(wire, { mode: 'tool' })).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    const [request] = harness.server.requests
    expect(request?.path).toBe('/v1/messages')
    expect(request?.headers).toMatchObject({ 'x-api-key': fakeKey, 'anthropic-version': '2023-06-01' })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(harness.bodies()[0]).toMatchObject({ temperature: 0, tools: [{ name, input_schema: schema }] })
    expect(harness.bodies()[0]).not.toHaveProperty('output_config')
  })

  it('thinks with a budget, and then without a temperature', async () => {
    play(recorded('anthropic', 'ok'))
    await complete(wire, { mode: 'text', thinking: true })
    expect(harness.bodies()[0]).toMatchObject({ thinking: { type: 'enabled' } })
    expect(harness.bodies()[0]).not.toHaveProperty('temperature')
  })

  it('offers the modes that such servers have', () => {
    const { outputModes } = adapter(kind)
    const modesOf = (config: object) => outputModes?.(configSchema.parse({ base_url: 'http://x', ...config }))
    expect(modesOf(wire)).toEqual(['tool', 'text'])
    expect(modesOf({ ...wire, output_mode: 'schema' })).toEqual(['schema'])
  })

  it('tells a wrong key without it', async () => {
    play(recorded('anthropic', 'wrong-key', fakeKey))
    const outcome = await complete(wire)
    expect(outcome).toMatchObject({ reason: { code: 'auth_failed' } })
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })
})

describe('against aimock', () => {
  let mock: LLMock
  beforeAll(async () => {
    mock = new LLMock({ port: 0 })
    mock.onToolCall('score_verdicts', { toolCalls: [{ name: 'score_verdicts', arguments: recordedAnswer }] })
    mock.onMessage(/Rate this item/, { content: recordedAnswer })
    await mock.start()
  })
  afterAll(async () => {
    await mock.stop()
  })

  it.each([
    ['responses', 'schema', false],
    ['responses', 'tool', false],
    ['responses', 'schema', true],
    ['messages', 'tool', false],
    ['messages', 'text', false],
  ] as const)('completes over %s in mode %s (streamed: %j)', async (wire, mode, stream) => {
    const options = { port: Number(new URL(mock.url).port), config: { wire, stream } }
    const outcome = await harness.complete('openai-compatible', { mode }, options)
    expect(outcome.ok && JSON.parse(outcome.value.text)).toEqual(JSON.parse(recordedAnswer))
  })
})

describe('headers of one’s own', () => {
  it('are sent with every request, secret ones from the environment', async () => {
    play(recorded('openai-compatible', 'ok'))
    await complete({ headers: 'X-Team: search; X-Trace: a:b', header_env: 'X-Gateway-Key: GATEWAY_SECRET' })
    expect(harness.server.requests[0]?.headers).toMatchObject({
      'x-team': 'search',
      'x-trace': 'a:b',
      'x-gateway-key': 'gateway-canary-0123456789',
      authorization: `Bearer ${fakeKey}`,
    })
  })

  it('appear nowhere when they are secret and echoed', async () => {
    const echo = { message: 'bad gateway-canary-0123456789', code: 'gateway-canary-0123456789' }
    play({ status: 400, body: { error: echo }, headers: { 'x-request-id': 'gateway-canary-0123456789' } })
    const outcome = await complete({ header_env: 'X-Gateway-Key: GATEWAY_SECRET' })
    expect(outcome).toMatchObject({ reason: { code: 'invalid_response' } })
    expect(JSON.stringify(outcome)).not.toContain('canary')
  })

  it.each(['NOT_SET', 'EMPTY'])(
    'that are missing in the environment are told by their variable (%s)',
    async (variable) => {
      play(recorded('openai-compatible', 'ok'))
      const outcome = await complete({ header_env: `X-Gateway-Key: ${variable}` })
      expect(outcome).toMatchObject({
        reason: {
          ...{ code: 'secret_missing', source: 'environment', variable, header: 'X-Gateway-Key' },
          message: expect.stringContaining(`"X-Gateway-Key" of`),
          // A key of the provider would not help.
          action: { id: 'editProvider' },
        },
      })
      expect(harness.server.requests).toHaveLength(0)
    },
  )

  it('that are secret do not go to another origin than they were named for', async () => {
    play(recorded('openai-compatible', 'ok'))
    const bound = { header_env: 'X-Gateway-Key: GATEWAY_SECRET', header_origin: 'https://gateway.example' }
    expect(await complete(bound)).toMatchObject({
      reason: {
        ...{ code: 'secret_missing', boundTo: 'https://gateway.example', header: 'X-Gateway-Key' },
        message: expect.stringMatching(/set up for https:\/\/gateway\.example and is not sent to http:/),
      },
    })
    expect(await complete({ ...bound, header_origin: harness.server.origin })).toMatchObject({ ok: true })
  })

  it('that are secret do not travel over plain http to another machine', async () => {
    const options = { host: 'gateway.example', key: null, config: { header_env: 'X-Gateway-Key: GATEWAY_SECRET' } }
    expect(await harness.complete('openai-compatible', {}, options)).toMatchObject({
      reason: { code: 'policy_denied', rule: 'plain_http_with_key' },
    })
  })

  it.each([
    ['headers', 'Authorization: Bearer abc', /set by the product/],
    ['headers', 'x-api-key: abc', /set by the product/],
    ['headers', 'Proxy-Authorization: abc', /set by the product/],
    ['headers', 'Transfer-Encoding: chunked', /set by the product/],
    ['headers', 'Host: other.example', /set by the product/],
    ['headers', 'Connection: close', /set by the product/],
    ['headers', 'X-Auth-Token: abc', /looks secret/],
    ['headers', 'Cookie: a=b', /looks secret/],
    ['headers', 'X-Team: sk-abcdef0123456789', /looks secret/],
    ['headers', 'X-Team: a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6', /looks secret/],
    ['headers', 'X Team: search', /characters/],
    ['headers', 'X-Team: ça', /characters/],
    ['headers', 'X-Team', /Name: value/],
    ['headers', ': search', /Name: value/],
    ['headers', 'X-Team: a; x-team: b', /twice/],
    ['header_env', 'Authorization: SOME_VARIABLE', /set by the product/],
    ['header_env', 'X-Key: sk-abcdef0123456789', /environment variable/],
  ])('are refused as %s: %s', (field, value, problem) => {
    const parsed = configSchema.safeParse({ base_url: 'http://x', [field]: value })
    expect(parsed.success).toBe(false)
    expect(parsed.error?.issues[0]?.message).toMatch(problem)
    // A key in the wrong place must not be repeated in the problem.
    expect(JSON.stringify(parsed.error?.issues[0]?.message)).not.toContain('abcdef')
  })

  it('are bound to the origin that they were first saved for, until they are named anew', () => {
    const config = { base_url: 'https://a.example', header_env: 'X-Gateway-Key: A' }
    const saved = bindHeaders(config, undefined, 'https://a.example')
    expect(saved).toEqual({ ...config, header_origin: 'https://a.example' })
    const moved = bindHeaders({ ...config, base_url: 'https://b.example' }, saved, 'https://b.example')
    expect(moved).toMatchObject({ header_origin: 'https://a.example' })
    // What a client claims to be bound does not count.
    expect(bindHeaders({ ...config, header_origin: 'https://b.example' }, saved, 'https://b.example')).toEqual(saved)
    const named = bindHeaders({ ...config, header_env: 'X-Gateway-Key: B' }, moved, 'https://b.example')
    expect(named).toMatchObject({ header_origin: 'https://b.example' })
    expect(bindHeaders({ ...config, header_env: '' }, saved, 'https://b.example')).not.toHaveProperty('header_origin')
  })

  it('may be absent', () => {
    expect(configSchema.parse({ base_url: 'http://x' })).toMatchObject({ headers: '', header_env: '' })
  })
})

describe('a server without a list of models', () => {
  const check = async (config = {}) =>
    await adapter(kind).check(providerCall(kind, { transport: harness.transport, port: harness.server.port, config }))
  const playPosts = (status: number, body: object | string, list = 404) =>
    harness.server.play((answer, { method }) => {
      if (method === 'GET') return void answer.writeHead(list, { 'content-type': 'text/plain' }).end('no')
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      answer.writeHead(status, { 'content-type': 'application/json' }).end(text)
    })

  it.each([
    [404, 'chat_completions', '/v1/chat/completions'],
    [405, 'responses', '/v1/responses'],
    [404, 'messages', '/v1/messages'],
  ])('(%i) is asked with an empty request instead, over %s', async (list, wire, path) => {
    playPosts(400, { error: { message: 'model is required' } }, list)
    const outcome = await check({ wire })
    expect(outcome).toMatchObject({ ok: true, value: { models: [], isListPartial: true } })
    expect(outcome.ok && outcome.value.method).toContain('does not list its models')
    expect(harness.server.requests.at(-1)).toMatchObject({ method: 'POST', path, body: '{}' })
  })

  it.each([
    ['no API at all', 404, '<html></html>', { code: 'invalid_response', problem: 'not_the_api' }],
    ['a page for everything', 400, '<html></html>', { code: 'invalid_response' }],
    ['a key that is not accepted', 401, { error: { message: 'no' } }, { code: 'auth_failed' }],
    ['a server in trouble', 503, { error: { message: 'no' } }, { code: 'overloaded' }],
  ])('is told apart from %s', async (_, status, body, reason) => {
    playPosts(status, body)
    expect(await check()).toMatchObject({ ok: false, reason })
  })
})

it('has presets whose settings are valid', () => {
  const { presets = [] } = adapter(kind)
  expect(presets.map(({ id }) => id)).toEqual([
    ...['lm-studio', 'vllm', 'llama-cpp', 'sglang', 'localai', 'litellm', 'fireworks', 'upstage'],
  ])
  for (const { config } of presets) expect(configSchema.safeParse(config).success).toBe(true)
})

it('reads the environment of the process unless told otherwise', async () => {
  const transport = createTransport()
  expect(transport.variable?.('PATH')).toBe(process.env.PATH)
  await transport.close()
})

describe('an answer over the usual wire in the shape of another API', () => {
  const ofChat = { role: 'assistant', content: recordedAnswer }
  it.each<[what: string, body: object, usage: object]>([
    ['of the Responses API', response(), { input: 120, output: 31 }],
    ["of Ollama's own", { message: ofChat, done: true, done_reason: 'stop' }, { input: null, output: null }],
    ['with one choice that is no list', { choices: { message: ofChat } }, { input: null, output: null }],
    [
      "with llama.cpp's own counts",
      { choices: [{ message: ofChat }], timings: { prompt_n: 40, cache_n: 80, predicted_n: 31 } },
      { input: 120, output: 31 },
    ],
  ])('is read: %s', async (_, body, counted) => {
    play({ status: 200, body })
    expect(await complete({})).toMatchObject({ ok: true, value: { text: recordedAnswer, usage: counted } })
  })
})
