import { Buffer, isUtf8 } from 'node:buffer'
import { constants, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { fail, type Outcome, succeed } from '../../../protocol/outcome.ts'
import { fileErrorCode, type RunFiles } from '../files.ts'

const headBytes = 64 * 1024
const chunkBytes = 64 * 1024

type Encoding = 'utf8' | 'utf16le' | 'utf16be'

/** A file that was opened, looked at and found to be text. */
export interface OpenedFile {
  path: string
  /** In bytes, as stored. */
  size: number
  modifiedAtMs: number
  /** The first 64 KB as UTF-8 without a byte order mark. */
  head: Buffer
  /** Whether the beginning is valid UTF-8. */
  isHeadUtf8: boolean
  /** The whole content as UTF-8 without a byte order mark. A chunk is valid only until the next one is asked for. */
  chunks(): AsyncGenerator<Buffer, Outcome<null>, void>
  close(): Promise<void>
}

export type FileProblem = 'missing' | 'unreadable' | 'empty' | 'binary' | 'encoding' | 'changed' | 'not_a_file'

export function fileFailure(path: string, problem: FileProblem, detail: string) {
  return fail({ code: 'source_invalid', source: path, problem, detail })
}

/** Opens a regular file without ever blocking on a FIFO or a device. */
export async function openTextFile(files: RunFiles, path: string): Promise<Outcome<OpenedFile>> {
  let handle: FileHandle
  try {
    handle = await files.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    return openFailure(path, fileErrorCode(error))
  }
  const inspected = await inspect(files, path, handle).catch((error: unknown) =>
    fileFailure(path, 'unreadable', `it cannot be read (${fileErrorCode(error)})`),
  )
  if (!inspected.ok) await handle.close()
  return inspected
}

function openFailure(path: string, code: string) {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return fileFailure(path, 'missing', 'there is no such file')
    case 'EISDIR':
    case 'ENXIO':
      return fileFailure(path, 'not_a_file', 'it is not a regular file')
    case 'ELOOP':
      return fileFailure(path, 'unreadable', 'its links lead in a circle')
    case 'EACCES':
    case 'EPERM':
      return fileFailure(path, 'unreadable', 'reading it is not allowed')
    default:
      return fileFailure(path, 'unreadable', `it cannot be opened (${code})`)
  }
}

async function inspect(files: RunFiles, path: string, handle: FileHandle): Promise<Outcome<OpenedFile>> {
  const stats = await handle.stat()
  if (!stats.isFile()) return fileFailure(path, 'not_a_file', 'it is not a regular file')
  if (stats.size === 0) return fileFailure(path, 'empty', 'it is empty')
  const buffer = Buffer.alloc(Math.min(headBytes, stats.size))
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  const found = recognise(buffer.subarray(0, bytesRead))
  if ('problem' in found) return fileFailure(path, found.problem, found.detail)
  const head = toUtf8(buffer.subarray(found.markBytes, bytesRead), found.encoding)
  if (head.length === 0 && stats.size <= headBytes) return fileFailure(path, 'empty', 'it is empty')
  return succeed({
    path,
    size: stats.size,
    modifiedAtMs: stats.mtimeMs,
    head,
    isHeadUtf8: isUtf8(dropCutCharacter(head)),
    chunks: () => readChunks(files, path, handle, stats, found),
    close: () => handle.close(),
  })
}

interface Recognised {
  encoding: Encoding
  markBytes: number
}

function recognise(head: Buffer): Recognised | { problem: 'binary' | 'encoding'; detail: string } {
  const [first, second, third, fourth] = head
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf8', markBytes: 3 }
  if (first === 0xff && second === 0xfe && third === 0 && fourth === 0) return utf32
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return utf32
  if (first === 0xff && second === 0xfe) return { encoding: 'utf16le', markBytes: 2 }
  if (first === 0xfe && second === 0xff) return { encoding: 'utf16be', markBytes: 2 }
  if (head.includes(0)) return looksLikeUtf16(head) ? unmarkedUtf16 : binary
  if (head.subarray(0, 5).equals(Buffer.from('%PDF-'))) return binary
  return { encoding: 'utf8', markBytes: 0 }
}

const utf32 = { problem: 'encoding', detail: 'it is UTF-32; save it as UTF-8' } as const
const unmarkedUtf16 = {
  problem: 'encoding',
  detail: 'it looks like UTF-16 without a byte order mark; save it as UTF-8',
} as const
const binary = { problem: 'binary', detail: 'it is a binary file, not text' } as const

/** Western text in UTF-16 is printable on one side and zero on the other. */
function looksLikeUtf16(head: Buffer): boolean {
  const zeros: [number, number] = [0, 0]
  const printable: [number, number] = [0, 0]
  for (let index = 0; index < head.length; index++) {
    const byte = head[index] as number
    const side = (index % 2) as 0 | 1
    if (byte === 0) zeros[side]++
    else if ((byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13)) printable[side]++
  }
  const most = (head.length / 2) * 0.6
  return (zeros[0] > most && printable[1] > most) || (zeros[1] > most && printable[0] > most)
}

function toUtf8(bytes: Buffer, encoding: Encoding): Buffer {
  if (encoding === 'utf8') return bytes
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2))
  return Buffer.from((encoding === 'utf16be' ? Buffer.from(whole).swap16() : whole).toString('utf16le'))
}

/** A chunk may end within a character; that is not an error of the file. */
function dropCutCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back)
    if (byte < 0x80) break
  }
  return bytes
}

async function* readChunks(
  files: RunFiles,
  path: string,
  handle: FileHandle,
  opened: Stats,
  { encoding, markBytes }: Recognised,
): AsyncGenerator<Buffer, Outcome<null>, void> {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  const decode = utf16Decoder(encoding)
  let position = markBytes
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position)
      // Checked before anything of the chunk is used: a half-written row must not be judged.
      if (!isUnchanged(opened, await handle.stat())) return changed(path)
      if (bytesRead === 0) break
      position += bytesRead
      yield decode(buffer.subarray(0, bytesRead))
    }
  } catch (error) {
    return fileFailure(path, 'unreadable', `reading it failed (${fileErrorCode(error)})`)
  }
  return (await isStillThere(files, path, opened)) ? succeed(null) : changed(path)
}

function utf16Decoder(encoding: Encoding): (bytes: Buffer) => Buffer {
  if (encoding === 'utf8') return (bytes) => bytes
  const decoder = new StringDecoder('utf16le')
  let odd = Buffer.alloc(0)
  return (bytes) => {
    const joined = Buffer.concat([odd, bytes])
    const whole = joined.subarray(0, joined.length - (joined.length % 2))
    odd = Buffer.from(joined.subarray(whole.length))
    return Buffer.from(decoder.write(encoding === 'utf16be' ? whole.swap16() : whole))
  }
}

function changed(path: string) {
  return fileFailure(path, 'changed', 'it was changed while it was read; what was read before is kept')
}

function isUnchanged(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs
}

/** Editors replace a file by renaming a new one over it: the open handle would not tell. */
async function isStillThere(files: RunFiles, path: string, opened: Stats): Promise<boolean> {
  try {
    const now = await files.stat(path)
    return now.ino === opened.ino && now.dev === opened.dev && isUnchanged(opened, now)
  } catch (error) {
    fileErrorCode(error)
    return false
  }
}
