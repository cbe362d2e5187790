import { Buffer } from 'node:buffer'
import type { Stats } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
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
  #isOpen = true

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
    this.#isOpen = false
  }

  /** What is not finished by now is dropped. */
  async close(): Promise<void> {
    if (!this.#isOpen) return
    await this.#handle.close()
    await rm(`${this.#path}.new`, { force: true })
  }

  async #flush(): Promise<void> {
    await this.#handle.writeFile(this.#lines.join(''))
    this.#lines = []
    this.#size = 0
  }
}

/** Which text each chunk has, and where its line is. */
export interface ChunkIndex {
  /** Of the file that it was read from, which another build replaces. */
  stamp: string
  hashes: string[]
  /** In bytes, where each line begins, and behind the last one. */
  places: number[]
}

/** Null: there is none yet. */
export async function readChunkIndex(path: string): Promise<ChunkIndex | null> {
  const handle = await openIfThere(path)
  if (handle === null) return null
  try {
    const index: ChunkIndex = { stamp: stampOf(await handle.stat()), hashes: [], places: [0] }
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

/** These chunks, in this order. Null: the file is no longer the one that the index was read from, or damaged. */
export async function readChunksAt(
  path: string,
  { places, stamp }: ChunkIndex,
  wanted: readonly number[],
): Promise<KnowledgeChunk[] | null> {
  const handle = await openIfThere(path)
  if (handle === null) return null
  try {
    if (stampOf(await handle.stat()) !== stamp) return null
    const chunks: KnowledgeChunk[] = []
    for (const place of wanted) {
      const from = (places[place] ?? 0) + hashCharacters + 1
      const bytes = Buffer.alloc((places[place + 1] ?? from) - from)
      await handle.read(bytes, 0, bytes.length, from)
      const chunk = parseChunk(bytes.toString())
      if (chunk === null) return null
      chunks.push(chunk)
    }
    return chunks
  } finally {
    await handle.close()
  }
}

function parseChunk(json: string): KnowledgeChunk | null {
  try {
    return KnowledgeChunk.safeParse(JSON.parse(json)).data ?? null
  } catch {
    return null
  }
}

/** Each build writes another file. */
export function stampOf({ ino, mtimeMs, size }: Pick<Stats, 'ino' | 'mtimeMs' | 'size'>): string {
  return `${ino} ${mtimeMs} ${size}`
}

const itemStart = /^\{"id":("(?:[^"\\]|\\.)*")(?:,"item":("(?:[^"\\]|\\.)*"))?/

/** The item that each chunk is of or a piece of; null: its line is damaged. */
export async function readItemIds(path: string, { places, stamp }: ChunkIndex): Promise<(string | null)[] | null> {
  const handle = await openIfThere(path)
  if (handle === null) return null
  try {
    if (stampOf(await handle.stat()) !== stamp) return null
    const ids: (string | null)[] = []
    for (let first = 0; first + 1 < places.length; ) {
      const from = places[first] as number
      let end = first + 1
      while (end + 1 < places.length && (places[end + 1] as number) - from <= blockBytes) end++
      const block = Buffer.alloc((places[end] as number) - from)
      await handle.read(block, 0, block.length, from)
      for (; first < end; first++) {
        const start = (places[first] as number) - from + hashCharacters + 1
        const [, id, item] = itemStart.exec(block.toString('utf8', start, (places[first + 1] as number) - from)) ?? []
        ids.push(id === undefined ? null : (JSON.parse(item ?? id) as string))
      }
    }
    return ids
  } finally {
    await handle.close()
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return null
    throw error
  }
}
