import { Buffer } from 'node:buffer'

/**
 * Everything that decodes to a secret, as servers, gateways and proxies echo it: as it is, with any of its characters written as a
 * percent code, a `\u` or `\x` escape, a backslash escape or an HTML entity; as hexadecimal; in base64 or base64url, wherever in the
 * encoded text it stands. Also cut off, from `shortest` characters on. Texts are matched as Latin-1, byte by byte.
 */
export function patternOfSecret(secret: string, shortest: number): string {
  const characters = [...secret]
  const bytes = Buffer.from(secret)
  const least = Math.min(shortest, characters.length)
  const leastBytes = Math.min(shortest, bytes.length)
  return [
    beginningOf(characters.map(spellingsOf), least),
    beginningOf([...bytes].map(hexOf), leastBytes),
    ...[0, 1, 2].map((offset) => beginningOf(base64Of(bytes, offset), base64Length(leastBytes, offset))),
  ].join('|')
}

/** An expression may not grow without end: of a token of thousands of characters, what follows these is taken for more of it. */
const mostParts = 160
const moreOfToken = '(?:[\\w.~+/=-]|%[0-9A-Fa-f]{2}|\\\\{1,8}u[0-9A-Fa-f]{4}|\\\\{1,8}/|&#x?[0-9A-Fa-f]+;)*'

/** The parts one after the other, of which all after the first `least` may be missing from the end. */
function beginningOf(parts: readonly string[], least: number): string {
  const rest = parts.slice(least, mostParts)
  if (parts.length > mostParts) rest.push(moreOfToken)
  return parts.slice(0, least).join('') + rest.map((part) => `(?:${part}`).join('') + ')?'.repeat(rest.length)
}

const entityNames: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
  '/': 'sol',
  '+': 'plus',
  '=': 'equals',
  _: 'lowbar',
  '.': 'period',
  ':': 'colon',
}

function spellingsOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = caseless(code.toString(16))
  const percent = [...Buffer.from(character)].map((byte) => `%(?:25){0,4}${hexOf(byte)}`).join('')
  const named = entityNames[character]
  const asItIs = escapeRegExp(Buffer.from(character).toString('latin1'))
  return `(?:${[
    /[A-Za-z0-9]/.test(character) ? asItIs : `\\\\{0,8}${asItIs}`,
    percent,
    `\\\\{1,8}(?:u0{0,4}|u\\{0{0,8}|x)${hex}\\}?`,
    `&(?:amp;){0,4}#(?:0{0,8}${code}|[xX]0{0,8}${hex});?`,
    ...(named === undefined ? [] : [`&(?:amp;){0,4}${named};`]),
  ].join('|')})`
}

function hexOf(byte: number): string {
  return caseless(byte.toString(16).padStart(2, '0'))
}

function caseless(hex: string): string {
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)
}

/** The signs that the secret alone decides, where it begins `offset` bytes after a group of three. */
function base64Of(bytes: Buffer, offset: number): string[] {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const first = firstSign(offset)
  return [...encoded.slice(first, first + base64Length(bytes.length, offset))].map((sign) => {
    if (sign === '+') return '(?:[+-]|%2[bB])'
    return sign === '/' ? '(?:\\\\{0,8}/|_|%2[fF])' : sign
  })
}

/** The sign before it holds bits of what stands before the secret. */
function firstSign(offset: number): number {
  return Math.ceil((offset * 8) / 6)
}

function base64Length(bytes: number, offset: number): number {
  return Math.floor(((offset + bytes) * 8) / 6) - firstSign(offset)
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
