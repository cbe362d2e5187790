import { RunView } from '../../protocol/runs.ts'
import type { Clock } from './clock.ts'
import { fileErrorCode, type RunFiles } from './files.ts'

/**
 * How far a run is, in a small file beside its journal, for the other windows and terminals: a change of the store for each of its seconds
 * would be a generation each, and the last generations are the backups.
 */
const Progress = RunView.pick({ counts: true, spent: true, parkedUntil: true, workedMs: true })

export interface ProgressNote {
  /** Written now and then; a disk that does not take it costs nothing but the figures of others. */
  keep(view: RunView): Promise<void>
  remove(): Promise<void>
}

const everyMs = 1_000

function notePath(journalPath: string): string {
  return journalPath.replace(/\.journal\.jsonl$/, '.progress')
}

export function createProgressNote(
  { files, clock }: { files: RunFiles; clock: Pick<Clock, 'monotonic'> },
  journalPath: string,
): ProgressNote {
  const path = notePath(journalPath)
  let keptAt = clock.monotonic()
  let writing: Promise<void> = Promise.resolve()

  async function write(view: RunView): Promise<void> {
    try {
      const handle = await files.open(path, 'w', 0o600)
      try {
        await handle.writeFile(JSON.stringify(Progress.parse(view)))
      } finally {
        await handle.close()
      }
    } catch (error) {
      fileErrorCode(error)
    }
  }

  return {
    keep(view) {
      if (clock.monotonic() - keptAt < everyMs) return writing
      keptAt = clock.monotonic()
      writing = writing.then(() => write(view))
      return writing
    },
    async remove() {
      keptAt = Number.POSITIVE_INFINITY
      await writing
      await removeProgressNote(files, journalPath)
    },
  }
}

export async function removeProgressNote(files: RunFiles, journalPath: string): Promise<void> {
  await files.unlink(notePath(journalPath)).catch(fileErrorCode)
}

/** The view of a run that another process works on, as far as that one has told. It may be writing just now. */
export async function withProgress(files: RunFiles, journalPath: string, view: RunView): Promise<RunView> {
  try {
    const handle = await files.open(notePath(journalPath), 'r')
    try {
      return { ...view, ...Progress.safeParse(JSON.parse(await handle.readFile('utf8'))).data }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) fileErrorCode(error)
    return view
  }
}
