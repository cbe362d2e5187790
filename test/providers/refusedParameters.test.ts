import { describe, expect, it } from 'vitest'
import { errorBodyOf } from '../../server/providers/errorBody.ts'
import { afterRefusal, withoutRefused } from '../../server/providers/refusedParameters.ts'

const schema = { type: 'object' }
const request = {
  model: 'm',
  messages: [
    { role: 'system', content: 'Rules.' },
    { role: 'user', content: 'Items.' },
  ],
  max_tokens: 500,
  temperature: 0,
  stream_options: { include_usage: true },
  response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
}
const { temperature: _, ...withoutTemperature } = request
const { stream_options: __, ...withoutOptions } = request
const { max_tokens: limit, ...withoutLimit } = request
const otherLimit = { ...withoutLimit, max_completion_tokens: limit }
const fewer = { ...request, max_tokens: 256 }
const onlyUser = { ...request, messages: [{ role: 'user', content: 'Rules.\n\nItems.' }] }
const inObject = { ...request, response_format: { type: 'json_object', schema } }

let keys = 0
const answer = (status: number, body: unknown, sent: object = request) =>
  afterRefusal(`case ${++keys}`, sent, status, errorBodyOf(body))
const error = (message: string, more: object = {}) => ({ error: { message, ...more } })
const fault = (name: string) => ({
  type: 'extra_forbidden',
  loc: ['body', name],
  msg: 'Extra inputs are not permitted',
})

describe('a field that is refused', () => {
  it.each<[dialect: string, status: number, body: unknown, next: object]>([
    ['OpenAI', 400, error('x', { code: 'unsupported_parameter', param: 'max_tokens' }), otherLimit],
    [
      'OpenAI, behind a gateway that drops the code',
      400,
      error(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      ),
      otherLimit,
    ],
    [
      'LiteLLM',
      400,
      error("litellm.BadRequestError: Unsupported value: 'temperature' does not support 0 with this model.", {
        code: '400',
        param: 'temperature',
      }),
      withoutTemperature,
    ],
    ['a text alone', 400, error('temperature is not supported by this model'), withoutTemperature],
    ['Anthropic', 400, error('`temperature` is deprecated for this model.'), withoutTemperature],
    ['Google', 400, error('Unknown name "stream_options": Cannot find field.'), withoutOptions],
    ['Go', 400, error('json: unknown field "stream_options"'), withoutOptions],
    [
      'Rust, which lists what it takes',
      422,
      'message: unknown field `stream_options`, expected one of `model`, `messages`, `max_tokens`, `temperature`',
      withoutOptions,
    ],
    ['FastAPI', 422, { detail: [fault('stream_options')] }, withoutOptions],
    ['Mistral', 422, { object: 'error', message: { detail: [fault('stream_options')] } }, withoutOptions],
    ['a server that fails on it', 500, error('Unrecognized request argument: stream_options'), withoutOptions],
    ['a value out of range', 400, error('temperature must be greater than 0'), withoutTemperature],
    [
      'a value out of range, pointed to',
      422,
      { detail: [{ type: 'greater_than', loc: ['body', 'temperature'], msg: 'Input should be greater than 0' }] },
      withoutTemperature,
    ],
    ['fewer tokens', 400, error('max_tokens is too large: 500. This model supports at most 256.'), fewer],
    [
      'fewer tokens, in the words of Groq',
      400,
      error('`max_tokens` must be less than or equal to `256`, the maximum value for `max_tokens`'),
      fewer,
    ],
    ['fewer tokens, pointed to', 422, error('Input should be at most 256', { param: 'max_tokens' }), fewer],
    ['a template', 400, error('System role not supported'), onlyUser],
    ['Gemma', 400, error('Developer instruction is not enabled for models/gemma-3-27b-it'), onlyUser],
    ['vLLM', 400, error('Conversation roles must alternate user/assistant/user/assistant/...'), onlyUser],
    [
      'a pointed role',
      400,
      error("Unsupported value: 'messages[0].role' does not support 'system' with this model.", {
        param: 'messages[0].role',
      }),
      onlyUser,
    ],
    [
      'the Python server of llama.cpp',
      500,
      error(
        "1 validation error: [{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}]",
        { type: 'internal_server_error' },
      ),
      inObject,
    ],
  ])('goes, or goes on in another way: %s', (_dialect, status, body, next) => {
    expect(answer(status, typeof body === 'string' ? error(body) : body)).toEqual(next)
  })

  it.each<[what: string, status: number, body: unknown]>([
    ['a limit that is too high', 400, error('max_tokens is too large: 5000. This model supports at most 4096.')],
    ['a context that is full', 400, error('max_tokens is too large: 500 > the context length of 256 tokens')],
    ['a schema', 400, error("'response_format.type' must be 'json_object' or 'text'")],
    ['a schema by its name', 400, error('response_format is not supported', { param: 'response_format' })],
    ['a field that was not sent', 422, { detail: [fault('x')] }],
    ['a key', 401, error('temperature is not supported')],
    ['a moment', 429, error('temperature is not supported')],
    ['what an item says of it', 400, error('The prompt was filtered. temperature')],
  ])('is not %s', (_what, status, body) => {
    expect(answer(status, body)).toBeNull()
  })

  it('takes the stream with it, and what belongs to a stream', () => {
    const streamed = { ...request, stream: true }
    const body = error('stream is not supported by this deployment')
    const { stream: _stream, ...plain } = { ...withoutOptions, stream: true }
    expect(answer(400, body, streamed)).toEqual(plain)
    expect(answer(400, error('x', { code: 'unsupported_value', param: 'stream' }), streamed)).toEqual(plain)
  })

  it('keeps to the tokens that the model takes', () => {
    const body = error('max_tokens is too large: 500. This model supports at most 256.')
    afterRefusal('limited', request, 400, errorBodyOf(body))
    expect(withoutRefused('limited', { ...request, max_tokens: 5000 })).toEqual(fewer)
    expect(withoutRefused('limited', { ...request, max_tokens: 100 })).toEqual({ ...request, max_tokens: 100 })
  })

  it('is not offered to the same model again, nor refused under both names for ever', () => {
    const key = 'remembered'
    const body = error('x', { code: 'unsupported_parameter', param: 'max_tokens' })
    expect(afterRefusal(key, request, 400, errorBodyOf(body))).toEqual(otherLimit)
    expect(withoutRefused(key, request)).toEqual(otherLimit)
    expect(withoutRefused('another', request)).toEqual(request)
    const other = error('x', { code: 'unsupported_parameter', param: 'max_completion_tokens' })
    expect(afterRefusal(key, otherLimit, 400, errorBodyOf(other))).toBeNull()
  })
})
