import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseVariables } from '../../cli/keys/readKey.ts'
import { keyEnding, keyProblem, looksLikeKey, withoutKeys } from '../../shared/keys/keyShape.ts'

/** Of every kind a made-up one, with the beginnings that services give theirs; the rest is random. */
const keys = [
  'sk-fake-0123456789abcdef',
  'sk-fake-abcdefghijklmnop',
  'sk-proj-FAKE_0123456789-abcdefghij',
  'sk-ant-api03-fake-0123456789',
  'sk-or-v1-0123456789abcdef',
  'sk_live_0123456789abcdef',
  'gsk_0123456789abcdefFAKE',
  'hf_0123456789abcdefFAKE',
  'xai-0123456789abcdefFAKE',
  'nvapi-FAKE0123456789abcdef',
  'pplx-0123456789abcdefFAKE',
  'csk-0123456789abcdefFAKE',
  'r8_FAKE0123456789abcdef',
  'ghp_0123456789abcdefFAKE',
  'github_pat_FAKE0123456789abcdef',
  'glpat-FAKE0123456789abcdef',
  'apikey_FAKE0123456789abcdef',
  'fw_3ZkQwTfAkE9xYb7Lm2Rn4P',
  'jina_9f0fAkE7c2b14e6d8a3c5b7e1f',
  'AIzaFAKE0123456789abcdefghijklmnop',
  'AKIAFAKE0123456789AB',
  'dapi0123456789abcdef0123456789abcdef',
  'eyJhbGciOiJGQUtFIn0.eyJzdWIiOiJmYWtlIn0.c2lnbmF0dXJl',
  'Bearer fake0123456789',
  // Azure and Mistral, Cohere, Together, LiteLLM: no beginning, only length and chance.
  '0123456789abcdef0123456789abcdef',
  'b7Kq2Zx9Lm4Tn8Vc1Rw6Yp3Hs5Jd0Fg2Ae7Qi9Uo',
  'a3f1c94e07b2d85c6e19f0a4',
  'x7f2kq9d0w3mz8v1bt5n',
  'FAKE0123456789abcdefghijklmnopqrstuv==',
  'qP3/7zLkW+9dTfYb2NxV5mRj8HcE1uGaQ4sOiKvZ6wB=',
  'kR8-vW_2qLx9ZtB4nY7-mJ5cPd1sFhG3',
  'qzxwvkjhgfdsplmnbvcx',
]

/** Names of models, deployments, variables, places and digests; none of them is a key however long it is. */
const names = [
  'http://127.0.0.1:11434',
  'https://my-resource-0123456789012345678901234567890.openai.azure.com/openai',
  'https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/my-gateway/openai',
  'https://q1w2e3r4t5y6u7i8.us-east-1.aws.endpoints.huggingface.cloud/v1',
  'q1w2e3r4t5y6u7i8o9p0.proxy.runpod.net:8443/v1',
  'claude-sonnet-4-5-20250929-thinking-preview',
  'accounts/fireworks/models/llama-v3p1-405b-instruct',
  'accounts/acme/deployedModels/llama-v3-8b-instruct-a1b2c3d4',
  'meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8',
  'TheBloke/Wizard-Vicuna-13B-Uncensored-SuperHOT-8K-GPTQ',
  'unsloth/DeepSeek-R1-Distill-Qwen-32B-bnb-4bit',
  'anthropic.claude-3-5-sonnet-20241022-v2:0',
  'ft:gpt-4o-mini-2024-07-18:my-org:custom-suffix:9AbCdEfG',
  'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcd1234efgh',
  'projects/my-project/locations/us-central1/endpoints/1234567890123456789',
  'hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M',
  'model@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  'meta/llama-2-70b-chat:02e509c789964a7ea8736978a43525956ef40397be9033abf9fd2badfe68c9e3',
  'text-embedding-3-small',
  'work-openai-europe-west-production-2',
  'desk-proxy-0123456789-abcdef',
  'task-sk-learn-classifier-2',
  'pa-system-announcements-2025',
  'up_stream_models_of_2025_and_later',
  '/home/ada/0123456789abcdef0123456789abcdef/models',
  'C:\\models\\0123456789abcdef0123456789abcdef\\weights.gguf',
  'OPENAI_API_KEY_PRODUCTION_TEAM',
  'AZURE_OPENAI_API_KEY',
  'K8S_PRD_EUW1_LLMGW_TKN',
  'openAiApiKeyForProductionUse',
  '3f2b8c1e-9d47-4a6b-8e05-1c7f9a2d4b60',
  'deployment-3f2b8c1e-9d47-4a6b-8e05-1c7f9a2d4b60',
  '01J9ZQ5W7T8N2K4M6P8R0S2V4X',
  'Z2lkOi8vc2hvcGlmeS9Qcm9kdWN0LzEyMzQ1Njc4',
  '20261121t093000000z-4f7k2m',
  'Donaudampfschifffahrtsgesellschaft',
  'Rechtschreibung und Zeichensetzung, Angstschweissbehandlung',
  'internationalization-and-localization-of-user-interfaces',
  'I read about compilers, databases (PostgreSQL 17) and GPT-4o; nothing about celebrities.',
  'xxxxxxxxxxxxxxxxxxxxxxxx',
  '$OPENAI_API_KEY',
  'on',
  '4096',
]

