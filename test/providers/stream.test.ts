import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { ChatTurn } from '../../server/providers/adapter.ts'
import { AnswerPieces } from '../../server/providers/answerPieces.ts'
import { adapterOf, listKinds } from '../../server/providers/registry.ts'
import { useHarness } from '../support/providers/harness.ts'
import {
  adapter,
  completionRequest,
  networkKind,
  networkKinds,
  providerCall,
} from '../support/providers/networkKinds.ts'

const harness = useHarness()
const words = ['Two ', 'of them ', 'want [', '1002] their ', 'money back.']
const text = words.join('')

/** The same answer, as each wire has it. */
function play(kind: string, response: ServerResponse, path: string): void {
  const send = (...events: object[]): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
  }
  if (path.endsWith('/api/show')) return void response.writeHead(404).end()
  if (kind === 'ollama') {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const lines = words.map((content) => ({ model: 'm', message: { role: 'assistant', content }, done: false }))
    const last = { model: 'm', message: { content: '' }, done: true, done_reason: 'stop', eval_count: 9 }
    response.end([...lines, last].map((line) => `${JSON.stringify(line)}\n`).join(''))
  } else if (kind === 'anthropic') {
    const delta = (words: string) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: words },
    })
    send(
      {
        type: 'message_start',
        message: { type: 'message', content: [], usage: { input_tokens: 200, output_tokens: 1 } },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...words.map(delta),
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
      { type: 'message_stop' },
    )
  } else {
    send(...words.map((content) => ({ choices: [{ index: 0, delta: { content } }] })), {
      choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      usage: { prompt_tokens: 200, completion_tokens: 9 },
    })
  }
}

const turns: ChatTurn[] = [
  { role: 'user', text: 'What are these?' },
  { role: 'assistant', text: 'Tickets.' },
]

async function converse(kind: string, change: Parameters<typeof completionRequest>[0] = {}) {
  const pieces: string[] = []
  const { server, transport } = harness
  const own = adapter(networkKind(kind))
  const call = providerCall(networkKind(kind), { transport, port: server.port })
  const request = completionRequest({
    mode: 'text',
    system: 'You answer.',
    prompt: 'And what do they want?',
    ...change,
  })
  const conversation = { turns, onText: (piece: string) => void pieces.push(piece) }
  const outcome = await own.stream?.call(own, call, { ...request, conversation })
  return { pieces, outcome }
}

const writing = networkKinds.filter(({ decidesOnly }) => !decidesOnly)

describe.each(writing)('$kind', ({ kind }) => {
  it('answers in a conversation, piece by piece', async () => {
    harness.server.play((response, { path }) => play(kind, response, path))
    const { pieces, outcome } = await converse(kind)
    expect(outcome).toMatchObject({ ok: true, value: { text, usage: { output: 9 } } })
    expect(pieces.join('')).toBe(text)
    expect(pieces.length).toBeGreaterThan(1)
    const sent = harness.bodies().findLast((body) => 'messages' in body)
    const messages = (sent?.messages ?? []) as { role: string; content: string }[]
    expect(messages.filter(({ role }) => role !== 'system' && role !== 'developer')).toEqual([
      { role: 'user', content: 'What are these?' },
      { role: 'assistant', content: 'Tickets.' },
      { role: 'user', content: 'And what do they want?' },
    ])
    expect(sent?.stream).toBe(true)
  })
})

it('every kind whose models write holds conversations', () => {
  const kinds = listKinds().map(({ kind }) => kind)
  const silent = kinds.filter((kind) => adapterOf(kind)?.stream === undefined)
  expect(silent.toSorted()).toEqual(['builtin', 'typesafe'])
})

it('a server that does not stream answers in one piece', async () => {
  harness.server.play((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const message = { role: 'assistant', content: text }
    response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }))
  })
  const { pieces } = await converse('openai-compatible')
  expect(pieces).toEqual([text])
})

it('what was said before a connection broke stays with the caller', async () => {
  harness.server.play((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'Two of them ' } }] })}\n\n`)
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'want' } }] })}\n\n`, () =>
      response.destroy(),
    )
  })
  const { pieces, outcome } = await converse('openai')
  expect(outcome?.ok).toBe(false)
  expect(pieces.join('')).toBe('Two of them want')
})

describe('pieces', () => {
  const secret = 'sk-fake-0123456789abcdef'
  function said(given: readonly string[]): string[] {
    const pieces: string[] = []
    const answer = new AnswerPieces(
      (words) => words.replaceAll(secret, '[redacted]'),
      (piece) => void pieces.push(piece),
    )
    for (const piece of given) answer.add(piece)
    answer.flush()
    return pieces
  }

  it('never show a key, wherever it is cut', () => {
    const whole = `The key is ${secret}, and that is all.`
    for (let at = 1; at < whole.length; at++) {
      expect(said([whole.slice(0, at), whole.slice(at)]).join('')).toBe('The key is [redacted], and that is all.')
    }
  })

  it.each([
    [['<thi', 'nk>Let me see', '</think>\n\nYes', '.'], 'Yes.'],
    [['  <thinking>a</thinking>No.'], 'No.'],
    [['<table> is HTML.'], '<table> is HTML.'],
    [['<think>never ends'], ''],
  ])('%j are %j', (given, expected) => {
    expect(said(given).join('')).toBe(expected)
  })

  it('come at once in scripts without blanks', () => {
    expect(said(['東京は', '日本の', '首都です。'])).toEqual(['東京は', '日本の', '首都です。'])
  })
})
