import { describe, expect, test } from 'vitest'
import { useHarness } from '../support/providers/harness.ts'
import { recorded, replay } from '../support/providers/recordedBodies.ts'

const harness = useHarness()

/** A wish for log probabilities with everything beside it that would be in its way. */
const wish = {
  topLogprobs: 20,
  mode: 'schema',
  maxOutputTokens: 500,
  thinking: 'high',
  parameters: { temperature: 0.9, top_p: 0.5 },
} as const

describe('one token is asked for with its alternatives', () => {
  test.each<[string, string, object]>([
    [
      'openai',
      'gpt-4.1-mini',
      { max_tokens: 1, temperature: 0, logprobs: true, top_logprobs: 20, stream: false, model: 'gpt-4.1-mini' },
    ],
    [
      'openai',
      'gpt-6-sol',
      { max_completion_tokens: 1, reasoning_effort: 'none', logprobs: true, top_logprobs: 20, stream: false },
    ],
    ['azure', 'gpt-4o', { max_completion_tokens: 1, logprobs: true, top_logprobs: 20 }],
    [
      'deepseek',
      'deepseek-chat',
      { max_tokens: 1, temperature: 0, thinking: { type: 'disabled' }, logprobs: true, top_logprobs: 20 },
    ],
    [
      'openrouter',
      'qwen/qwen4',
      { max_tokens: 1, reasoning: { effort: 'none' }, provider: { require_parameters: true }, top_logprobs: 20 },
    ],
    [
      'openai-compatible',
      'qwen3',
      {
        max_tokens: 1,
        temperature: 0,
        chat_template_kwargs: { enable_thinking: false },
        logprobs: true,
        top_logprobs: 20,
        stream: false,
      },
    ],
    ['ollama', 'qwen3', { think: false, logprobs: true, top_logprobs: 20 }],
  ])('of %s, %s', async (kind, model, fields) => {
    const body = await harness.sent(kind, { ...wish, model })
    expect(body).toMatchObject(fields)
    for (const name of ['response_format', 'format', 'tools', 'top_p', 'stream_options'])
      expect(body).not.toHaveProperty(name)
  })

  test('of Ollama, with its options', async () => {
    expect(
      await harness.sent('ollama', { ...wish, parameters: { ...wish.parameters, context_window: 4096 } }),
    ).toMatchObject({ options: { temperature: 0, num_predict: 1, num_ctx: 4096 } })
  })

  test('and nothing of it is sent where nobody wished for it', async () => {
    for (const kind of ['openai', 'openai-compatible', 'ollama', 'deepseek']) {
      const body = await harness.sent(kind)
      for (const name of ['logprobs', 'top_logprobs', 'chat_template_kwargs'])
        expect(body, kind).not.toHaveProperty(name)
    }
  })
})

const place = (token: string, logprob: number, others: readonly (readonly [unknown, unknown])[]) => ({
  token,
  logprob,
  bytes: [1],
  top_logprobs: others.map(([text, value]) => ({ token: text, logprob: value })),
})

const chat = (message: object, logprobs?: unknown, finish_reason = 'length') => ({
  status: 200,
  body: {
    model: 'm',
    choices: [
      { index: 0, finish_reason, message: { role: 'assistant', ...message }, ...(logprobs ? { logprobs } : {}) },
    ],
    usage: { prompt_tokens: 150, completion_tokens: 1, total_tokens: 151 },
  },
})

const ollamaLine = (message: object, logprobs?: unknown) => ({
  status: 200,
  lines: [
    { model: 'm', message: { role: 'assistant', ...message }, done: false, ...(logprobs ? { logprobs } : {}) },
    {
      ...{ model: 'm', message: { role: 'assistant', content: '' }, done: true, done_reason: 'length' },
      ...{ prompt_eval_count: 150, eval_count: 1 },
    },
  ],
})

const found = [
  { token: 'B', logprob: -0.2 },
  { token: ' A', logprob: -2 },
]
const told = place('B', -0.2, [
  [' A', -2],
  ['B', -0.2],
])
const offList = place('C', -9, [
  [' A', -0.1],
  ['B', -3],
])