describe('looks like a key', () => {
  test.each(keys)('%s', (text) => {
    expect(looksLikeKey(text)).toBe(true)
    expect(looksLikeKey(`X-Key: ${text}`)).toBe(true)
    expect(looksLikeKey(`my key is "${text}", keep it`)).toBe(true)
  })

  test.each(names)('%s does not', (text) => {
    expect(looksLikeKey(text)).toBe(false)
  })

  test('nearly all that chance makes of 32 characters', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    const random = fc.string({ unit: fc.constantFrom(...letters), minLength: 32, maxLength: 32 })
    const made = fc.sample(random, { numRuns: 500, seed: 15 })
    expect(made.filter(looksLikeKey).length).toBeGreaterThan(490)
  })
})

test('what may be a key is taken out of a sentence, wherever it stands', () => {
  const key = 'sk-fake-0123456789abcdef'
  for (const text of [key, `--key=${key}`, `"${key}" is not`, `${key} ${key}`]) {
    expect(withoutKeys(text)).not.toContain('0123456789')
    expect(withoutKeys(text)).toContain('…')
  }
  expect(withoutKeys("Unknown option '--provder'")).toBe("Unknown option '--provder'")
})

test('at most the last four characters are told, and of a short key nothing', () => {
  expect(keyEnding('sk-fake-abcd')).toBe('…abcd')
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (key) => {
      const told = keyEnding(key)
      expect(told?.length ?? 0).toBe(key.length < 12 ? 0 : 5)
    }),
  )
})

test.each([
  ['', 'no key was given'],
  ['x'.repeat(5000), 'too long'],
  ['one\ntwo', 'more than one line'],
  ['with space', 'spaces or letters'],
  ['schlüssel', 'spaces or letters'],
])('%j is no key, told without repeating it', (key, problem) => {
  expect(keyProblem(key)).toContain(problem)
  if (key !== '') expect(keyProblem(key)).not.toContain(key)
})

test('a key is one', () => {
  expect(keyProblem('sk-fake_0123.abc/+=')).toBeNull()
})

test('variables of a file are read as shells write them', () => {
  const text = [
    '\ufeff# comment',
    'PLAIN=one',
    'export EXPORTED=two',
    "SINGLE='three # not a comment'",
    'DOUBLE="four"  # comment',
    'COMMENTED=five # comment',
    '  SPACED = six  ',
    'EMPTY=',
    'not a variable',
    '1BAD=x',
    'HASH=se#ven\r',
  ].join('\n')
  expect(Object.fromEntries(parseVariables(text))).toEqual({
    PLAIN: 'one',
    EXPORTED: 'two',
    SINGLE: 'three # not a comment',
    DOUBLE: 'four',
    COMMENTED: 'five',
    SPACED: 'six',
    EMPTY: '',
    HASH: 'se#ven',
  })
})
