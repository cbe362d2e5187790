import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { fail as failWith } from '../../../shared/fail.ts'
import { say, worded } from '../../../shared/message.ts'
import type { Clock } from '../clock.ts'
import { fileErrorCode } from '../files.ts'
import { tellFileError } from '../fileTrouble.ts'

export interface JournalWriter {
  /**
   * Takes a line over, in pieces; it is written at once and on disk a little later.
   * Answers where each piece begins in the file, and last where the line ends.
   */
  append(...pieces: string[]): number[]
  /**
   * Settles when every line so far is the system's: a killed process loses none of them. Whoever pays for the next call waits
   * for this, so that no finished call is paid for again.
   */
  whenWritten(): Promise<void>
  /** Everything taken over so far is on disk when this succeeds: a power cut loses none of it. */
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

/**
 * Appends lines in groups: what comes while a write is under way goes with the next one, and one sync serves many results at a
 * hundredth of the cost of one for each.
 */
export function createJournalWriter(options: WriterOptions): JournalWriter {
  const { handle, clock } = options
  const stopTimers = new AbortController()
  /** Lines are bytes at once: as strings they would live long enough to make the collector's work hard. */
  let filling = Buffer.allocUnsafe(firstBufferBytes)
  let spare = Buffer.allocUnsafe(firstBufferBytes)
  let filled = 0
  let filledLines = 0
  let written = options.position
  let writingBytes = 0
  let writing: Promise<void> | null = null
  let unsynced = 0
  let syncing: Promise<void> | null = null
  let isTimerSet = false
  let failure: Reason | null = null
  let waiting: { end: number; resolve(): void }[] = []
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
    unsynced += filledLines
    filledLines = 0
    writingBytes = bytes.length
    return bytes
  }

  async function writeAll(): Promise<void> {
    while (filled > 0 && failure === null) {
      // Answers that arrive together are written together: a write costs as much as several answers.
      await nextTurn()
      const bytes = takeFilled()
      const lost = await options.mayWrite()
      if (lost) fail(lost)
      else await attempt(() => writeWhole(handle, bytes, written))
      if (failure === null) written += bytes.length
      writingBytes = 0
      tellWritten()
    }
    writing = null
    if (unsynced > 0 && failure === null) scheduleSync()
  }

  async function attempt(operation: () => Promise<unknown>): Promise<void> {
    try {
      await operation()
    } catch (error) {
      fail(journalFailure(fileErrorCode(error)))
    }
  }

  function fail(reason: Reason): void {
    if (failure) return
    failure = reason
    options.onFailure(reason)
  }

  function tellWritten(): void {
    const ready = waiting.filter((each) => each.end <= written || failure !== null)
    waiting = waiting.filter((each) => each.end > written && failure === null)
    for (const each of ready) each.resolve()
  }

  function scheduleSync(): void {
    if (unsynced >= options.journalBatch) void sync()
    else if (!isTimerSet) {
      isTimerSet = true
      void clock.wait(options.journalDelayMs, stopTimers.signal).then(() => {
        isTimerSet = false
        if (unsynced > 0) void sync()
      })
    }
  }

  function sync(): Promise<void> {
    syncing ??= (async () => {
      unsynced = 0
      if (failure === null) await attempt(() => handle.datasync())
      syncing = null
    })()
    return syncing
  }

  async function flush(): Promise<Outcome<null>> {
    while (failure === null && (writing !== null || syncing !== null || unsynced > 0)) {
      await (writing ?? syncing ?? sync())
    }
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
      filledLines++
      writing ??= writeAll()
      return begins.concat(base + filled)
    },
    whenWritten() {
      const end = written + writingBytes + filled
      if (end === written || failure !== null) return Promise.resolve()
      return new Promise((resolve) => waiting.push({ end, resolve }))
    },
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

/** After everything that the system has ready by now was heard. */
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
    ...worded('detail', say("the run's journal cannot be written, {0}", tellFileError(code))),
  }).reason
}
