import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { anyRowHolds, isDatabase } from './databaseRows.ts'

/** How every made-up key of the tests begins: one look for these finds all of them, wherever the suite wrote. */
export const canaryMarks = ['sk-canary', 'sk-fake', 'sk-proj-fake', 'sk-ant-api03-fake'] as const

/** A folder whose name has this holds keys because a test put them there: files to import keys from, a keyring's own. */
export const onPurpose = 'key-on-purpose'

/** Every file and folder below it that holds a made-up key, in its name or inside. */
export function searchFolder(folder: string): string[] {
  const found: string[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (file.includes(onPurpose)) continue
    if (holdsCanary(Buffer.from(entry.name)) || (entry.isFile() && fileHoldsCanary(file))) found.push(file)
  }
  return found
}

/** Read in pieces, so that the size of a file does not matter. One that went meanwhile holds nothing. */
function fileHoldsCanary(file: string): boolean {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch {
    return false
  }
  try {
    const piece = Buffer.allocUnsafe(pieceBytes + overlapBytes)
    let kept = 0
    let isFirst = true
    for (;;) {
      const read = readSync(handle, piece, kept, pieceBytes, null)
      if (read === 0) return false
      const bytes = piece.subarray(0, kept + read)
      if (isFirst && isCompressed(bytes)) return holdsCanary(unpacked(readFileSync(file)))
      if (holdsCanary(bytes) || (isFirst && isDatabase(bytes) && anyRowHolds(file, holdsCanary))) return true
      isFirst = false
      kept = Math.min(overlapBytes, bytes.length)
      bytes.copy(piece, 0, bytes.length - kept)
    }
  } finally {
    closeSync(handle)
  }
}

const pieceBytes = 1 << 20
/** More than the longest form: a key may stand across two pieces. */
const overlapBytes = 128

function isCompressed(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes)
  } catch {
    return bytes
  }
}

/** Plain, in UTF-16, in base64 at each of its three offsets, in hexadecimal, or the other way round. */
export function holdsCanary(bytes: Buffer | string): boolean {
  const searched = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  return forms.some((form) => searched.includes(form))
}

const forms: readonly Buffer[] = canaryMarks.flatMap((mark) => [
  Buffer.from(mark),
  Buffer.from(mark, 'utf16le'),
  Buffer.from(Buffer.from(mark).toString('hex')),
  Buffer.from([...mark].reverse().join('')),
  ...[0, 1, 2].map((offset) => Buffer.from(base64Core(mark, offset))),
])

/** The signs at both ends depend on what stands beside the key. */
function base64Core(mark: string, offset: number): string {
  const text = Buffer.from(' '.repeat(offset) + mark).toString('base64url')
  const first = Math.ceil((offset * 8) / 6)
  return text.slice(first, Math.floor(((offset + mark.length) * 8) / 6))
}
