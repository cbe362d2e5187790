import { randomUUID } from 'node:crypto'
import { open, readdir, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { makeFolder } from '../files/makeFolder.ts'
import { readRegularFile } from '../files/regularFile.ts'
import { isProcessAlive } from '../store/generations.ts'

interface SettleParts {
  /** The run that is kept of a source, as it is now. */
  keptOf(source: string): string | null
  /** Writes a run's results file again, all of it or nothing; null: it has none. */
  rewrite(runId: string): Promise<Outcome<string | null>>
}

interface KeptFilesParts extends SettleParts {
  /** Where the notes are. */
  folder: string
  isProcessAlive?: (pid: number) => boolean
}

/** Who a note is of. */
const longestNote = 64 * 1024
const noteName = /^keep-([0-9a-f]{32})\.[0-9a-f-]+\.json$/

/** Writes the file of whatever is kept by now, again until nothing else was kept meanwhile. */
export async function settleResultsFile(
  { keptOf, rewrite }: SettleParts,
  source: string,
): Promise<Outcome<string | null>> {
  for (;;) {
    const runId = keptOf(source)
    if (runId === null) return succeed(null)
    const written = await rewrite(runId)
    // Another process may have kept another one, and written its file before us: the last word in the store is in the file.
    if (keptOf(source) === runId) return written
  }
}

/**
 * Keeps results files true to what is kept. The store comes first, the file follows: a note lies beside the journals in between,
 * so that the next process after one that died in between finds out and writes the file.
 */
export class KeptFiles {
  readonly #parts: KeptFilesParts
  readonly #isAlive: (pid: number) => boolean

  constructor(parts: KeptFilesParts) {
    this.#parts = parts
    this.#isAlive = parts.isProcessAlive ?? isProcessAlive
  }

  /** Notes that the source's file will have to be written; call it before the store changes. */
  async note(source: string): Promise<{ drop(): Promise<void> }> {
    const path = join(this.#parts.folder, `keep-${source}.${randomUUID()}.json`)
    makeFolder(this.#parts.folder)
    const handle = await open(path, 'wx', 0o600)
    await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }))
    await handle.sync()
    await handle.close()
    return { drop: () => drop(path) }
  }

  /** Writes the file of whatever is kept by now, again until nothing else was kept meanwhile. */
  settle(source: string): Promise<Outcome<string | null>> {
    return settleResultsFile(this.#parts, source)
  }

  /** Does what processes that are gone have left undone. Answers the sources. */
  async recover(): Promise<string[]> {
    const settled: string[] = []
    for (const name of await namesIn(this.#parts.folder)) {
      const source = noteName.exec(name)?.[1]
      const path = join(this.#parts.folder, name)
      if (source === undefined || (await isOwned(path, this.#isAlive))) continue
      await this.settle(source)
      await drop(path)
      settled.push(source)
    }
    return settled
  }
}

async function drop(path: string): Promise<void> {
  await unlink(path).catch(ignoreFileErrors)
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    ignoreFileErrors(error)
    return []
  }
}

/** Half a note is one of a process that died while it wrote it. */
async function isOwned(path: string, isAlive: (pid: number) => boolean): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse((await readRegularFile({ open }, path, longestNote)).toString()) as {
      pid?: unknown
      host?: unknown
    }
    return host === hostname() && typeof pid === 'number' && isAlive(pid)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    ignoreFileErrors(error)
    return true
  }
}
