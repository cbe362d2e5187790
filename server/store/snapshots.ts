import { randomBytes } from 'node:crypto'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import type { Committing } from './claimByFolder.ts'
import { commitGeneration, commitIdOf, descendsFrom, tidy, UncertainCommit } from './commitGeneration.ts'
import { generationPath, listGenerations, temporaryPath } from './generations.ts'
import { type Generation, type Loading, loadNewest } from './loadGeneration.ts'
import { commitIdBytes, historyLength, sealImage } from './sealedImage.ts'
import { type Connection, freeImage } from './sqlite.ts'
import { causeOfFileError, fileErrorInEnglish } from './storeFiles.ts'

/** Time as the store sees it. `wait` ends early, without an error, when the signal aborts. */
export interface StoreClock {
  /** Milliseconds since 1970. */
  now(): number
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export interface SnapshotsOptions extends Loading {
  clock: StoreClock
  /** 0 <= value < 1. */
  random(): number
  /** Ends waiting when the store closes. */
  signal: AbortSignal
  onAdopted(generation: number, own: boolean): void
}

/** Somebody always wins a conflict, so only a folder under siege uses these up. */
const maxAttempts = 300
const maxPauseMs = 25
const passingAttempts = 6

/**
 * The generations of one data folder. Memory holds the newest one that was seen, read-only; a change is made on a copy, and the copy
 * takes its place once it is durable. So a failed commit leaves nothing to undo, and nobody reads what may yet be lost.
 */
export class Snapshots {
  current: Generation | null = null
  /** The highest number ever seen; the next commit takes the one after it. */
  #highest = 0
  /** False when the file of the current generation is known to be gone; memory has the better copy then. */
  #isBacked = true
  /** Something newer was seen, although the quick look would not find it. */
  #mustReload = false
  readonly #options: SnapshotsOptions
  readonly #committing: Committing

  constructor(options: SnapshotsOptions) {
    this.#options = options
    this.#committing = {
      files: options.files,
      folder: options.folder,
      newTemporaryPath: (number) => temporaryPath(options.folder, number, process.pid, randomBytes(6).toString('hex')),
      retry: (operation) => this.#retryPassing(operation),
      hasHardLinks: true,
      isUnconfirmed: false,
      leftovers: new Set(),
      now: () => options.clock.now(),
      blocked: null,
    }
  }