describe('an answer of one token', () => {
  test.each<[string, string, object, object]>([
    ['of a chat', 'openai-compatible', chat({ content: 'B' }, { content: [told] }), { text: 'B', logprobs: found }],
    ['of Ollama', 'ollama', ollamaLine({ content: 'B' }, [told]), { text: 'B', logprobs: found }],
    [
      'that ends by itself, without a word',
      'openai-compatible',
      chat({ content: '' }, { content: [told] }, 'stop'),
      { text: '', logprobs: found },
    ],
    [
      'that is none of the most probable ones',
      'openai',
      chat({ content: 'C' }, { content: [offList] }),
      {
        logprobs: [
          { token: ' A', logprob: -0.1 },
          { token: 'B', logprob: -3 },
          { token: 'C', logprob: -9 },
        ],
      },
    ],
    [
      'among figures that are none, or mean "not known"',
      'openai',
      chat(
        { content: 'B' },
        {
          content: [
            place('B', -0.2, [
              ['x', -9999],
              ['y', null],
              [7, -1],
              ['z', 3],
              [' A', -2],
            ]),
          ],
        },
      ),
      { logprobs: found },
    ],
    [
      'that is no whole character, of which llama.cpp leaves the probabilities out',
      'openai-compatible',
      chat({ content: '\uFFFD' }),
      { text: '\uFFFD', logprobs: undefined },
    ],
    [
      'of a server that knows nothing of it',
      'ollama',
      ollamaLine({ content: 'B' }),
      { text: 'B', logprobs: undefined },
    ],
    [
      'that is a thought',
      'ollama',
      ollamaLine({ content: '', thinking: 'Okay' }, [told]),
      { text: '', hasThought: true, logprobs: found },
    ],
    [
      'that is a thought of a chat',
      'deepseek',
      chat({ content: '', reasoning_content: 'Okay' }, { content: [told] }),
      { text: '', hasThought: true },
    ],
    ['with an empty list', 'openai', chat({ content: 'B' }, { content: [] }), { text: 'B', logprobs: undefined }],
  ])('%s (%s)', async (_, kind, answer, expected) => {
    harness.server.play((response) => replay(answer as Parameters<typeof replay>[0], response))
    const outcome = await harness.complete(kind, wish)
    expect(outcome).toMatchObject({ ok: true, value: { usage: { input: 150, output: 1 } } })
    for (const [name, value] of Object.entries(expected)) {
      expect(outcome.ok && outcome.value[name as keyof typeof outcome.value], name).toEqual(value)
    }
  })

  test('that is refused says so, and a field that only some know goes first', async () => {
    let refusals = 0
    harness.server.play((response, { body }) => {
      const isTemplates = body.includes('chat_template_kwargs')
      if (isTemplates) refusals++
      replay(
        isTemplates
          ? {
              status: 400,
              body: {
                error: {
                  message: 'Unknown parameter: chat_template_kwargs',
                  code: 'unknown_parameter',
                  param: 'chat_template_kwargs',
                },
              },
            }
          : {
              status: 400,
              body: { error: { message: 'logprobs are not supported by this model', param: 'logprobs' } },
            },
        response,
      )
    })
    expect(await harness.complete('openai-compatible', wish)).toMatchObject({
      ok: false,
      reason: { code: 'invalid_response', problem: 'rejected_request' },
    })
    expect(refusals).toBe(1)
    expect(harness.bodies()).toHaveLength(2)
  })

  test('of a filter is filtered, not read', async () => {
    harness.server.play((response) => replay(recorded('openai', 'content-filtered'), response))
    expect(await harness.complete('openai', wish)).toMatchObject({ ok: false, reason: { code: 'content_filtered' } })
  })
})

describe('an answer in text whose labels are looked at', () => {
  const told = {
    content: [
      place('{', -0.1, [['{', -0.1]]),
      place('}', -0.2, [
        ['}', -0.2],
        [' }', -2],
      ]),
    ],
  }
  const places = [
    { token: '{', alternatives: [{ token: '{', logprob: -0.1 }] },
    {
      token: '}',
      alternatives: [
        { token: '}', logprob: -0.2 },
        { token: ' }', logprob: -2 },
      ],
    },
  ]

  test('is asked for as ever, with the alternatives of each token', async () => {
    const body = await harness.sent('openai-compatible', { labelLogprobs: 20, mode: 'schema', maxOutputTokens: 500 })
    expect(body).toMatchObject({ logprobs: true, top_logprobs: 20, max_tokens: 500 })
    expect(body).toHaveProperty('response_format')
    expect(await harness.sent('ollama', { labelLogprobs: 20 })).not.toHaveProperty('logprobs')
  })

  test('brings them, whole and in pieces', async () => {
    harness.server.play((response) => replay(chat({ content: '{}' }, told, 'stop'), response))
    const whole = await harness.complete('openai-compatible', { labelLogprobs: 20 })
    expect(whole).toMatchObject({ ok: true, value: { text: '{}', places } })
    harness.server.play((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const pieces = [
        { delta: { content: '{' }, logprobs: { content: told.content.slice(0, 1) } },
        { delta: { content: '}' }, logprobs: { content: told.content.slice(1) } },
        { delta: {}, finish_reason: 'stop' },
      ]
      for (const piece of pieces) response.write(`data: ${JSON.stringify({ choices: [{ index: 0, ...piece }] })}\n\n`)
      response.end('data: [DONE]\n\n')
    })
    const streamed = await harness.complete('openai-compatible', { labelLogprobs: 20 })
    expect(streamed).toMatchObject({ ok: true, value: { text: '{}', places } })
  })

  test('has none where a place is no token', async () => {
    harness.server.play((response) =>
      replay(chat({ content: '{}' }, { content: [...told.content, { bytes: [1] }] }, 'stop'), response),
    )
    const answer = await harness.complete('openai-compatible', { labelLogprobs: 20 })
    expect(answer).toMatchObject({ ok: true, value: { text: '{}' } })
    expect(answer.ok && 'places' in answer.value).toBe(false)
  })
})
