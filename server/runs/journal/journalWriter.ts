import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { fail, type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { Clock } from '../clock.ts'
import { fileErrorCode } from '../files.ts'
import { describeFileError } from '../fileTrouble.ts'

export interface JournalWriter {
  /** Takes a line over; it is on disk after the next flush, or a little later by itself. Answers the line's first byte. */
  append(line: string, bytes: number): number
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

const mostWaitingBytes = 8 * 1024 * 1024

/** Appends lines in groups: one write and one sync for many results costs a hundredth of one for each. */
export function createJournalWriter(options: WriterOptions): JournalWriter {
  const { handle, clock } = options
  const stopTimers = new AbortController()
  let waiting: string[] = []
  let waitingBytes = 0
  let written = options.position
  let next = options.position
  let failure: Reason | null = null
  let writing: Promise<void> | null = null
  let isTimerSet = false
  let closed: Promise<Outcome<null>> | null = null
  /** Used again for each write: a long run would leave its whole journal as garbage. */
  let buffer = Buffer.allocUnsafe(256 * 1024)

  function takeWaiting(): Buffer {
    if (waitingBytes > buffer.length) buffer = Buffer.allocUnsafe(waitingBytes * 2)
    let end = 0
    for (const line of waiting) end += buffer.write(line, end)
    waiting = []
    waitingBytes = 0
    return buffer.subarray(0, end)
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0 && failure === null) {
      const bytes = takeWaiting()
      failure = (await options.mayWrite()) ?? (await writeDurably(bytes))
      if (failure) options.onFailure(failure)
    }
  }

  async function writeDurably(bytes: Buffer): Promise<Reason | null> {
    try {
      await writeWhole(handle, bytes, written)
      await handle.datasync()
      written += bytes.length
      return null
    } catch (error) {
      return journalFailure(fileErrorCode(error))
    }
  }

  function startWriting(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = null
      // A line that came during the last await.
      if (waiting.length > 0 && failure === null) schedule()
    })
    return writing
  }

  function schedule(): void {
    if (waiting.length >= options.journalBatch) void startWriting()
    else if (!isTimerSet && writing === null) {
      isTimerSet = true
      void clock.wait(options.journalDelayMs, stopTimers.signal).then(() => {
        isTimerSet = false
        return startWriting()
      })
    }
  }

  async function flush(): Promise<Outcome<null>> {
    while (failure === null && (waiting.length > 0 || writing !== null)) await startWriting()
    return failure ? { ok: false, reason: failure } : succeed(null)
  }

  return {
    append(line, bytes) {
      const offset = next
      next += bytes
      if (failure === null) {
        waiting.push(line)
        waitingBytes += bytes
        schedule()
      }
      return offset
    },
    whenRoom: () => (waitingBytes > mostWaitingBytes && failure === null ? startWriting() : null),
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
