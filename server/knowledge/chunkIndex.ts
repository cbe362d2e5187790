import { Buffer } from 'node:buffer'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { KnowledgeChunk } from '../../protocol/knowledgeBases.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import type { ReadChunk } from './readChunks.ts'

const hashCharacters = 64
const newline = 0x0a
const blockBytes = 1 << 20

/** Writes chunks, a line each: the hash of the embedded text, a blank, the chunk as JSON. It counts when it has its name. */
export class ChunkIndexWriter {
  readonly #path: string
  readonly #handle: FileHandle
  #lines: string[] = []
  #size = 0

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  static async open(path: string): Promise<ChunkIndexWriter> {
    return new ChunkIndexWriter(path, await open(`${path}.new`, 'w', 0o600))
  }

  async add({ hash, embedded: _, ...chunk }: ReadChunk): Promise<void> {
    const line = `${hash} ${JSON.stringify(chunk)}\n`
    this.#lines.push(line)
    this.#size += line.length
    if (this.#size >= blockBytes) await this.#flush()
  }

  /** From now on this is the index. */
  async finish(): Promise<void> {
    await this.#flush()
    await this.#handle.sync()
    await this.#handle.close()
    await rename(`${this.#path}.new`, this.#path)
  }

  async drop(): Promise<void> {
    await this.#handle.close()
  }

  async #flush(): Promise<void> {
    await this.#handle.writeFile(this.#lines.join(''))
    this.#lines = []
    this.#size = 0
  }
}

/** Which text each chunk has, and where its line is. */
export interface ChunkIndex {
  hashes: string[]
  /** In bytes, where each line begins, and behind the last one. */
  places: number[]
}

/** Null: there is none yet. */
export async function readChunkIndex(path: string): Promise<ChunkIndex | null> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return null
    throw error
  }
  try {
    const index: ChunkIndex = { hashes: [], places: [0] }
    let rest: Buffer = Buffer.alloc(0)
    for (let at = 0; ; ) {
      const block = Buffer.alloc(blockBytes)
      const { bytesRead } = await handle.read(block, 0, blockBytes, at)
      if (bytesRead === 0) return index
      const text = Buffer.concat([rest, block.subarray(0, bytesRead)])
      const start = at - rest.length
      at += bytesRead
      let from = 0
      for (let end = text.indexOf(newline); end !== -1; end = text.indexOf(newline, from)) {
        index.hashes.push(text.toString('latin1', from, from + hashCharacters))
        index.places.push(start + end + 1)
        from = end + 1
      }
      rest = text.subarray(from)
    }
  } finally {
    await handle.close()
  }
}

/** These chunks, in this order. Throws where the file is not what its index says. */
export async function readChunksAt(
  path: string,
  { places }: ChunkIndex,
  wanted: readonly number[],
): Promise<KnowledgeChunk[]> {
  const handle = await open(path, 'r')
  try {
    const chunks: KnowledgeChunk[] = []
    for (const chunk of wanted) {
      const from = (places[chunk] ?? 0) + hashCharacters + 1
      const bytes = Buffer.alloc((places[chunk + 1] ?? from) - from)
      await handle.read(bytes, 0, bytes.length, from)
      chunks.push(KnowledgeChunk.parse(JSON.parse(bytes.toString())))
    }
    return chunks
  } finally {
    await handle.close()
  }
}
