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

/** A snapshot that passed its checksum. In the file the image comes first, then the seal. */
export interface SealedImage {
  image: Uint8Array
  seal: Buffer
  /** Id of the commit that made this generation, of the one that made the generation before it, and so on. */
  history: readonly Buffer[]
}

export function sealImage(image: Uint8Array, history: readonly Buffer[]): SealedImage {
  const ids = history.slice(0, historyLength)
  const seal = Buffer.alloc(pageBytes)
  ids.forEach((id, index) => void seal.set(id, index * commitIdBytes))
  const footer = pageBytes - footerBytes
  seal.set(magic, footer)
  seal.writeBigUInt64BE(BigInt(image.length), footer + magic.length)
  seal.writeBigUInt64BE(BigInt(ids.length), footer + magic.length + 8)
  seal.set(hashOf(image, seal), pageBytes - hashBytes)
  return { image, seal, history: ids }
}

/** The image, or in words what is wrong with the file. */
export function unsealImage(bytes: Buffer): SealedImage | { damage: string } {
  if (bytes.length === 0) return { damage: 'it is empty' }
  const image = bytes.subarray(0, -pageBytes)
  const seal = bytes.subarray(-pageBytes)
  const footer = pageBytes - footerBytes
  if (image.length === 0 || !seal.subarray(footer, footer + magic.length).equals(magic)) {
    return { damage: 'its end is missing' }
  }
  if (!hashOf(image, seal).equals(seal.subarray(pageBytes - hashBytes))) {
    return { damage: 'its content does not match its checksum' }
  }
  const imageLength = Number(seal.readBigUInt64BE(footer + magic.length))
  const ids = Number(seal.readBigUInt64BE(footer + magic.length + 8))
  if (imageLength !== image.length || ids > historyLength) return { damage: 'its parts do not fit together' }
  const history = Array.from({ length: ids }, (_, index) =>
    seal.subarray(index * commitIdBytes, (index + 1) * commitIdBytes),
  )
  return { image, seal, history }
}

function hashOf(image: Uint8Array, seal: Buffer): Buffer {
  return createHash('sha256')
    .update(image)
    .update(seal.subarray(0, pageBytes - hashBytes))
    .digest()
}