  /**
   * Takes over the newest generation if others have committed since. Two file look-ups when nothing happened; `thorough` lists the
   * folder. Returns what is damaged when nothing whole is left, in memory neither. Throws file errors.
   */
  refresh(thorough = false): string[] {
    // Our own commit is about to be adopted, or withdrawn: nobody here reads it before that is known.
    if (this.#committing.isUnconfirmed || (!thorough && !this.#isOutdated())) return []
    const { newest, damaged, highest } = loadNewest(this.#options, this.current?.number ?? 0)
    this.#mustReload = false
    this.#highest = Math.max(this.#highest, highest)
    if (newest) this.#adopt(newest, false)
    else if (this.current) this.#isBacked = this.#exists(this.current.number)
    return this.current ? [] : damaged
  }

  /** Did we know of that generation before the folder's watcher reported it? */
  knows(number: number): boolean {
    return number <= this.#highest
  }

  #isOutdated(): boolean {
    if (!this.current || this.#mustReload || this.#exists(this.#highest + 1)) return true
    return this.#isBacked && !this.#exists(this.current.number)
  }

  #exists(number: number): boolean {
    return this.#options.files.exists(generationPath(this.#options.folder, number))
  }

  /**
   * Applies a change to the newest state and makes it durable; applies it again to a newer state when somebody else committed first.
   * `apply` answers whether there is anything to keep; when it refuses, nothing is.
   */
  async transact(apply: (connection: Connection) => Outcome<boolean>): Promise<Outcome<null>> {
    let lastTry: CommitMark | null = null
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      try {
        this.refresh()
        // A network file system may carry out a link and lose the answer: then the name was taken by ourselves.
        if (lastTry && this.current && descendsFrom(this.current, lastTry)) return succeed(null)
        const tried = await this.#try(apply)
        if (tried.kind === 'done') return tried.outcome
        lastTry = tried.commit ?? lastTry
      } catch (error) {
        return fail(this.#explain(error))
      }
      const longestPause = Math.min(2 ** attempt, maxPauseMs)
      await this.#options.clock.wait(this.#options.random() * longestPause, this.#options.signal)
    }
    return fail({ code: 'store_failed', detail: 'other processes kept changing the data at the same moment' })
  }

  /** Removes what commits left behind; apart from them, because nobody has to wait for it. */
  async tidy(): Promise<void> {
    await tidy(this.#committing)
  }

  async #try(apply: (connection: Connection) => Outcome<boolean>): Promise<Attempt> {
    const base = this.current
    const copy = this.#options.sqlite.open(base?.sealed.image ?? null)
    let isAdopted = false
    try {
      const applied = apply(copy)
      if (!applied.ok) return { kind: 'done', outcome: applied }
      if (!applied.value) return { kind: 'done', outcome: succeed(null) }
      const number = this.#nextNumber(base)
      if (number === null) return { kind: 'conflict', commit: null }
      const sealed = sealImage(copy.image(), nextHistory(base, number))
      if ((await commitGeneration(this.#committing, number, sealed)) === 'taken') {
        this.#mustReload = true
        return { kind: 'conflict', commit: { number, id: commitIdOf(sealed) } }
      }
      isAdopted = true
      this.#highest = Math.max(this.#highest, number)
      this.#adopt({ number, sealed, connection: copy }, true)
      return { kind: 'done', outcome: succeed(null) }
    } finally {
      if (!isAdopted) copy.close()
    }
  }

  /** The number that nobody used yet; null when somebody was faster while we computed, which spares the writing. */
  #nextNumber(base: Generation | null): number | null {
    const { files, folder } = this.#options
    if (!files.exists(folder)) files.makeFolder(folder)
    const { numbers, highest } = listGenerations(files, folder)
    if ((numbers[0] ?? 0) > Math.max(this.#highest, base?.number ?? 0)) {
      this.#mustReload = true
      return null
    }
    this.#highest = Math.max(this.#highest, highest)
    return this.#highest + 1
  }

  #adopt(generation: Generation, own: boolean): void {
    const before = this.current
    // While we committed, a read may have found what others built on it.
    if (before && before.number >= generation.number) return generation.connection.close()
    generation.connection.script('PRAGMA query_only = ON')
    this.current = generation
    this.#isBacked = true
    before?.connection.close()
    // All that is left of it is its number: the next change starts from this one.
    if (before) freeImage(before.sealed.image)
    this.#options.onAdopted(generation.number, own)
  }

  async #retryPassing<Value>(operation: () => Value): Promise<Value> {
    for (let attempt = 1; ; attempt++) {
      try {
        return operation()
      } catch (error) {
        if (attempt === passingAttempts || !this.#options.files.passingCodes.has(fileErrorCode(error))) throw error
      }
      await this.#options.clock.wait(2 ** attempt * 5 * (1 + this.#options.random()), this.#options.signal)
    }
  }

  #explain(error: unknown): ReasonFacts {
    const code = 'store_failed'
    if (error instanceof UncertainCommit)
      return { code, ...withMessage('detail', localizable('it is not known whether it was kept: {0}', error.message)) }
    const cause = causeOfFileError(fileErrorCode(error))
    return {
      code,
      ...withMessage('detail', fileErrorInEnglish(error, this.#options.folder)),
      ...(cause ? { cause } : {}),
    }
  }

  close(): void {
    this.current?.connection.close()
  }
}

interface CommitMark {
  number: number
  id: Buffer
}

type Attempt = { kind: 'done'; outcome: Outcome<null> } | { kind: 'conflict'; commit: CommitMark | null }

/** Commit ids by generation, newest first; numbers that were skipped have none. */
function nextHistory(base: Generation | null, number: number): Buffer[] {
  const skipped = number - (base?.number ?? 0) - 1
  const gaps = Array.from({ length: Math.min(skipped, historyLength) }, () => Buffer.alloc(commitIdBytes))
  return [randomBytes(commitIdBytes), ...gaps, ...(base?.sealed.history ?? [])]
}
