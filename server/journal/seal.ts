import { Buffer } from 'node:buffer'
import { crc32 } from 'node:zlib'

/*
 * Every line begins with the checksum of what follows in it: `{"crc":"1a2b3c4d","kind":…}`. One flipped bit within a text or a number
 * leaves a line that is JSON and says something else; its checksum shows that. It stands in front since the ends of many lines are the
 * same and are read once. Lines of earlier versions have none, and only their fields are looked at.
 */

const start = Buffer.from('{"crc":"')
const digits = 8
/** Digit by digit, since a million lines would each make a text otherwise. */
const hexDigits = Buffer.from('0123456789abcdef')
/** What stands before the rest of the line: start, digits, and `",`. */
const sealBytes = start.length + digits + 2

/** Takes the place of a line's first `{` until the checksum is known. */
export const openSeal = `${start}${'0'.repeat(digits)}",`

/** Writes the checksum of a line that stands in `buffer` with `openSeal` in front; `to`: where its line end begins. */
export function closeSeal(buffer: Buffer, from: number, to: number): void {
  let checksum = crc32(buffer.subarray(from + sealBytes, to))
  for (let at = from + start.length + digits - 1; at >= from + start.length; at--) {
    buffer[at] = hexDigits[checksum & 15] ?? 0
    checksum >>>= 4
  }
}

/** A line as it is written: `json` is an object's, without its line end. */
export function sealedLine(json: string): Buffer {
  const line = Buffer.from(`${openSeal}${json.slice(1)}\n`)
  closeSeal(line, 0, line.length - 1)
  return line
}

/** Whether a line, without its end, is what was written. True also where it has no checksum. */
export function isSound(line: Buffer): boolean {
  if (!beginsSealed(line)) return true
  let checksum = crc32(line.subarray(sealBytes))
  for (let at = start.length + digits - 1; at >= start.length; at--) {
    if (line[at] !== hexDigits[checksum & 15]) return false
    checksum >>>= 4
  }
  return true
}

/** A line end that was damaged joins two lines: where the second and further ones begin, which no text within a line looks like. */
export function joinedLines(line: Buffer): number[] {
  const begins: number[] = []
  for (let at = line.indexOf(start, 1); at !== -1; at = line.indexOf(start, at + 1)) begins.push(at)
  return begins
}

export function beginsSealed(line: Buffer): boolean {
  return line.subarray(0, start.length).equals(start)
}

/** What was read is not what was written. Files that are damaged are no bug: it has a code as they have. */
export class DamagedRecord extends Error {
  readonly code = 'EIO'
}
