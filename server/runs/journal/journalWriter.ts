import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { fail, type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { Clock } from '../clock.ts'
import { fileErrorCode } from '../files.ts'
import { describeFileError } from '../fileTrouble.ts'

export interface JournalWriter {
  /**
   * Takes a line over, in pieces; it is on disk after the next flush, or a little later by itself.
   * Answers where each piece begins in the file, and last where the line ends.
   */
  append(...pieces: string[]): number[]
  /** Null while there is room; else settles when there is, for a disk slower than the models. */
  whenRoom(): Promise<void> | null
  /** Everything taken over so far is on disk when this succeeds. */
  flush(): Promise<Outcome<null>>
  /** Flushes and closes. */
  close(): Promise<Outcome<null>>
}

interface WriterOptions {
  handle: FileHandle
  /** Where the file ends now. */
  position: number
  clock: Clock
  journalBatch: number
  journalDelayMs: number
  /** Asked before each write; a reason means that another process owns the run by now, and nothing more may be written. */
  mayWrite(): Promise<Reason | null>
  /** Told once. */
  onFailure(reason: Reason): void
}

const firstBufferBytes = 512 * 1024
const mostWaitingBytes = 8 * 1024 * 1024

/** Appends lines in groups: one write and one sync for many results costs a hundredth of one for each. */
export function createJournalWriter(options: WriterOptions): JournalWriter {
  const { handle, clock } = options
  const stopTimers = new AbortController()
  /** Lines are bytes at once: as strings they would live long enough to make the collector's work hard. */
  let filling = Buffer.allocUnsafe(firstBufferBytes)
  let spare = Buffer.allocUnsafe(firstBufferBytes)
  let filled = 0
  let waitingLines = 0
  let written = options.position
  let failure: Reason | null = null
  let writing: Promise<void> | null = null
  let writingBytes = 0
  let isTimerSet = false
  let closed: Promise<Outcome<null>> | null = null

  function put(piece: string): void {
    // A UTF-16 unit takes at most three bytes.
    const needed = filled + piece.length * 3
    if (needed > filling.length) {
      const larger = Buffer.allocUnsafe(needed * 2)
      filling.copy(larger, 0, 0, filled)
      filling = larger
    }
    filled += filling.write(piece, filled)
  }

  /** One buffer is written while the other one fills. */
  function takeFilled(): Buffer {
    const bytes = filling.subarray(0, filled)
    const next = spare
    spare = filling
    filling = next
    filled = 0
    waitingLines = 0
    writingBytes = bytes.length
    return bytes
  }

  async function writeAll(): Promise<void> {
    while (filled > 0 && failure === null) {
      const bytes = takeFilled()
      failure = (await options.mayWrite()) ?? (await writeDurably(bytes))
      writingBytes = 0
      if (failure) options.onFailure(failure)
    }
  }

  async function writeDurably(bytes: Buffer): Promise<Reason | null> {
    try {
      await writeWhole(handle, bytes, written)
      await handle.datasync()
      written += bytes.length
      writingBytes = 0
      return null
    } catch (error) {
      return journalFailure(fileErrorCode(error))
    }
  }

  function startWriting(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = null
      // A line that came during the last await.
      if (filled > 0 && failure === null) schedule()
    })
    return writing
  }

  function schedule(): void {
    if (waitingLines >= options.journalBatch) void startWriting()
    else if (!isTimerSet && writing === null) {
      isTimerSet = true
      void clock.wait(options.journalDelayMs, stopTimers.signal).then(() => {
        isTimerSet = false
        return startWriting()
      })
    }
  }

  async function flush(): Promise<Outcome<null>> {
    while (failure === null && (filled > 0 || writing !== null)) await startWriting()
    return failure ? { ok: false, reason: failure } : succeed(null)
  }

  return {
    append(...pieces) {
      if (failure !== null) return pieces.map(() => 0).concat(0)
      // Where the file ends by the time that this line comes to it.
      const base = written + writingBytes
      const begins = pieces.map((piece) => {
        const begin = base + filled
        put(piece)
        return begin
      })
      waitingLines++
      schedule()
      return begins.concat(base + filled)
    },
    whenRoom: () => (filled > mostWaitingBytes && failure === null ? startWriting() : null),
    flush,
    close() {
      closed ??= flush().then(async (flushed) => {
        stopTimers.abort()
        await handle.close().catch(fileErrorCode)
        return flushed
      })
      return closed
    },
  }
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
  return fail({ code: 'store_failed', detail: `the run's journal cannot be written, ${describeFileError(code)}` })
    .reason
}
