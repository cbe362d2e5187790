import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CompletionRequest } from '../../server/providers/adapter.ts'
import { createTransport, type Transport } from '../../server/providers/transport.ts'
import {
  adapter,
  completionRequest,
  type NetworkKind,
  networkKinds,
  providerCall,
  recordedAnswer,
} from '../support/providers/networkKinds.ts'
import { recorded, replay } from '../support/providers/recordedBodies.ts'
import { type ScriptedServer, startScriptedServer } from '../support/providers/scriptedServer.ts'

let server: ScriptedServer
let transport: Transport

beforeEach(async () => {
  server = await startScriptedServer()
  transport = createTransport()
})
afterEach(async () => {
  await transport.close()
  await server.close()
})

function kindNamed(name: string): NetworkKind {
  return networkKinds.find(({ kind }) => kind === name) as NetworkKind
}

/** The body that a kind sends for a request. */
async function sent(name: string, change: Partial<CompletionRequest>, config = {}): Promise<Record<string, unknown>> {
  const kind = kindNamed(name)
  server.play((response) => replay(recorded(name, 'ok'), response))
  await adapter(kind).complete(providerCall(kind, { transport, port: server.port, config }), completionRequest(change))
  return JSON.parse(server.requests.at(-1)?.body ?? 'null') as Record<string, unknown>
}

const { schema, name } = completionRequest().output

describe('openai', () => {
  it('asks a model that does not reason with temperature 0', async () => {
    expect(await sent('openai', { model: 'gpt-4.1-mini' })).toEqual({
      model: 'gpt-4.1-mini',
      messages: [
        { role: 'system', content: 'You rate items.' },
        { role: 'user', content: completionRequest().prompt },
      ],
      // The newer name is for OpenAI's own address: other servers that do not know it let a model run on.
      max_tokens: 500,
      temperature: 0,
      response_format: { type: 'json_schema', json_schema: { name, schema, strict: true } },
      stream: false,
    })
  })

  it.each(['o3', 'o4-mini', 'gpt-5', 'gpt-5.4-mini', 'gpt-6-sol', 'gpt-10'])(
    'sends %s no temperature',
    async (model) => {
      const body = await sent('openai', { model })
      expect(body).not.toHaveProperty('temperature')
      expect(body.messages).toMatchObject([{ role: 'developer' }, { role: 'user' }])
      expect(body.max_completion_tokens).toBeGreaterThan(500)
    },
  )

  it.each([
    ['gpt-5', false, 'minimal'],
    ['gpt-5.4', false, 'none'],
    ['gpt-6-sol', false, 'none'],
    ['o3', false, 'low'],
    ['gpt-6-sol', true, 'medium'],
    ['gpt-6-sol', 'high', 'high'],
    ['gpt-6-sol', undefined, undefined],
    ['gpt-4.1-mini', 'high', undefined],
    ['gpt-5-chat-latest', 'high', undefined],
  ] as const)('asks %s with thinking %j for the effort %j', async (model, thinking, effort) => {
    expect((await sent('openai', { model, thinking })).reasoning_effort).toBe(effort)
  })

  it('forces the tool, asks for JSON, or asks for nothing', async () => {
    expect(await sent('openai', { mode: 'tool' })).toMatchObject({
      tools: [{ type: 'function', function: { name, parameters: schema, strict: true } }],
      tool_choice: { type: 'function', function: { name } },
    })
    expect((await sent('openai', { mode: 'json' })).response_format).toEqual({ type: 'json_object' })
    expect(await sent('openai', { mode: 'text' })).not.toHaveProperty('response_format')
  })
})

