import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { endianness } from 'node:os'
import * as z from 'zod'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { writeWhole } from '../journal/journalWriter.ts'
import { readExactly } from '../journal/readResults.ts'
import type { CategorySets } from './categorySets.ts'
import { beginColumns, type JournalColumns } from './readColumns.ts'

/*
 * The columns of a long journal beside it, so that opening its results takes a tenth of a second and not ten. Whatever is wrong with
 * the file, or however the journal has changed since, the columns are made from the journal again; nothing else is in it.
 *
 *   one line of JSON: what it was made of, and which stretches follow | the stretches | SHA-256 of everything before it
 */

/** 5: what else makes a verdict doubtful is known. */
const version = 5
const hashBytes = 32
/** The end of what was read of the journal: it would differ in another journal of the same length. */
const tailBytes = 4096
const longestHead = 16 * 1024 * 1024

const Head = z.object({
  version: z.literal(version),
  endianness: z.literal(endianness()),
  runId: z.string(),
  journal: z.object({ end: z.int().positive(), tail: z.string(), modifiedAtMs: z.number() }),
  items: z.int().nonnegative(),
  damagedLines: z.int().nonnegative(),
  sets: z.array(z.array(z.string())),
  askers: z.array(z.array(z.string())),
  /** For each column, which of its stretches follow. */
  stretches: z.array(z.array(z.boolean())),
})
type Head = z.infer<typeof Head>

function cachedColumnsPath(journalPath: string): string {
  return journalPath.replace(/\.journal\.jsonl$/, '.columns')
}

/** Both names under which they may be there. */
export async function removeCachedColumns(files: RunFiles, journalPath: string): Promise<void> {
  const place = cachedColumnsPath(journalPath)
  for (const name of [place, unfinished(place)]) await files.unlink(name).catch(ignoreFileErrors)
}

/** A full or read-only disk costs the time of the next opening, and nothing else. */
export async function cacheColumns(
  files: RunFiles,
  journalPath: string,
  handle: FileHandle,
  journal: JournalColumns,
): Promise<void> {
  const place = cachedColumnsPath(journalPath)
  try {
    const head = `${JSON.stringify(await headOf(handle, journal))}\n`
    // Two processes that write it at once spoil it for each other at worst, and the checksum shows that.
    const file = await files.open(unfinished(place), 'w', 0o600)
    try {
      await writeSealed(file, [Buffer.from(head), ...journal.columns.columns.flatMap((column) => column.stretches())])
    } finally {
      await file.close()
    }
    await files.rename(unfinished(place), place)
  } catch (error) {
    ignoreFileErrors(error)
    await files.unlink(unfinished(place)).catch(ignoreFileErrors)
  }
}

function unfinished(place: string): string {
  return `${place}.new`
}

async function headOf(handle: FileHandle, { header, columns, end, damagedLines }: JournalColumns): Promise<Head> {
  const { sets, askers, index } = columns
  return {
    version,
    endianness: endianness(),
    runId: header.runId,
    journal: { end, tail: await tailOf(handle, end), modifiedAtMs: (await handle.stat()).mtimeMs },
    items: index.size,
    damagedLines,
    sets: namesIn(sets),
    askers: namesIn(askers),
    stretches: columns.columns.map((column) => column.stretches().map((stretch) => stretch !== null)),
  }
}

/** The first two are the same everywhere. */
function namesIn(sets: CategorySets): string[][] {
  return Array.from({ length: sets.size - 2 }, (_, set) => [...(sets.names(set + 2) ?? [])])
}

async function tailOf(handle: FileHandle, end: number): Promise<string> {
  const tail = Buffer.alloc(Math.min(tailBytes, end))
  await readExactly(handle, end - tail.length, tail)
  return createHash('sha256').update(tail).digest('hex')
}

async function writeSealed(file: FileHandle, parts: readonly (Uint8Array | null)[]): Promise<void> {
  const hash = createHash('sha256')
  let position = 0
  for (const part of parts) {
    if (part === null) continue
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength)
    hash.update(bytes)
    await writeWhole(file, bytes, position)
    position += bytes.length
  }
  await writeWhole(file, hash.digest(), position)
}

/** What is cached of this journal. Null: nothing that is whole and belongs to the journal as it is now. */
export async function readCachedColumns(
  files: RunFiles,
  journalPath: string,
  handle: FileHandle,
  runId: string,
): Promise<JournalColumns | null> {
  let file: FileHandle
  try {
    file = await openRegularFile(files, cachedColumnsPath(journalPath))
  } catch (error) {
    ignoreFileErrors(error)
    return null
  }
  try {
    const found = await readHead(file)
    if (found === null || found.head.runId !== runId || !(await isOf(found.head, handle))) return null
    const begun = await beginColumns(handle, runId)
    return begun && (await fill(file, found, begun)) ? begun : null
  } catch (error) {
    ignoreFileErrors(error)
    return null
  } finally {
    await file.close()
  }
}

interface FoundHead {
  head: Head
  bytes: Buffer
}

async function readHead(file: FileHandle): Promise<FoundHead | null> {
  for (let length = 65_536; length <= longestHead; length *= 8) {
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await file.read(buffer, 0, length, 0)
    const lineEnd = buffer.subarray(0, bytesRead).indexOf(10)
    if (lineEnd !== -1) return parseHead(buffer.subarray(0, lineEnd + 1))
    if (bytesRead < length) return null
  }
  return null
}

function parseHead(bytes: Buffer): FoundHead | null {
  try {
    const { data } = Head.safeParse(JSON.parse(bytes.toString()))
    return data ? { head: data, bytes } : null
  } catch {
    return null
  }
}

/** A journal only grows: what was read of it is still its beginning. One that was written to without growing is not the same. */
async function isOf({ journal }: Head, handle: FileHandle): Promise<boolean> {
  const { size, mtimeMs } = await handle.stat()
  if (size < journal.end || (size === journal.end && mtimeMs !== journal.modifiedAtMs)) return false
  return (await tailOf(handle, journal.end)) === journal.tail
}

/** False: it is not whole. */
async function fill(file: FileHandle, { head, bytes }: FoundHead, journal: JournalColumns): Promise<boolean> {
  const { columns } = journal
  if (head.stretches.length !== columns.columns.length) return false
  const hash = createHash('sha256').update(bytes)
  let position = bytes.length
  for (const [number, column] of columns.columns.entries()) {
    for (const [place, isThere] of (head.stretches[number] ?? []).entries()) {
      if (!isThere) continue
      const stretch = column.stretch(place)
      const into = Buffer.from(stretch.buffer, stretch.byteOffset, stretch.byteLength)
      await readExactly(file, position, into)
      hash.update(into)
      position += into.length
    }
  }
  const told = Buffer.alloc(hashBytes)
  await readExactly(file, position, told)
  if (!told.equals(hash.digest())) return false
  for (const names of head.sets) columns.sets.add(names)
  for (const names of head.askers) columns.askers.add(names)
  columns.index.restore(head.items)
  journal.end = head.journal.end
  journal.damagedLines = head.damagedLines
  return true
}
