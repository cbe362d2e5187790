import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail as failWith } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { Clock } from '../files/clock.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { closeSeal, openSeal } from './seal.ts'

interface WriterOptions {
  handle: FileHandle
  /** Where the file ends now. */
  position: number
  clock: Clock
  journalBatch: number
  journalDelayMs: number
  /** Asked before each write; a reason means that another process owns the run by now, and nothing more may be written. */
  mayWrite(): Promise<Reason | null>
  /** Called once. */
  onFailure(reason: Reason): void
}

const firstBufferBytes = 512 * 1024

/** A failure is final: nothing is written after it. */
type WriterState = { kind: 'open' } | { kind: 'failed'; reason: Reason }

/**
 * Appends lines in groups: what comes while a write is under way goes with the next one, and one sync serves many results at a
 * hundredth of the cost of one for each.
 */
export class JournalWriter {
  readonly #options: WriterOptions
  readonly #stopTimers = new AbortController()
  #state: WriterState = { kind: 'open' }
  /** Lines are bytes at once: as strings they would live long enough to make the collector's work hard. */
  #filling = Buffer.allocUnsafe(firstBufferBytes)
  #spare = Buffer.allocUnsafe(firstBufferBytes)
  #filled = 0
  #filledLines = 0
  /** Where the file ends, without what is being written. */
  #written: number
  #writingBytes = 0
  #writing: Promise<void> | null = null
  #unsyncedLines = 0
  #syncing: Promise<void> | null = null
  #isSyncScheduled = false
  #waiting: { end: number; resolve(): void }[] = []
  #closed: Promise<Outcome<null>> | null = null

  constructor(options: WriterOptions) {
    this.#options = options
    this.#written = options.position
  }

  /**
   * Takes a line over, in pieces: an object's JSON and its line end. It is written at once, with its checksum, and on disk a little later.
   * Answers where each piece begins in the file, and last where the line ends.
   */
  append(...pieces: string[]): number[] {
    if (this.#state.kind === 'failed') return pieces.map(() => 0).concat(0)
    // Where the file ends by the time that this line comes to it.
    const base = this.#written + this.#writingBytes
    const from = this.#filled
    const begins: number[] = []
    this.#put(openSeal)
    for (const [nth, piece] of pieces.entries()) {
      begins.push(base + (nth === 0 ? from : this.#filled))
      this.#put(nth === 0 ? piece.slice(1) : piece)
    }
    closeSeal(this.#filling, from, this.#filled - 1)
    this.#filledLines++
    this.#writing ??= this.#writeAll()
    begins.push(base + this.#filled)
    return begins
  }

  /**
   * Settles when every line so far is the system's: a killed process loses none of them. The next call is paid for only
   * after this, so that no finished call is paid for again.
   */
  whenWritten(): Promise<void> {
    const end = this.#written + this.#writingBytes + this.#filled
    if (end === this.#written || this.#state.kind === 'failed') return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ end, resolve }))
  }

  /** Everything taken over so far is on disk when this succeeds: a power cut loses none of it. */
  async flush(): Promise<Outcome<null>> {
    while (this.#isOpen() && (this.#writing !== null || this.#syncing !== null || this.#unsyncedLines > 0)) {
      await (this.#writing ?? this.#syncing ?? this.#sync())
    }
    return this.#state.kind === 'failed' ? { ok: false, reason: this.#state.reason } : succeed(null)
  }

  /** Flushes and closes. */
  close(): Promise<Outcome<null>> {
    this.#closed ??= this.#flushAndClose()
    return this.#closed
  }

  async #flushAndClose(): Promise<Outcome<null>> {
    const flushed = await this.flush()
    this.#stopTimers.abort()
    await this.#options.handle.close().catch(ignoreFileErrors)
    return flushed
  }

  #isOpen(): boolean {
    return this.#state.kind === 'open'
  }

  #put(piece: string): void {
    // A UTF-16 unit takes at most three bytes.
    const needed = this.#filled + piece.length * 3
    if (needed > this.#filling.length) {
      const larger = Buffer.allocUnsafe(needed * 2)
      this.#filling.copy(larger, 0, 0, this.#filled)
      this.#filling = larger
    }
    this.#filled += this.#filling.write(piece, this.#filled)
  }

  /** One buffer is written while the other one fills. */
  #takeFilled(): Buffer {
    const bytes = this.#filling.subarray(0, this.#filled)
    const next = this.#spare
    this.#spare = this.#filling
    this.#filling = next
    this.#filled = 0
    this.#unsyncedLines += this.#filledLines
    this.#filledLines = 0
    this.#writingBytes = bytes.length
    return bytes
  }

  async #writeAll(): Promise<void> {
    const { handle, mayWrite } = this.#options
    while (this.#filled > 0 && this.#isOpen()) {
      // Answers that arrive together are written together: a write costs as much as several answers.
      await nextTurn()
      const bytes = this.#takeFilled()
      const lost = await mayWrite()
      if (lost) this.#fail(lost)
      else await this.#attempt(() => writeWhole(handle, bytes, this.#written))
      if (this.#isOpen()) this.#written += bytes.length
      this.#writingBytes = 0
      this.#releaseWaiting()
    }
    this.#writing = null
    if (this.#unsyncedLines > 0 && this.#isOpen()) this.#scheduleSync()
  }

  #releaseWaiting(): void {
    const isOver = (each: { end: number }): boolean => each.end <= this.#written || !this.#isOpen()
    const ready = this.#waiting.filter(isOver)
    this.#waiting = this.#waiting.filter((each) => !isOver(each))
    for (const each of ready) each.resolve()
  }

  #scheduleSync(): void {
    const { clock, journalBatch, journalDelayMs } = this.#options
    if (this.#unsyncedLines >= journalBatch) void this.#sync()
    else if (!this.#isSyncScheduled) {
      this.#isSyncScheduled = true
      void clock.wait(journalDelayMs, this.#stopTimers.signal).then(() => {
        this.#isSyncScheduled = false
        if (this.#unsyncedLines > 0) void this.#sync()
      })
    }
  }

  #sync(): Promise<void> {
    this.#syncing ??= this.#syncNow()
    return this.#syncing
  }

  async #syncNow(): Promise<void> {
    this.#unsyncedLines = 0
    if (this.#isOpen()) await this.#attempt(() => this.#options.handle.datasync())
    this.#syncing = null
  }

  async #attempt(operation: () => Promise<unknown>): Promise<void> {
    try {
      await operation()
    } catch (error) {
      this.#fail(journalFailure(fileErrorCode(error)))
    }
  }

  #fail(reason: Reason): void {
    if (this.#state.kind === 'failed') return
    this.#state = { kind: 'failed', reason }
    this.#options.onFailure(reason)
  }
}

/** After everything that the system has ready by now was handled. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A nearly full disk may take a part of a write without an error. */
export async function writeWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' })
    done += bytesWritten
  }
}

export function journalFailure(code: string): Reason {
  return failWith({
    code: 'store_failed',
    ...withMessage('detail', localizable("the run's journal cannot be written, {0}", describeFileError(code))),
  }).reason
}
