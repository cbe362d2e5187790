import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseVariables } from '../../cli/keys/readKey.ts'
import { keyEnding, keyProblem, looksLikeKey, withoutKeys } from '../../shared/keys/keyShape.ts'

describe('looks like a key', () => {
  test.each([
    'sk-fake-0123456789abcdef',
    'sk-proj-FAKE_0123456789-abcdefghij',
    'sk-ant-api03-fake-0123456789',
    'sk_live_0123456789abcdef',
    'gsk_0123456789abcdefFAKE',
    'hf_0123456789abcdefFAKE',
    'xai-0123456789abcdefFAKE',
    'AIzaFAKE0123456789abcdefghijklmnop',
    'Bearer fake0123456789',
    '0123456789abcdef0123456789abcdef',
    'FAKE0123456789abcdefghijklmnopqrstuv==',
  ])('%s', (text) => {
    expect(looksLikeKey(text)).toBe(true)
    expect(looksLikeKey(`X-Key: ${text}`)).toBe(true)
  })

  test.each([
    'http://127.0.0.1:11434',
    'https://my-resource-0123456789012345678901234567890.openai.azure.com/openai',
    'claude-sonnet-4-5-20250929-thinking-preview',
    'hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M',
    'model@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'text-embedding-3-small',
    'work-openai-europe-west-production-2',
    'desk-proxy-0123456789-abcdef',
    '/home/ada/0123456789abcdef0123456789abcdef/models',
    'on',
    '4096',
  ])('%s does not', (text) => {
    expect(looksLikeKey(text)).toBe(false)
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
