import { Buffer, isUtf8 } from 'node:buffer'
import { constants, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { SourceSettings } from '../../protocol/sources.ts'
import { localizable } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { type Content, recogniseContent } from './fileContent.ts'
import { fileFailure } from './fileFailure.ts'
import { dropCutCharacter, type OpenedFile, type StoredFile } from './openedFile.ts'
import type { ByteStream, Packing } from './packedBytes.ts'
import { decoderOf, type RecognisedEncoding, recogniseEncoding } from './textEncoding.ts'

const headBytes = 64 * 1024
const chunkBytes = 64 * 1024

/** Opens a regular file without ever blocking on a FIFO or a device, and looks at what it holds. */
export async function openSourceFile(
  files: RunFiles,
  path: string,
  settings: SourceSettings = {},
): Promise<Outcome<OpenedFile>> {
  let handle: FileHandle
  try {
    handle = await files.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    return openFailure(path, fileErrorCode(error))
  }
  const inspected = await inspect(files, path, handle, settings).catch((error: unknown) =>
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
      return fileFailure(path, 'unreadable', localizable('its links form a loop'))
    case 'EACCES':
    case 'EPERM':
      return fileFailure(path, 'unreadable', localizable('permission denied'))
    default:
      return fileFailure(path, 'unreadable', localizable('it cannot be opened ({0})', code))
  }
}

async function inspect(
  files: RunFiles,
  path: string,
  handle: FileHandle,
  settings: SourceSettings,
): Promise<Outcome<OpenedFile>> {
  const stats = await handle.stat()
  if (!stats.isFile()) return fileFailure(path, 'not_a_file', localizable('it is not a regular file'))
  if (stats.size === 0) return fileFailure(path, 'empty', localizable('it is empty'))
  const stored = storedFile(files, path, handle, stats)
  const start = await stored.read(0, headBytes)
  const content = recogniseContent(start)
  switch (content) {
    case 'text':
      return openText(stored, settings, { start, isWhole: stats.size <= start.length, unpack: null })
    case 'gzip':
    case 'zstd':
      return await openPacked(stored, settings, content)
    default:
      return await openTable(stored, settings, content)
  }
}

interface TextBeginning {
  start: Buffer
  /** There is nothing after it. */
  isWhole: boolean
  /** Null: it is stored as it is. */
  unpack: ((packed: ByteStream) => ByteStream) | null
}

function openText(
  stored: OpenStored,
  { encoding: chosen }: SourceSettings,
  { start, isWhole, unpack }: TextBeginning,
): Outcome<OpenedFile> {
  const { path, size, modifiedAtMs, close } = stored
  const found = recogniseEncoding(start, chosen)
  if ('problem' in found) return misnamed(path, found.problem) ?? fileFailure(path, found.problem, found.detail)
  const head = decoderOf(found.encoding)(start.subarray(found.markBytes))
  if (head.length === 0 && isWhole) return fileFailure(path, 'empty', localizable('it is empty'))
  return succeed({
    path,
    size,
    ...(unpack ? { unpackedSize: isWhole ? head.length : Math.max(size, head.length + 1) } : {}),
    modifiedAtMs,
    encoding: found.encoding,
    head,
    isHeadUtf8: isUtf8(dropCutCharacter(head)),
    chunks: () => decode(unpack ? unpack(stored.chunks(0)) : stored.chunks(found.markBytes), found, unpack !== null),
    close,
  })
}

/** What a name promises and the bytes are not; null: it promises nothing else. */
function misnamed(path: string, problem: string) {
  if (problem !== 'binary') return null
  if (/\.(?:db3?|sqlite3?)$/i.test(path))
    return fileFailure(path, 'encrypted', localizable('it is not a SQLite database, or it is encrypted'))
  return /\.(?:xls[xmb]?|parquet)$/i.test(path)
    ? fileFailure(path, 'malformed', localizable('it does not begin like such a file: it is damaged'))
    : null
}

/** To UTF-8. `hasMark`: the byte order mark is still in the chunks. */
async function* decode(bytes: ByteStream, { encoding, markBytes }: RecognisedEncoding, hasMark: boolean): ByteStream {
  const decoder = decoderOf(encoding)
  let markLeft = hasMark ? markBytes : 0
  try {
    for (;;) {
      const next = await bytes.next()
      if (next.done) return next.value
      const skipped = Math.min(markLeft, next.value.length)
      markLeft -= skipped
      yield decoder(next.value.subarray(skipped))
    }
  } finally {
    // A reader that stops in the middle lets the file go.
    await bytes.return(succeed(null))
  }
}

async function openPacked(
  stored: OpenStored,
  settings: SourceSettings,
  packing: Packing,
): Promise<Outcome<OpenedFile>> {
  const { unpack } = await import('./packedBytes.ts')
  const unpackIt = (packed: ByteStream): ByteStream => unpack(packed, packing, stored.path)
  const start = await readStart(unpackIt(stored.chunks(0)))
  if (!start.ok) return start
  const inner = recogniseContent(start.value.start)
  if (inner === 'text') return openText(stored, settings, { ...start.value, unpack: unpackIt })
  const detail = localizable('it holds no text when unpacked; unpack it and use the file that comes out')
  return fileFailure(stored.path, 'unsupported', detail, { saveAs: 'an unpacked file' })
}

/** A failure after the beginning is told when the file is read: what came before it is good. */
async function readStart(bytes: ByteStream): Promise<Outcome<Pick<TextBeginning, 'start' | 'isWhole'>>> {
  const parts: Buffer[] = []
  let length = 0
  for (;;) {
    const next = await bytes.next()
    if (next.done && !next.value.ok && length === 0) return next.value
    if (next.done) return succeed({ start: Buffer.concat(parts), isWhole: next.value.ok })
    parts.push(Buffer.from(next.value))
    length += next.value.length
    if (length < headBytes) continue
    await bytes.return(succeed(null))
    return succeed({ start: Buffer.concat(parts).subarray(0, headBytes), isWhole: false })
  }
}

async function openTable(
  stored: OpenStored,
  settings: SourceSettings,
  content: Exclude<Content, 'text' | Packing>,
): Promise<Outcome<OpenedFile>> {
  const { openTableFile } = await import('./tableFile.ts')
  const table = await openTableFile(stored, settings, content)
  if (!table.ok) return table
  const { path, size, modifiedAtMs, close } = stored
  return succeed({
    path,
    size,
    modifiedAtMs,
    encoding: 'utf-8',
    head: Buffer.alloc(0),
    isHeadUtf8: true,
    async *chunks() {
      yield* []
      return succeed(null)
    },
    table: table.value,
    close,
  })
}

interface OpenStored extends StoredFile {
  modifiedAtMs: number
  chunks(from: number): ByteStream
  close(): Promise<void>
}

function storedFile(files: RunFiles, path: string, handle: FileHandle, stats: Stats): OpenStored {
  const isUnchangedHere = async (): Promise<boolean> => isUnchanged(stats, await handle.stat())
  return {
    path,
    size: stats.size,
    modifiedAtMs: stats.mtimeMs,
    async read(position, length) {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, stats.size - position)))
      let filled = 0
      while (filled < buffer.length) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return buffer.subarray(0, filled)
    },
    sizeOf: async (ending) => {
      try {
        return (await files.stat(path + ending)).size
      } catch (error) {
        ignoreFileErrors(error)
        return 0
      }
    },
    check: async () =>
      (await isUnchangedHere()) && (await isStillThere(files, path, stats)) ? succeed(null) : changed(path),
    chunks: (from) => readChunks(files, path, handle, stats, from),
    close: () => handle.close(),
  }
}

async function* readChunks(files: RunFiles, path: string, handle: FileHandle, opened: Stats, from: number): ByteStream {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  let position = from
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position)
      // Checked before anything of the chunk is used: a half-written row must not be judged.
      if (!isUnchanged(opened, await handle.stat())) return changed(path)
      if (bytesRead === 0) break
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } catch (error) {
    return fileFailure(path, 'unreadable', localizable('reading it failed ({0})', fileErrorCode(error)))
  }
  return (await isStillThere(files, path, opened)) ? succeed(null) : changed(path)
}

function changed(path: string) {
  return fileFailure(path, 'changed', localizable('it changed while it was being read; what was read before counts'))
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
