import { RunView } from '../../protocol/runs.ts'
import type { Clock } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { readRegularFile } from '../files/regularFile.ts'

/**
 * How far a run is, in a small file beside its journal, for the other windows and terminals: a change of the store for each of its seconds
 * would be a generation each, and the last generations are the backups.
 */
const Progress = RunView.pick({
  counts: true,
  progress: true,
  spent: true,
  parkedUntil: true,
  workedMs: true,
  hint: true,
  fellBack: true,
  cascade: true,
})

const everyMs = 1_000
/** A few counts. */
const longestNote = 64 * 1024

function notePath(journalPath: string): string {
  return journalPath.replace(/\.journal\.jsonl$/, '.progress')
}

export class ProgressNote {
  readonly #files: RunFiles
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #journalPath: string
  #writtenAt: number
  #writing: Promise<void> = Promise.resolve()

  constructor({ files, clock }: { files: RunFiles; clock: Pick<Clock, 'monotonic'> }, journalPath: string) {
    this.#files = files
    this.#clock = clock
    this.#journalPath = journalPath
    this.#writtenAt = clock.monotonic()
  }

  /** Now and then; a disk that does not take it costs nothing but the figures of others. */
  write(view: RunView): Promise<void> {
    if (this.#clock.monotonic() - this.#writtenAt < everyMs) return this.#writing
    this.#writtenAt = this.#clock.monotonic()
    this.#writing = this.#writing.then(() => this.#writeNow(view))
    return this.#writing
  }

  async remove(): Promise<void> {
    this.#writtenAt = Number.POSITIVE_INFINITY
    await this.#writing
    await removeProgressNote(this.#files, this.#journalPath)
  }

  async #writeNow(view: RunView): Promise<void> {
    try {
      const handle = await this.#files.open(notePath(this.#journalPath), 'w', 0o600)
      try {
        await handle.writeFile(JSON.stringify(Progress.parse(view)))
      } finally {
        await handle.close()
      }
    } catch (error) {
      ignoreFileErrors(error)
    }
  }
}

export async function removeProgressNote(files: RunFiles, journalPath: string): Promise<void> {
  await files.unlink(notePath(journalPath)).catch(ignoreFileErrors)
}

/** The view of a run that another process works on, as far as that one has noted it. It may be writing just now. */
export async function withProgress(files: RunFiles, journalPath: string, view: RunView): Promise<RunView> {
  try {
    const note = await readRegularFile(files, notePath(journalPath), longestNote)
    return { ...view, ...Progress.safeParse(JSON.parse(note.toString())).data }
  } catch (error) {
    if (!(error instanceof SyntaxError)) ignoreFileErrors(error)
    return view
  }
}

/** Calls `onProgress` soon after a change, at most once in `everyMs`. */
export class ProgressTimer {
  readonly #options: { clock: Clock; everyMs: number; signal: AbortSignal; onProgress(): void }
  #calledAt = Number.NEGATIVE_INFINITY
  #isWaiting = false

  constructor(options: { clock: Clock; everyMs: number; signal: AbortSignal; onProgress(): void }) {
    this.#options = options
  }

  changed(): void {
    const { clock, everyMs, signal } = this.#options
    if (this.#isWaiting || signal.aborted) return
    this.#isWaiting = true
    const wait = Math.max(0, this.#calledAt + everyMs - clock.monotonic())
    void clock.wait(wait, signal).then(() => {
      this.#isWaiting = false
      if (signal.aborted) return
      this.#calledAt = clock.monotonic()
      this.#options.onProgress()
    })
  }
}
