import { expect, it } from 'vitest'
import { useHarness } from '../support/providers/harness.ts'

const harness = useHarness()

const error = (message: string, more: object = {}) => ({ error: { message, ...more } })
const busy = { code: 'overloaded' }
const refused = { code: 'invalid_response', problem: 'rejected_request' }
const unable = { code: 'invalid_response', problem: 'cannot_serve' }
const tooLong = { code: 'context_too_long' }

// What real servers said, and by which status.
it.each<[server: string, kind: string, status: number, body: unknown, reason: object]>([
  ['llama.cpp, loading', 'openai-compatible', 503, error('Loading model', { type: 'unavailable_error' }), busy],
  ['llama.cpp, a grammar', 'openai-compatible', 500, error('failed to parse grammar', { code: 500 }), refused],
  [
    'llama.cpp, vectors',
    'openai-compatible',
    501,
    error('This server does not support embeddings. Start it with `--embeddings`', { type: 'not_supported_error' }),
    refused,
  ],
  [
    'llama.cpp, a batch',
    'openai-compatible',
    500,
    error('input (3001 tokens) is too large to process. increase the physical batch size (current batch size: 512)'),
    tooLong,
  ],
  ['any server, 501', 'openai-compatible', 501, error('no'), refused],
  ['any server, tools', 'openai-compatible', 500, error('tool_choice is not enabled'), refused],
  ['LM Studio', 'openai-compatible', 500, { error: 'No models loaded. Please load a model first.' }, unable],
  ['vLLM', 'openai-compatible', 500, error('CUDA error: out of memory'), unable],
  ['a gateway', 'openai-compatible', 503, error('upstream schema registry is starting, try again'), busy],
  ['a gateway, a form', 'openai-compatible', 503, error('json_schema is not supported by the backend'), refused],
  ['LM Studio, 400', 'openai-compatible', 400, { error: 'No models loaded. Please load a model first.' }, unable],
  [
    'LM Studio, memory',
    'openai-compatible',
    404,
    error('Failed to load model "x". Error: insufficient system resources', { code: 'model_not_found' }),
    unable,
  ],
  ['no word', 'openai-compatible', 500, {}, busy],
  ['an unknown word', 'openai-compatible', 500, error('Something went wrong'), busy],
  [
    'Ollama, memory',
    'ollama',
    500,
    { error: 'model requires more system memory (5.6 GiB) than is available (2.1 GiB)' },
    unable,
  ],
  [
    'Ollama, weights',
    'ollama',
    500,
    { error: 'tensor "blk.3.ffn_gate.weight" offset+size (73) exceeds file size (70)' },
    unable,
  ],
  [
    'Ollama, weights, in other words',
    'ollama',
    500,
    { error: 'llama runner process has terminated: error loading model: tensor offset is wrong' },
    unable,
  ],
  ['Ollama, an unknown text', 'ollama', 500, { error: 'llama runner: exit status 2' }, unable],
  ['Ollama, a format', 'ollama', 500, { error: 'invalid format: "xml"; expected "json" or a JSON Schema' }, refused],
  [
    'Ollama, its runner died',
    'ollama',
    500,
    { error: 'an error was encountered while running the model: unexpected EOF' },
    busy,
  ],
  ['Ollama, its runner is gone', 'ollama', 500, { error: 'llama-server process no longer running: unknown ' }, busy],
  [
    'Ollama, its queue',
    'ollama',
    503,
    { error: 'server busy, please try again.  maximum pending requests exceeded' },
    busy,
  ],
])('reads what a failing server says: %s', async (_server, kind, status, body, reason) => {
  harness.server.play((response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  })
  expect(await harness.complete(kind)).toMatchObject({ ok: false, reason })
})

it('quotes the server without the key', async () => {
  harness.server.play((response) => {
    response.writeHead(500, { 'content-type': 'text/plain' })
    response.end('boom at sk-abcdefghijklmnop, sorry.\n')
  })
  const outcome = await harness.complete('openai-compatible')
  expect(outcome).toMatchObject({ reason: { code: 'overloaded', detail: 'boom at [redacted], sorry' } })
})
