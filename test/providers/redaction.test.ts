import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskBytes, maskOf, maskSecrets, quoteForMessage } from '../../server/providers/redaction.ts'

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

describe('masks in answers', () => {
  it('spare short placeholders, which errors do not', () => {
    expect(maskOf(['ollama'], 'content')).toBeNull()
    expect(maskSecrets('key ollama', maskOf(['ollama'], 'error'))).toBe('key [redacted]')
  })

  it('leave a text alone that holds nothing of a key, half characters included', () => {
    const text = 'Keys begin with sk-proj- or gsk_; \ud800 %41 &amp; \\u0041'
    expect(maskSecrets(text, maskOf(['sk-proj-abcdefghijklmnop', 'gsk_abcdefghijklmnop'], 'content'))).toBe(text)
  })
})

/** Of a text, each character by what `write` makes of it. */
const each = (write: (character: string, code: number) => string) => (text: string) =>
  [...text].map((character) => write(character, character.charCodeAt(0))).join('')
const hex = (code: number, width: number): string => code.toString(16).padStart(width, '0')

const spellings: [string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['as the whole of base64', (text) => Buffer.from(text).toString('base64')],
  ['in base64 behind one byte', (text) => Buffer.from(`:${text}`).toString('base64')],
  ['in base64 behind two bytes', (text) => Buffer.from(`u:${text}`).toString('base64')],
  ['in base64 as Basic writes it', (text) => Buffer.from(`user:${text}`).toString('base64')],
  ['in base64 with more behind it', (text) => Buffer.from(`Bearer ${text}\n`).toString('base64')],
  ['in base64url', (text) => Buffer.from(`>>?${text}`).toString('base64url')],
  ['in base64 within a URL', (text) => encodeURIComponent(Buffer.from(text).toString('base64'))],
  ['in hexadecimal', (text) => Buffer.from(text).toString('hex')],
  ['in hexadecimal of capitals', (text) => Buffer.from(text).toString('hex').toUpperCase()],
  ['as a URL writes it', encodeURIComponent],
  [
    'as a URL writes it, in small letters',
    (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  ],
  ['with a percent code for each character', each((_, code) => `%${hex(code, 2)}`)],
  ['with percent codes of capitals', each((_, code) => `%${hex(code, 2).toUpperCase()}`)],
  ['with percent codes, twice', each((_, code) => `%25${hex(code, 2)}`)],
  ['with escaped slashes', (text) => text.replaceAll('/', '\\/')],
  ['as JSON within JSON', (text) => JSON.stringify(JSON.stringify(text))],
  ['with an escape for each character', each((_, code) => `\\u${hex(code, 4)}`)],
  ['with escapes of capitals', each((_, code) => `\\u${hex(code, 4).toUpperCase()}`)],
  ['with short escapes', each((_, code) => `\\x${hex(code, 2)}`)],
  ['with decimal entities', each((_, code) => `&#${code};`)],
  ['with hexadecimal entities', each((_, code) => `&#x${hex(code, 2)};`)],
  ['with named entities', (text) => text.replaceAll('"', '&quot;').replaceAll('/', '&sol;').replaceAll('+', '&plus;')],
  [
    'with every second character escaped',
    (text) => {
      let at = 0
      return each((character, code) => (at++ % 2 ? `%${hex(code, 2)}` : character))(text)
    },
  ],
  ['cut after twelve characters', (text) => text.slice(0, 12)],
  ['but for its last three characters', (text) => text.slice(0, -3)],
  ['cut and in base64', (text) => Buffer.from(`Bearer ${text.slice(0, 12)}`).toString('base64')],
]

/** Whatever of the text is left of the mask, decoded in every way that we know. */
function leaks(masked: string): boolean {
  const texts = [masked, masked.replaceAll('[redacted]', '')]
  const decoded = texts.flatMap((text) => [
    text,
    ...[0, 1, 2, 3].flatMap((from) => [
      Buffer.from(text.slice(from), 'base64').toString('latin1'),
      Buffer.from(text.slice(from), 'hex').toString('latin1'),
    ]),
    text.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
    text.replace(/\\u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
  ])
  return decoded.some((text) => text.includes(secret.slice(4, 10)) || text.includes(secret.slice(-8)))
}

describe.each(['content', 'error'] as const)('in %s', (where) => {
  it.each(spellings)('masks the key %s', (_, spell) => {
    const text = `{"error":"bad key ${spell(secret)} here"}`
    const masked = maskSecrets(text, maskOf(['another-secret-0123', secret], where))
    expect(masked).toContain('[redacted]')
    expect(masked).toMatch(/^\{"error":"bad key .*here"\}$/)
    expect(leaks(masked)).toBe(false)
    expect(maskBytes(Buffer.from(text), maskOf([secret], where)).toString()).toBe(masked)
  })
})

it('masks any key, in any spelling, wherever it stands', () => {
  const key = fc.string({ minLength: 20, maxLength: 90, unit: fc.constantFrom(...'abcXYZ019-_/+."=&<') })
  fc.assert(
    fc.property(key, fc.constantFrom(...spellings.map(([, spell]) => spell)), fc.string(), (any, spell, around) => {
      expect(maskSecrets(`${around} ${spell(any)} ${around}`, maskOf([any], 'content'))).toContain('[redacted]')
    }),
    { numRuns: 300 },
  )
})

it('looks through a megabyte of escapes that lead to nothing without going back and forth', () => {
  for (const noise of ['\\', '%25', '&amp;', '25', 'c2st', '\\u00', '&#0', secret.slice(0, 7)]) {
    const bytes = Buffer.from(noise.repeat(1_000_000 / noise.length))
    expect(maskBytes(bytes, maskOf([secret], 'content'))).toBe(bytes)
  }
})

it('masks a token of thousands of characters whole', () => {
  const token = `ey${'a1B2'.repeat(1500)}`
  expect(maskSecrets(`<${token}>`, maskOf([token], 'content'))).toBe('<[redacted]>')
})
