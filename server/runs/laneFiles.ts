import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Task } from '../../protocol/names.ts'
import type { CallFacts, DealtKeys } from '../engine/askStrategy.ts'
import type { ShownItem } from '../engine/workItem.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { writeWhole } from '../journal/journalWriter.ts'
import { isSound, sealedLine } from '../journal/seal.ts'
import type { BatchOutcome } from '../providers/batchApi.ts'

/** What is known of one batch of a run. Each change of it is a line on disk before anything follows from it. */
export interface LaneBatchNote {
  number: number
  task: Task
  provider: string
  model: string
  /** Drawn once: at the provider, the batch and each of its requests are known by it. */
  name: string
  requests: number
  items: number
  bytes: number
  /** What is set aside for it, in US dollars; null: its price is not known. */
  mostUsd: number | null
  /** Milliseconds since 1970. */
  preparedAt: number
  /** What was uploaded; null: nothing yet. */
  file: string | null
  /** The provider's own; null: nobody has noted that it was made. */
  id: string | null
  /** `working` until it is over. */
  outcome: BatchOutcome
  said: string | null
  results: readonly string[]
  answeredRequests: number | null
  /** Its results are read: items with and without a usable answer; null: they are not. */
  read: { answered: number; left: number; expired: number; costUsd: number } | null
  /** Nothing of it is at the provider, or on this machine, but this note. */
  isDone: boolean
}

/** Of one request: which items it is about, and the keys that were dealt to them. */
export interface LaneTicket extends DealtKeys {
  /** Absent: each request has the same, or none. */
  examples?: CallFacts['examples']
  items: readonly TicketItem[]
}

export interface TicketItem {
  key: string
  at: number
  id: string
  inputHash: string
  shown?: ShownItem
}

const notesName = 'batches.jsonl'

/** What a run keeps of its batches, beside its journal: notes, and the items and lines of batches that are not done. */
export class LaneFiles {
  readonly #files: RunFiles
  readonly folder: string
  readonly #notes = new Map<number, LaneBatchNote>()
  #writer: { handle: FileHandle; position: number } | null = null

  constructor(files: RunFiles, folder: string) {
    this.#files = files
    this.folder = folder
  }

  /** By number. */
  all(): LaneBatchNote[] {
    return [...this.#notes.values()]
  }

  async open(): Promise<void> {
    await this.#files.makeFolder(this.folder)
    const handle = await this.#files.open(join(this.folder, notesName), 'a+', 0o600)
    const text = await handle.readFile()
    let position = 0
    for (const line of linesOf(text)) {
      const note = isSound(line) ? parseNote(line) : null
      // What a crash cut off, or a disk has damaged, said something that has not happened yet.
      if (note) this.#notes.set(note.number, note)
    }
    await handle.close()
    const writer = await this.#files.open(join(this.folder, notesName), 'r+')
    // A line that was cut off must not swallow the next one.
    if (text.length > 0 && text.at(-1) !== 0x0a) position = await append(writer, Buffer.from('\n'), text.length)
    else position = text.length
    this.#writer = { handle: writer, position }
    await this.#removeUnnoted()
  }

  /** On disk when this settles. */
  async note(note: LaneBatchNote): Promise<void> {
    const writer = this.#writer
    if (writer === null) throw new Error('the notes of batches are not open')
    writer.position = await append(writer.handle, sealedLine(JSON.stringify(note)), writer.position)
    await writer.handle.datasync()
    this.#notes.set(note.number, note)
  }

  path(number: number, what: 'lines' | 'items' | 'results'): string {
    return join(this.folder, `${number}.${what}.jsonl`)
  }

  async remove(number: number, ...what: ('lines' | 'items' | 'results')[]): Promise<void> {
    for (const each of what) await this.#files.unlink(this.path(number, each)).catch(ignoreFileErrors)
  }

  async close(): Promise<void> {
    await this.#writer?.handle.close()
    this.#writer = null
  }

  /** Lines and items of a batch that was never noted: its items are packed anew. */
  async #removeUnnoted(): Promise<void> {
    for (const name of await this.#files.readdir(this.folder)) {
      const [, number] = /^(\d+)\./.exec(name) ?? []
      if (number === undefined || this.#notes.get(Number(number))?.isDone === false) continue
      await this.#files.unlink(join(this.folder, name)).catch(ignoreFileErrors)
    }
  }
}

/** All that is kept of a run's batches. */
export async function removeLane(files: RunFiles, folder: string): Promise<void> {
  try {
    for (const name of await files.readdir(folder)) await files.unlink(join(folder, name)).catch(ignoreFileErrors)
    await files.removeFolder(folder)
  } catch (error) {
    ignoreFileErrors(error)
  }
}

export function laneFolder(journalPath: string): string {
  return journalPath.replace(/\.journal\.jsonl$/, '.batches')
}

/** What batches that are not done have set aside, in US dollars; see `LaneFiles`. Reading it changes nothing. */
export async function setAsideUsd(files: RunFiles, folder: string): Promise<number> {
  try {
    const handle = await files.open(join(folder, notesName), 'r')
    const notes = new Map<number, LaneBatchNote>()
    for (const line of linesOf(await handle.readFile())) {
      const note = isSound(line) ? parseNote(line) : null
      if (note) notes.set(note.number, note)
    }
    await handle.close()
    return [...notes.values()].reduce((sum, { read, mostUsd }) => sum + (read === null ? (mostUsd ?? 0) : 0), 0)
  } catch (error) {
    if (fileErrorCode(error) !== 'ENOENT') throw error
    return 0
  }
}

async function append(handle: FileHandle, bytes: Buffer, position: number): Promise<number> {
  await writeWhole(handle, bytes, position)
  return position + bytes.length
}

function* linesOf(text: Buffer): Generator<Buffer> {
  for (let from = 0, to = text.indexOf(0x0a); to !== -1; from = to + 1, to = text.indexOf(0x0a, from)) {
    if (to > from) yield text.subarray(from, to)
  }
}

/** Only our own writer wrote it, and its checksum holds. */
function parseNote(line: Buffer): LaneBatchNote | null {
  try {
    const note = JSON.parse(line.toString()) as LaneBatchNote & { crc?: string }
    delete note.crc
    return Number.isSafeInteger(note.number) ? note : null
  } catch {
    return null
  }
}

const pieceBytes = 1 << 18

/** Writes lines in pieces; nothing of it counts before it is closed. */
export class LineFile {
  readonly #handle: FileHandle
  #pieces: Buffer[] = []
  #pending = 0
  #written = 0
  lines = 0

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  get bytes(): number {
    return this.#written + this.#pending
  }

