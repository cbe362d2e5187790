import { Buffer, isUtf8 } from 'node:buffer'
import { constants, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { SourceEncoding } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'

const headBytes = 64 * 1024
const chunkBytes = 64 * 1024

/** A file that was opened, looked at and found to be text. */
export interface OpenedFile {
  path: string
  /** In bytes, as stored. */
  size: number
  modifiedAtMs: number
  encoding: SourceEncoding
  /** The first 64 KB as UTF-8 without a byte order mark. */
  head: Buffer
  /** Whether the beginning is valid UTF-8. */
  isHeadUtf8: boolean
  /** The whole content as UTF-8 without a byte order mark. A chunk is valid only until the next one is asked for. */
  chunks(): AsyncGenerator<Buffer, Outcome<null>, void>
  close(): Promise<void>
}

/** A file as it stands in an editor, with what was not saved. Null: none has it open, so that the disk counts. */
export type FindInEditor = (path: string) => Promise<OpenedFile | null>

export type FileProblem = 'missing' | 'unreadable' | 'empty' | 'binary' | 'encoding' | 'changed' | 'not_a_file'

/** What a file that is no UTF-8 most often is; whoever knows better names another. */
export const westernEncoding: SourceEncoding = 'windows-1252'

export function fileFailure(
  path: string,
  problem: FileProblem,
  detail: LocalizableMessage,
  /** What it may be read with. */
  encoding?: SourceEncoding,
) {
  const likely = encoding === undefined ? {} : { encoding }
  return fail({ code: 'source_invalid', source: path, problem, ...withMessage('detail', detail), ...likely })
}

/** Opens a regular file without ever blocking on a FIFO or a device. `encoding` is what a person said it has. */
export async function openTextFile(
  files: RunFiles,
  path: string,
  encoding?: SourceEncoding,
): Promise<Outcome<OpenedFile>> {
  let handle: FileHandle
  try {
    handle = await files.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    return openFailure(path, fileErrorCode(error))
  }
  const inspected = await inspect(files, path, handle, encoding).catch((error: unknown) =>
    fileFailure(path, 'unreadable', localizable('it cannot be read ({0})', fileErrorCode(error))),
  )
  if (!inspected.ok) await handle.close()
  return inspected
}

function openFailure(path: string, code: string) {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return fileFailure(path, 'missing', localizable('there is no such file'))
    case 'EISDIR':
    case 'ENXIO':
      return fileFailure(path, 'not_a_file', localizable('it is not a regular file'))
    case 'ELOOP':
      return fileFailure(path, 'unreadable', localizable('its links lead in a circle'))
    case 'EACCES':
    case 'EPERM':
      return fileFailure(path, 'unreadable', localizable('reading it is not allowed'))
    default:
      return fileFailure(path, 'unreadable', localizable('it cannot be opened ({0})', code))
  }
}

async function inspect(
  files: RunFiles,
  path: string,
  handle: FileHandle,
  chosen: SourceEncoding | undefined,
): Promise<Outcome<OpenedFile>> {
  const stats = await handle.stat()
  if (!stats.isFile()) return fileFailure(path, 'not_a_file', localizable('it is not a regular file'))
  if (stats.size === 0) return fileFailure(path, 'empty', localizable('it is empty'))
  const buffer = Buffer.alloc(Math.min(headBytes, stats.size))
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  const found = recognise(buffer.subarray(0, bytesRead), chosen)
  if ('problem' in found) return fileFailure(path, found.problem, found.detail)
  const head = decoderOf(found.encoding)(buffer.subarray(found.markBytes, bytesRead))
  if (head.length === 0 && stats.size <= headBytes) return fileFailure(path, 'empty', localizable('it is empty'))
  return succeed({
    path,
    size: stats.size,
    modifiedAtMs: stats.mtimeMs,
    encoding: found.encoding,
    head,
    isHeadUtf8: isUtf8(dropCutCharacter(head)),
    chunks: () => readChunks(files, path, handle, stats, found),
    close: () => handle.close(),
  })
}

interface Recognised {
  encoding: SourceEncoding
  markBytes: number
}

function recognise(
  head: Buffer,
  chosen: SourceEncoding | undefined,
): Recognised | { problem: 'binary' | 'encoding'; detail: LocalizableMessage } {
  const [first, second, third, fourth] = head
  if (first === 0xff && second === 0xfe && third === 0 && fourth === 0) return utf32
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return utf32
  // A byte order mark is never text: it counts for more than what was said.
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', markBytes: 3 }
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', markBytes: 2 }
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', markBytes: 2 }
  if (head.subarray(0, 5).equals(Buffer.from('%PDF-'))) return binary
  if (chosen?.startsWith('utf-16')) return { encoding: chosen, markBytes: 0 }
  if (head.includes(0)) return recogniseZeros(head)
  const encoding = chosen ?? declaredEncoding(head)
  if (encoding !== null && !isKnownHere(encoding)) return unknownEncoding(encoding)
  return { encoding: encoding ?? 'utf-8', markBytes: 0 }
}

