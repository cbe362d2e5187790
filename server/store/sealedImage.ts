import { createHash } from 'node:crypto'

/*
 * A snapshot file is a SQLite image followed by one page of ours, so that the image and its checksum are committed together:
 *
 *   image | 252 commit ids, newest first | magic | image length | number of ids | SHA-256 of everything before it
 *
 * SQLite takes the size of a database from its header, so any SQLite program opens the file as it is.
 */

const pageBytes = 4096
const magic = Buffer.from('llm-providers/1\n', 'latin1')
const hashBytes = 32
const footerBytes = magic.length + 8 + 8 + hashBytes

export const commitIdBytes = 16
/** How far back a snapshot knows which commits led to it. */
export const historyLength = (pageBytes - footerBytes) / commitIdBytes

/** A snapshot that passed its checksum. */
export interface SealedImage {
  /** The whole file. */
  bytes: Buffer
  /** A view into it. */
  image: Buffer
  /** Id of the commit that made this generation, of the one that made the generation before it, and so on. */
  history: readonly Buffer[]
}

export function sealImage(image: Uint8Array, history: readonly Buffer[]): SealedImage {
  const kept = history.slice(0, historyLength)
  const bytes = Buffer.alloc(image.length + pageBytes)
  bytes.set(image)
  kept.forEach((id, index) => void bytes.set(id, image.length + index * commitIdBytes))
  const footer = bytes.length - footerBytes
  bytes.set(magic, footer)
  bytes.writeBigUInt64BE(BigInt(image.length), footer + magic.length)
  bytes.writeBigUInt64BE(BigInt(kept.length), footer + magic.length + 8)
  bytes.set(hashOf(bytes), bytes.length - hashBytes)
  return { bytes, image: bytes.subarray(0, image.length), history: kept }
}

/** The image, or in words what is wrong with the file. */
export function unsealImage(bytes: Buffer): SealedImage | { damage: string } {
  if (bytes.length === 0) return { damage: 'it is empty' }
  const footer = bytes.length - footerBytes
  if (footer < 0 || !bytes.subarray(footer, footer + magic.length).equals(magic)) {
    return { damage: 'its end is missing' }
  }
  if (!hashOf(bytes).equals(bytes.subarray(bytes.length - hashBytes))) {
    return { damage: 'its content does not match its checksum' }
  }
  const imageLength = Number(bytes.readBigUInt64BE(footer + magic.length))
  const ids = Number(bytes.readBigUInt64BE(footer + magic.length + 8))
  if (imageLength === 0 || imageLength !== bytes.length - pageBytes || ids > historyLength) {
    return { damage: 'its parts do not fit together' }
  }
  const history = Array.from({ length: ids }, (_, index) => {
    const start = imageLength + index * commitIdBytes
    return bytes.subarray(start, start + commitIdBytes)
  })
  return { bytes, image: bytes.subarray(0, imageLength), history }
}

function hashOf(bytes: Buffer): Buffer {
  return createHash('sha256')
    .update(bytes.subarray(0, bytes.length - hashBytes))
    .digest()
}
