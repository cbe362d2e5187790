import { describe, expect, test } from 'vitest'
import { recognise } from '../../../server/models/recogniseAddress.ts'

const known = { views: [{ provider: 'mine', endpoint: 'http://127.0.0.1:4000' }] }

describe('an address', () => {
  test.each([
    ['localhost:11434', 'ollama', null, 'http://localhost:11434', true],
    ['http://127.0.0.1:11434/', 'ollama', null, 'http://127.0.0.1:11434', true],
    ['192.168.1.20:11434', 'ollama', null, 'http://192.168.1.20:11434', false],
    ['http://localhost:1234', 'openai-compatible', 'lm-studio', 'http://localhost:1234/v1', true],
    ['localhost:8000/v1/chat/completions', 'openai-compatible', 'vllm', 'http://localhost:8000/v1', true],
    ['http://gpu-box:8080', 'openai-compatible', 'llama-cpp', 'http://gpu-box:8080/v1', false],
    ['https://api.openai.com/v1', 'openai', null, 'https://api.openai.com/v1', false],
    ['api.openai.com', 'openai', null, 'https://api.openai.com/v1', false],
    ['https://api.anthropic.com/v1/messages', 'anthropic', null, 'https://api.anthropic.com', false],
    ['https://openrouter.ai/api/v1', 'openrouter', null, 'https://openrouter.ai/api/v1', false],
    ['https://api.groq.com', 'groq', null, 'https://api.groq.com/openai/v1', false],
    ['https://api.fireworks.ai', 'openai-compatible', 'fireworks', 'https://api.fireworks.ai/inference/v1', false],
    ['my-resource.openai.azure.com', 'azure', null, 'https://my-resource.openai.azure.com', false],
    ['https://r.services.ai.azure.com/openai/v1', 'azure', null, 'https://r.services.ai.azure.com', false],
    ['https://llm.corp.example/v1', 'openai-compatible', null, 'https://llm.corp.example/v1', false],
    ['https://llm.corp.example/v1?key=1#top', 'openai-compatible', null, 'https://llm.corp.example/v1', false],
    ['"http://10.0.0.5:9999"', 'openai-compatible', null, 'http://10.0.0.5:9999', false],
    ['[::1]:9999/v1', 'openai-compatible', null, 'http://[::1]:9999/v1', true],
  ])('%s is of the kind %s', (text, kind, preset, endpoint, isLocal) => {
    expect(recognise(text, known)).toMatchObject({ what: 'address', kind, preset, endpoint, isLocal })
  })

  test('that a provider goes to already is told with it', () => {
    expect(recognise('localhost:4000', known)).toMatchObject({ provider: 'mine', preset: 'litellm', name: 'litellm' })
  })

  test('gives a name by its host', () => {
    expect(recognise('https://api.together.xyz/v1', known)).toMatchObject({ name: 'together' })
    expect(recognise('https://llm.corp.example/v1', known)).toMatchObject({ name: 'corp' })
    expect(recognise('10.0.0.5:9999', known)).toMatchObject({ name: 'openai-compatible' })
  })

  test('of a kind that a test has found out has the settings of that kind', () => {
    const found = recognise('http://localhost:11500/v1', known, 'ollama')
    expect(found).toMatchObject({ kind: 'ollama', config: { port: 11_500 }, endpoint: 'http://localhost:11500' })
  })
})

test.each([
  ['sk-ant-api03-fake-0123456789', 'anthropic'],
  ['sk-or-v1-fake0123456789', 'openrouter'],
  ['OPENAI_API_KEY=sk-proj-fake-0123456789', 'openai'],
  ['Bearer gsk_0123456789abcdefFAKE', 'groq'],
  ['AIzaFAKE0123456789abcdefghijklmnop', 'google'],
  ['sk-fake-0123456789abcdef', null],
  ['0123456789abcdef0123456789abcdef', null],
])('a key is known by its beginning, and is not repeated: %s', (text, kind) => {
  const found = recognise(text, known)
  expect(found).toEqual({ what: 'key', kind })
})

test.each(['', 'hello', 'two words', 'ftp://host', 'file:///etc', 'http://', 'http://user:pass@host.example/v1'])(
  '%j is neither',
  (text) => {
    expect(recognise(text, known)).toEqual({ what: 'nothing' })
  },
)