/** What an XML file says of itself; without it, it is UTF-8. */
function declaredEncoding(head: Buffer): SourceEncoding | null {
  const declaration = /^<\?xml[^>]{0,200}?encoding=["']([\w.-]{1,40})["']/.exec(head.toString('latin1', 0, 300))
  if (!declaration) return null
  const label = declaration[1]?.toLowerCase() ?? ''
  const encoding = SourceEncoding.safeParse(otherNames[label] ?? label)
  // UTF-16 without its mark is not what the declaration could be read in.
  return encoding.success && !encoding.data.startsWith('utf-16') ? encoding.data : null
}

const otherNames: Readonly<Record<string, string>> = {
  latin1: 'iso-8859-1',
  'latin-1': 'iso-8859-1',
  'us-ascii': 'utf-8',
  cp1252: 'windows-1252',
  gb2312: 'gb18030',
  gbk: 'gb18030',
  'shift-jis': 'shift_jis',
}

/** A runtime may be built with fewer tables. */
function isKnownHere(encoding: SourceEncoding): boolean {
  try {
    return new TextDecoder(encoding).encoding !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function unknownEncoding(encoding: SourceEncoding) {
  return {
    problem: 'encoding',
    detail: localizable('the encoding {0} is not known here; save it as UTF-8', encoding),
  } as const
}

const utf32 = { problem: 'encoding', detail: localizable('it is UTF-32; save it as UTF-8') } as const
const binary = { problem: 'binary', detail: localizable('it is a binary file, not text') } as const

/** Western text in UTF-16 is printable on one side and zero on the other; in UTF-32 it is zero on three of four. */
function recogniseZeros(head: Buffer): Recognised | typeof binary | typeof utf32 {
  const zeros: [number, number, number, number] = [0, 0, 0, 0]
  const printable: [number, number, number, number] = [0, 0, 0, 0]
  for (let index = 0; index < head.length; index++) {
    const byte = head[index] as number
    const side = (index % 4) as 0 | 1 | 2 | 3
    if (byte === 0) zeros[side]++
    else if ((byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13)) printable[side]++
  }
  const quarter = Math.max(1, Math.floor(head.length / 4))
  const isZero = zeros.map((count) => count >= quarter * 0.6)
  const isText = printable.map((count) => count >= quarter * 0.6)
  if ((isText[0] && isZero[1] && isZero[2] && isZero[3]) || (isText[3] && isZero[0] && isZero[1] && isZero[2]))
    return utf32
  if (isText[0] && isText[2] && isZero[1] && isZero[3]) return { encoding: 'utf-16le', markBytes: 0 }
  if (isText[1] && isText[3] && isZero[0] && isZero[2]) return { encoding: 'utf-16be', markBytes: 0 }
  return binary
}

/** A chunk may end within a character; that is not an error of the file. */
export function dropCutCharacter(bytes: Buffer): Buffer {
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
  const decode = decoderOf(encoding)
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
    return fileFailure(path, 'unreadable', localizable('reading it failed ({0})', fileErrorCode(error)))
  }
  return (await isStillThere(files, path, opened)) ? succeed(null) : changed(path)
}

/** To UTF-8, chunk by chunk: characters may be cut anywhere. UTF-8 itself passes as it is, so that a broken row can be recognised. */
function decoderOf(encoding: SourceEncoding): (bytes: Buffer) => Buffer {
  if (encoding === 'utf-8') return (bytes) => bytes
  const decoder = new TextDecoder(encoding)
  // Always as a stream: on Node 20 only that has the right characters for windows-1252.
  return (bytes) => Buffer.from(decoder.decode(bytes, { stream: true }))
}

function changed(path: string) {
  return fileFailure(path, 'changed', localizable('it was changed while it was read; what was read before is kept'))
}

function isUnchanged(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs
}

/** Editors replace a file by renaming a new one over it: the open handle would not show it. */
async function isStillThere(files: RunFiles, path: string, opened: Stats): Promise<boolean> {
  try {
    const now = await files.stat(path)
    return now.ino === opened.ino && now.dev === opened.dev && isUnchanged(opened, now)
  } catch (error) {
    ignoreFileErrors(error)
    return false
  }
}