  async add(line: string): Promise<void> {
    const bytes = Buffer.from(`${line}\n`)
    this.lines++
    this.#pieces.push(bytes)
    this.#pending += bytes.length
    if (this.#pending >= pieceBytes) await this.#flush()
  }

  async close(): Promise<void> {
    await this.#flush()
    await this.#handle.sync()
    await this.#handle.close()
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#pending = 0
    await writeWhole(this.#handle, bytes, this.#written)
    this.#written += bytes.length
  }
}

/** Finds the tickets of a batch by their number without holding them: 8 bytes each. */
export class TicketReader {
  readonly #handle: FileHandle
  readonly #starts: Float64Array
  readonly size: number

  private constructor(handle: FileHandle, starts: Float64Array, size: number) {
    this.#handle = handle
    this.#starts = starts
    this.size = size
  }

  static async open(files: RunFiles, path: string, requests: number): Promise<TicketReader> {
    const handle = await files.open(path, 'r')
    const starts = new Float64Array(requests + 1)
    let [size, position] = [0, 0]
    for await (const piece of handle.createReadStream({ autoClose: false, start: 0, highWaterMark: pieceBytes })) {
      const bytes = piece as Buffer
      for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
        if (size < requests) starts[++size] = position + at + 1
      }
      position += bytes.length
    }
    return new TicketReader(handle, starts, size)
  }

  /** `number` counts from 0. */
  async read(number: number): Promise<LaneTicket> {
    const from = this.#starts[number] ?? 0
    const bytes = Buffer.allocUnsafe((this.#starts[number + 1] ?? from) - from)
    await this.#handle.read(bytes, 0, bytes.length, from)
    return JSON.parse(bytes.toString()) as LaneTicket
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** The lines of a file, a piece at a time, without their ends. A last one that is cut off is a line, too. */
export async function* readLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes =
      rest.length > 0 ? Buffer.concat([rest, piece]) : Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    let from = 0
    for (let to = bytes.indexOf(0x0a); to !== -1; to = bytes.indexOf(0x0a, from)) {
      if (to > from) yield bytes.toString('utf8', from, to)
      from = to + 1
    }
    rest = Buffer.from(bytes.subarray(from))
  }
  if (rest.length > 0) yield rest.toString()
}
