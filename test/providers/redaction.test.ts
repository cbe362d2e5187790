import { describe, expect, it } from 'vitest'
import { formsOfSecret, quoteForMessage, redactForms } from '../../server/providers/redaction.ts'

const secret = 'sk-fake-/+"canary-0123456789'

describe('quoteForMessage', () => {
  it.each([
    ['as it is', secret],
    ['as JSON writes it', JSON.stringify(secret)],
    ['as a URL writes it', `https://x.example/?key=${encodeURIComponent(secret)}`],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['twice', `${secret} and ${secret}`],
    ['in a header', `Authorization: Bearer ${secret}`],
  ])('masks the key %s', (_, text) => {
    expect(quoteForMessage(`said: ${text}`, ['another-secret', secret])).not.toMatch(/canary|Y2FuYXJ5/)
  })

  it.each([
    'sk-other-abcdef123456',
    'Bearer abcdef123456',
    'gsk_abcdef123456',
    `AIza${'x'.repeat(35)}`,
    'sk-abc***xyz',
  ])('masks what looks like a key of somebody else (%s)', (key) => {
    expect(quoteForMessage(`bad ${key} here`, [])).toBe('bad [redacted] here')
  })

  it('makes one short line of it', () => {
    expect(quoteForMessage('a\r\n\tb\u0000\u202Ec', [])).toBe('a b c')
    expect(quoteForMessage('x'.repeat(1000), [])).toHaveLength(300)
  })
})

describe('formsOfSecret', () => {
  it('spares short placeholders in answers, and masks them in errors', () => {
    expect(formsOfSecret('ollama', 'content')).toEqual([])
    expect(redactForms('key ollama', formsOfSecret('ollama', 'error'))).toBe('key [redacted]')
  })
})
