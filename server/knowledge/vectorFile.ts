import { Buffer } from 'node:buffer'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { fileErrorCode } from '../files/fileErrors.ts'

const hashBytes = 32
const magic = Buffer.from('LLMPVEC1')
const headerBytes = 12
const recordsAtOnce = 4096

export interface LoadedVectors {
  vectors: Float32Array
  dimensions: number
  /** Which of the wanted texts each vector is of. */
  places: number[]
}

/**
 * Vectors by the hash of their text, in one file that only grows: `LLMPVEC1`, the length of a vector as 4 bytes, then for each a hash of
 * 32 bytes and its numbers, 4 bytes each, all little-endian. A record that a crash cut off is the last one, and is written over.
 */
export class VectorFile {
  readonly #path: string
  readonly #rows = new Map<string, number>()
  /** Records in the file, also those of a text that has two. */
  #records = 0
  /** Null: there is none yet, and its vectors have no length. */
  dimensions: number | null = null

  private constructor(path: string) {
    this.#path = path
  }

  /** Reads which vectors there are; a file that is none is as good as no file. Throws as the file system does. */
  static async open(path: string): Promise<VectorFile> {
    const file = new VectorFile(path)
    const handle = await openIfThere(path)
    if (handle === null) return file
    try {
      await file.#readHashes(handle)
    } finally {
      await handle.close()
    }
    return file
  }

  /**
   * The vectors of these texts, one behind the other, and which of them they are of. By one look at the file: what a build puts in its
   * place meanwhile changes nothing. Null: there are none.
   */
  static async load(path: string, hashes: readonly string[]): Promise<LoadedVectors | null> {
    const file = new VectorFile(path)
    const handle = await openIfThere(path)
    if (handle === null) return null
    try {
      await file.#readHashes(handle)
      const { dimensions } = file
      if (dimensions === null) return null
      const places = hashes.flatMap((hash, place) => (file.#rows.has(hash) ? [place] : []))
      const rows = places.map((place) => file.#rows.get(hashes[place] as string) as number)
      return { dimensions, places, vectors: await file.#readFrom(handle, rows, dimensions) }
    } finally {
      await handle.close()
    }
  }

  get size(): number {
    return this.#rows.size
  }

  /** Undefined: this text has no vector yet. */
  rowOf(hash: string): number | undefined {
    return this.#rows.get(hash)
  }

  /** Written through to the disk. All vectors of a file have one length. */
  async append(vectors: readonly { hash: string; vector: readonly number[] }[]): Promise<void> {
    const dimensions = this.dimensions ?? vectors[0]?.vector.length
    if (dimensions === undefined) return
    const fresh = vectors.filter(({ hash }) => !this.#rows.has(hash))
    const records = fresh.map(({ hash, vector }) =>
      Buffer.concat([Buffer.from(hash, 'hex'), Buffer.from(Float32Array.from(vector).buffer)]),
    )
    const handle = await open(this.#path, this.dimensions === null ? 'w' : 'r+', 0o600)
    try {
      if (this.dimensions === null) await handle.write(headerOf(dimensions), 0, headerBytes, 0)
      const bytes = Buffer.concat(records)
      await handle.write(bytes, 0, bytes.length, placeOf(this.#records, dimensions))
      await handle.sync()
    } finally {
      await handle.close()
    }
    this.dimensions = dimensions
    for (const { hash } of fresh) this.#rows.set(hash, this.#records++)
  }

  /** The vectors of these rows, one behind the other. */
  async read(rows: readonly number[]): Promise<Float32Array> {
    const { dimensions } = this
    if (dimensions === null) return new Float32Array(0)
    const handle = await open(this.#path, 'r')
    try {
      return await this.#readFrom(handle, rows, dimensions)
    } finally {
      await handle.close()
    }
  }

  async #readFrom(handle: FileHandle, rows: readonly number[], dimensions: number): Promise<Float32Array> {
    const vectors = new Float32Array(rows.length * dimensions)
    const places = new Map<number, number[]>()
    rows.forEach((row, place) => {
      const of = places.get(row)
      if (of) of.push(place)
      else places.set(row, [place])
    })
    for (let first = 0; first < this.#records; first += recordsAtOnce) {
      const block = await readBlock(handle, first, Math.min(recordsAtOnce, this.#records - first), dimensions)
      for (let at = 0; at < block.length / recordBytes(dimensions); at++) {
        const wanted = places.get(first + at)
        if (wanted === undefined) continue
        const from = at * recordBytes(dimensions) + hashBytes
        const vector = new Float32Array(
          block.buffer.slice(block.byteOffset + from, block.byteOffset + from + 4 * dimensions),
        )
        for (const place of wanted) vectors.set(vector, place * dimensions)
      }
    }
    return vectors
  }

  /** Leaves out what is not wanted any more, by a new file in the place of this one. */
  async keepOnly(hashes: ReadonlySet<string>): Promise<VectorFile> {
    const { dimensions } = this
    const kept = [...this.#rows].filter(([hash]) => hashes.has(hash))
    if (dimensions === null || kept.length === this.#records) return this
    const fresh = `${this.#path}.new`
    await rm(fresh, { force: true })
    const file = new VectorFile(fresh)
    for (let from = 0; from < kept.length; from += recordsAtOnce) {
      const some = kept.slice(from, from + recordsAtOnce)
      const vectors = await this.read(some.map(([, row]) => row))
      await file.append(
        some.map(([hash], at) => ({ hash, vector: [...vectors.subarray(at * dimensions, (at + 1) * dimensions)] })),
      )
    }
    if (kept.length === 0) await rm(this.#path, { force: true })
    else await rename(fresh, this.#path)
    return await VectorFile.open(this.#path)
  }

  async #readHashes(handle: FileHandle): Promise<void> {
    const header = Buffer.alloc(headerBytes)
    const { bytesRead } = await handle.read(header, 0, headerBytes, 0)
    if (bytesRead < headerBytes || !header.subarray(0, magic.length).equals(magic)) return
    const dimensions = header.readUInt32LE(magic.length)
    if (dimensions === 0 || dimensions > 65_536) return
    const { size } = await handle.stat()
    const records = Math.floor((size - headerBytes) / recordBytes(dimensions))
    this.dimensions = dimensions
    for (let first = 0; first < records; first += recordsAtOnce) {
      const block = await readBlock(handle, first, Math.min(recordsAtOnce, records - first), dimensions)
      for (let from = 0; from < block.length; from += recordBytes(dimensions)) {
        this.#rows.set(block.toString('hex', from, from + hashBytes), this.#records++)
      }
    }
  }
}

function recordBytes(dimensions: number): number {
  return hashBytes + 4 * dimensions
}

function placeOf(row: number, dimensions: number): number {
  return headerBytes + row * recordBytes(dimensions)
}

function headerOf(dimensions: number): Buffer {
  const header = Buffer.alloc(headerBytes)
  magic.copy(header)
  header.writeUInt32LE(dimensions, magic.length)
  return header
}

async function readBlock(handle: FileHandle, first: number, count: number, dimensions: number): Promise<Buffer> {
  const block = Buffer.alloc(count * recordBytes(dimensions))
  let filled = 0
  while (filled < block.length) {
    const place = placeOf(first, dimensions) + filled
    const { bytesRead } = await handle.read(block, filled, block.length - filled, place)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return block.subarray(0, filled - (filled % recordBytes(dimensions)))
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return null
    throw error
  }
}
