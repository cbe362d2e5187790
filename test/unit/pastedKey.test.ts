import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanKey } from '../../server/providers/keyRules.ts'
import { cleanPastedKey } from '../../shared/keys/pastedKey.ts'

const key = 'sk-fake-0123456789abcdef'

describe('a pasted key', () => {
  test.each([
    [key, []],
    [`  ${key}\n`, []],
    [`"${key}"`, ['quotes']],
    [`'${key}'`, ['quotes']],
    [`“${key}”`, ['quotes']],
    [`\`${key}\``, ['quotes']],
    [`OPENAI_API_KEY=${key}`, ['name']],
    [`OPENAI_API_KEY="${key}"`, ['name', 'quotes']],
    [`export ANTHROPIC_API_KEY='${key}'`, ['name', 'quotes']],
    [`$env:GROQ_API_KEY = "${key}"`, ['name', 'quotes']],
    [`"api_key": "${key}",`, ['name', 'quotes']],
    [`api-key: ${key}`, ['name']],
    [`Bearer ${key}`, ['scheme']],
    [`Authorization: Bearer ${key}`, ['name', 'scheme']],
    [`\u200b${key}\ufeff`, []],
  ])('%s', (text, removed) => {
    expect(cleanPastedKey(text)).toEqual({ key, removed })
    expect(cleanKey(text)).toEqual({ ok: true, key })
  })

  test.each([
    'aGtleQ0123456789abcdef==',
    'tokenabcdef0123456789==',
    'user=name-is-no-key-at-all',
    'org:project:0123456789abcdef',
    'a"b"c-0123456789',
    '',
  ])('%s stays as it is', (text) => {
    expect(cleanPastedKey(text)).toEqual({ key: text, removed: [] })
  })

  test('is clean once it was cleaned', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { key: once } = cleanPastedKey(text)
        expect(cleanPastedKey(once)).toEqual({ key: once, removed: [] })
      }),
    )
  })
})