describe('openai-compatible', () => {
  it('uses the oldest names', async () => {
    const body = await sent('openai-compatible', {})
    expect(body).toMatchObject({ max_tokens: 500, temperature: 0, messages: [{ role: 'system' }, { role: 'user' }] })
    expect(body).not.toHaveProperty('reasoning_effort')
    expect(body).not.toHaveProperty('max_completion_tokens')
  })

  it('offers only the output mode that was chosen', () => {
    const { configSchema, outputModes } = adapter(kindNamed('openai-compatible'))
    const modesOf = (output_mode: string) => outputModes?.(configSchema.parse({ base_url: 'http://x', output_mode }))
    expect(modesOf('auto')).toEqual(['schema', 'tool', 'json', 'text'])
    expect(modesOf('json')).toEqual(['json'])
  })

  describe('streaming', () => {
    const kind = kindNamed('openai-compatible')
    const completeStream = async () =>
      await adapter(kind).complete(
        providerCall(kind, { transport, port: server.port, config: { stream: true } }),
        completionRequest(),
      )
    const event = (delta: object, finish: string | null = null, more: object = {}) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`
    const usage = { prompt_tokens: 7, completion_tokens: 5 }
    const cutAnswer = recordedAnswer.slice(0, -3)
    const otherChoice = `data: ${JSON.stringify({ choices: [{ index: 1, delta: { content: 'zzz' } }] })}\n\n`
    const wholeMessage = `data: ${JSON.stringify({ choices: [{ message: { content: recordedAnswer }, finish_reason: 'stop' }] })}\n\n`
    const textPieces = [recordedAnswer.slice(0, 20), recordedAnswer.slice(20)]
      .map((text) => `data: ${JSON.stringify({ choices: [{ index: 0, text }] })}\n\n`)
      .join('')
    const lastEvents = `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`

    function play(text: string, cut = 1_000_000) {
      server.play(async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const bytes = Buffer.from(text)
        for (let start = 0; start < bytes.length; start += cut) {
          const piece = bytes.subarray(start, start + cut)
          await new Promise<void>((resolve) => response.write(piece, () => resolve()))
        }
        response.end()
      })
    }

    it.each([1_000_000, 7, 1])('puts the pieces together (%i bytes each)', async (cut) => {
      const pieces = [recordedAnswer.slice(0, 50), recordedAnswer.slice(50)]
      play(pieces.map((content) => event({ content })).join('') + event({}, 'stop') + lastEvents, cut)
      const expected = { text: recordedAnswer, usage: { input: 7, output: 5, cached: null } }
      expect(await completeStream()).toMatchObject({ ok: true, value: expected })
      const body = JSON.parse(server.requests[0]?.body ?? '') as object
      expect(body).toMatchObject({ stream: true, stream_options: { include_usage: true } })
    })

    it('puts the pieces of a tool call together', async () => {
      const call = (text: string) => event({ tool_calls: [{ index: 0, function: { arguments: text } }] })
      play(call(recordedAnswer.slice(0, 9)) + call(recordedAnswer.slice(9)) + event({}, 'tool_calls') + lastEvents)
      expect(await completeStream()).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    })

    it.each([
      ['without an end', event({ content: cutAnswer }), 'interrupted'],
      ['with [DONE] but no reason to finish', `${event({ content: cutAnswer })}data: [DONE]\n\n`, 'interrupted'],
      ['with the length as its reason', event({ content: '{"' }) + event({}, 'length') + lastEvents, 'truncated'],
      ['that repeats itself', event({ content: '"Bug", ' }).repeat(400) + event({}, 'stop') + lastEvents, 'repetitive'],
    ])('does not use a stream %s', async (_, text, problem) => {
      play(text)
      expect(await completeStream()).toMatchObject({ reason: { code: 'invalid_response', problem } })
    })

    it('says what an answer took that cannot be used', async () => {
      play(event({ content: '{"' }) + event({}, 'length') + lastEvents)
      expect(await completeStream()).toMatchObject({ spent: { usage: { input: 7, output: 5 } } })
    })

    it.each([
      ['no end', event({ content: recordedAnswer })],
      ['no reason to finish', `${event({ content: recordedAnswer })}data: [DONE]\n\n`],
      ['the length as its reason', event({ content: recordedAnswer }) + event({}, 'length') + lastEvents],
      ['another choice in between', event({ content: recordedAnswer }) + otherChoice + event({}, 'stop') + lastEvents],
      ['the whole message at its end', event({}) + wholeMessage + lastEvents],
      ['its pieces as those of a text', textPieces + event({}, 'stop')],
    ])('takes a whole answer from a stream with %s', async (_, text) => {
      play(text)
      expect(await completeStream()).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    })

    it.each(['application/json', 'text/plain; charset=utf-8', 'application/octet-stream'])(
      'reads events of the type %s, asked for or not',
      async (type) => {
        const text = `: hello\n\n${event({ content: recordedAnswer })}${event({}, 'stop')}${lastEvents}`
        for (const stream of [true, false]) {
          server.play((response) => {
            response.writeHead(200, { 'content-type': type })
            response.end(text)
          })
          const call = providerCall(kind, { transport, port: server.port, config: { stream } })
          const expected = { text: recordedAnswer, usage: { input: 7, output: 5 } }
          expect(await adapter(kind).complete(call, completionRequest())).toMatchObject({ ok: true, value: expected })
        }
      },
    )

    it('reads a stream that was not asked for', async () => {
      play(event({ content: recordedAnswer }) + event({}, 'stop') + lastEvents)
      const call = providerCall(kind, { transport, port: server.port })
      expect(await adapter(kind).complete(call, completionRequest())).toMatchObject({ value: { text: recordedAnswer } })
    })

    it('reads a whole answer that calls itself a stream', async () => {
      const { body } = recorded('openai-compatible', 'ok')
      play(JSON.stringify(body, null, 2))
      expect(await completeStream()).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    })

    it('uses the connection again after a stream', async () => {
      const ports: (number | undefined)[] = []
      server.play((response) => {
        ports.push(response.socket?.remotePort)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(event({ content: recordedAnswer }) + event({}, 'stop') + lastEvents)
        setImmediate(() => response.end())
      })
      const countReused = async () => {
        await completeStream()
        return ports.length - new Set(ports).size
      }
      await expect.poll(countReused).toBeGreaterThan(0)
    })

    it.each([
      ['garbage', 'data: {"choices":[\n\n', { code: 'invalid_response', problem: 'not_json' }],
      ['an error event', 'data: {"error":{"message":"boom"}}\n\n', { code: 'invalid_response', problem: 'error_body' }],
      ['a refusal', event({ refusal: 'No.' }) + event({}, 'stop'), { code: 'content_filtered' }],
      ['nothing', '', { code: 'invalid_response' }],
    ])('tells %s in a stream', async (_, text, reason) => {
      play(text)
      expect(await completeStream()).toMatchObject({ ok: false, reason })
    })

    it('takes a whole answer from a server that does not stream', async () => {
      server.play((response) => replay(recorded('openai-compatible', 'ok'), response))
      expect(await completeStream()).toMatchObject({ ok: true, value: { text: recordedAnswer } })
    })
  })

  it.each([
    [
      { prompt_tokens: -5, completion_tokens: 3 },
      { input: null, output: 3, cached: null },
    ],
    [
      { prompt_tokens: 1e308, completion_tokens: 'many' },
      { input: null, output: null, cached: null },
    ],
    [
      { prompt_tokens: 10, prompt_cache_hit_tokens: 4, completion_tokens: 1.5 },
      { input: 10, output: null, cached: 4 },
    ],
    [null, { input: null, output: null, cached: null }],
  ])('does not believe every usage (%j)', async (usage, expected) => {
    const ok = recorded('openai-compatible', 'ok')
    server.play((response) => replay({ ...ok, body: { ...(ok.body as object), usage } }, response))
    const kind = kindNamed('openai-compatible')
    const outcome = await adapter(kind).complete(
      providerCall(kind, { transport, port: server.port }),
      completionRequest(),
    )
    expect(outcome).toMatchObject({ ok: true, value: { usage: expected } })
  })

  it.each([
    ['thoughts before it', `<think>Hm, "{}"?</think>\n\n${recordedAnswer}`],
    ['blanks around it', `\n ${recordedAnswer} \n`],
  ])('finds the answer with %s', async (_, content) => {
    const body = { choices: [{ message: { content }, finish_reason: 'stop' }] }
    server.play((response) => replay({ status: 200, body }, response))
    const kind = kindNamed('openai-compatible')
    const outcome = await adapter(kind).complete(
      providerCall(kind, { transport, port: server.port }),
      completionRequest(),
    )
    expect(outcome).toMatchObject({ ok: true, value: { text: recordedAnswer } })
  })
})

describe('what all calls of a run begin with', () => {
  const cacheKey = '0123456789abcdef0123456789abcdef'

  it('is marked for Anthropic to keep, and only then stands in a block', async () => {
    expect((await sent('anthropic', { cacheKey })).system).toEqual([
      { type: 'text', text: 'You rate items.', cache_control: { type: 'ephemeral' } },
    ])
    expect((await sent('anthropic', {})).system).toBe('You rate items.')
  })

  it('leads calls at Mistral to one cache, and nothing of it goes to a server that may not know the field', async () => {
    expect((await sent('mistral', { cacheKey })).prompt_cache_key).toBe(cacheKey)
    expect(await sent('mistral', {})).not.toHaveProperty('prompt_cache_key')
    expect(await sent('openai', { cacheKey })).not.toHaveProperty('prompt_cache_key')
    expect((await sent('azure', { cacheKey })).prompt_cache_key).toBe(cacheKey)
    expect(await sent('azure', {})).not.toHaveProperty('prompt_cache_key')
    expect(await sent('openai-compatible', { cacheKey })).not.toHaveProperty('prompt_cache_key')
  })
})

describe('anthropic', () => {
  it('asks for a schema, and never for a temperature', async () => {
    const body = await sent('anthropic', {})
    expect(body).toEqual({
      model: 'gpt-9',
      system: 'You rate items.',
      messages: [{ role: 'user', content: completionRequest().prompt }],
      max_tokens: 500,
      output_config: { format: { type: 'json_schema', schema } },
    })
    expect(server.requests[0]?.headers['anthropic-version']).toBe('2026-10-21')
    expect(server.requests[0]?.headers).not.toHaveProperty('x-api-key')
  })

  it('forces the tool without thinking', async () => {
    const body = await sent('anthropic', { mode: 'tool', thinking: 'high' })
    expect(body).toMatchObject({
      tools: [{ name, input_schema: schema, strict: true }],
      tool_choice: { type: 'tool', name },
      thinking: { type: 'disabled' },
    })
  })

  it.each([
    [undefined, undefined],
    [false, { type: 'disabled' }],
    [true, { type: 'adaptive' }],
    ['low', { type: 'adaptive' }],
  ] as const)('with thinking %j it sends %j', async (thinking, expected) => {
    expect((await sent('anthropic', { thinking })).thinking).toEqual(expected)
  })

  it('may ask for more tokens than its SDK allows without a timeout', async () => {
    expect((await sent('anthropic', { maxOutputTokens: 50_000 })).max_tokens).toBe(50_000)
  })

  it('reads every page of the model list', async () => {
    server.play((response, { path }) => {
      const isSecond = path.includes('after_id=one')
      const data = [{ type: 'model', id: isSecond ? 'two' : 'one' }]
      replay({ status: 200, body: { data, has_more: !isSecond, last_id: data[0]?.id } }, response)
    })
    const kind = kindNamed('anthropic')
    const outcome = await adapter(kind).listModels(providerCall(kind, { transport, port: server.port }))
    expect(outcome).toMatchObject({ ok: true, value: [{ model: 'one' }, { model: 'two' }] })
  })
})

describe('ollama', () => {
  it('streams always, keeps its prompt whole and does not think', async () => {
    expect(await sent('ollama', {})).toEqual({
      model: 'gpt-9',
      messages: [
        { role: 'system', content: 'You rate items.' },
        { role: 'user', content: completionRequest().prompt },
      ],
      think: false,
      truncate: false,
      shift: false,
      options: { temperature: 0, num_predict: 500, num_ctx: 4096 },
      format: schema,
      stream: true,
    })
  })

  it.each([
    [{ thinking: true }, undefined, true],
    [{ thinking: true }, false, false],
    [{ thinking: false }, 'low', 'low'],
  ] as const)('with %j and a route that says %j it sends think %j', async (config, thinking, expected) => {
    expect((await sent('ollama', { thinking }, config)).think).toBe(expected)
  })

  it.each([
    ['json', 'json'],
    ['text', undefined],
  ] as const)('in mode %s the format is %j', async (mode, format) => {
    expect((await sent('ollama', { mode })).format).toBe(format)
  })

  it.each([
    ['a line that is no JSON', '{"message":{"content":"a"}}\noops\n', 'not_json'],
    ['a last line that is cut', '{"message":{"content":"a"}}\n{"mess', 'truncated'],
    ['no last line', '{"message":{"content":"a"},"done":false}\n', 'truncated'],
    ['an error line', '{"message":{"content":"a"}}\n{"error":"runner stopped"}\n', 'error_body'],
  ])('tells %s', async (_, text, problem) => {
    server.play((response) => void response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(text))
    const kind = kindNamed('ollama')
    const outcome = await adapter(kind).complete(
      providerCall(kind, { transport, port: server.port }),
      completionRequest(),
    )
    expect(outcome).toMatchObject({ ok: false, reason: { code: 'invalid_response', problem } })
  })

  it('is found although its proxy hides the version', async () => {
    server.play((response, { path }) =>
      replay(path === '/api/tags' ? recorded('ollama', 'models') : { status: 404, body: { error: 'no' } }, response),
    )
    const kind = kindNamed('ollama')
    const outcome = await adapter(kind).check(providerCall(kind, { transport, port: server.port }))
    expect(outcome).toMatchObject({ ok: true, value: { version: null } })
  })
})
