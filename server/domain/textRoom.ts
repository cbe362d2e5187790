import { cutText } from './cutText.ts'

/** How much of a text a request takes beside what else stands in it; Infinity: nobody knows a limit. */
export interface TextRoom {
  tokens: number
  /** In JSON. */
  bytes: number
}

/** Said at the end of a text that the room of a request has shortened: it goes on. */
const cutMark = '\n\n[…]'

/**
 * More tokens than nearly every tokenizer makes of a text: a third of a token for a letter or sign of ASCII, half a one for each byte of
 * anything else, such as one and a half for a Chinese sign.
 */
export function cautiousTokens(text: string): number {
  let tokens = 0
  for (let at = 0; at < text.length; at++) tokens += tokensAt(text, at)
  return Math.ceil(tokens)
}

/** With what is escaped. */
export function bytesInJson(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at++) bytes += bytesAt(text, at)
  return bytes
}

/** The whole text where it has room, else as much of it as has, cut like all texts and marked. */
export function fitText(text: string, room: TextRoom): string {
  if (text.length * mostTokens <= room.tokens && text.length * mostBytes <= room.bytes) return text
  const length = lengthIn(text, room)
  if (length === text.length) return text
  return `${cutText(text, Math.max(0, length - cutMark.length))}${cutMark}`
}

function lengthIn(text: string, room: TextRoom): number {
  let { tokens, bytes } = room
  for (let at = 0; at < text.length; at++) {
    tokens -= tokensAt(text, at)
    bytes -= bytesAt(text, at)
    if (tokens < 0 || bytes < 0) return at
  }
  return text.length
}

/** Of one unit of a text, at most. */
const mostTokens = 1.5
const mostBytes = 6

function tokensAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (unit < 0x80) return 1 / 3
  return unit < 0x800 || isHalfPair(unit) ? 1 : mostTokens
}

/** Control characters, quotation marks and backslashes are escaped. */
function bytesAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (unit < 0x20) return mostBytes
  if (unit < 0x80) return unit === 0x22 || unit === 0x5c ? 2 : 1
  return unit < 0x800 || isHalfPair(unit) ? 2 : 3
}

function isHalfPair(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}
