import { randomUUID } from 'node:crypto'
import { open, readdir, readFile, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { makeFolder } from '../files/makeFolder.ts'

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

/**
 * Keeps results files true to what is kept. The store tells first, the file follows: a note lies beside the journals in between,
 * so that whoever comes after a process that died in between finds out and writes the file.
 */
export interface KeptFiles {
  /** Notes that the source's file will have to be written; call it before the store tells. */
  note(source: string): Promise<{ drop(): Promise<void> }>
  /** Writes the file of whatever is kept by now, again until nothing else was kept meanwhile. */
  settle(source: string): Promise<Outcome<string | null>>
  /** Does what processes that are gone have left undone. Answers the sources. */
  recover(): Promise<string[]>
}

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

export function createKeptFiles(parts: KeptFilesParts): KeptFiles {
  const isAlive = parts.isProcessAlive ?? isProcessAlive
  const settle = (source: string) => settleResultsFile(parts, source)

  return {
    settle,
    async note(source) {
      const path = join(parts.folder, `keep-${source}.${randomUUID()}.json`)
      makeFolder(parts.folder)
      const handle = await open(path, 'wx', 0o600)
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }))
      await handle.sync()
      await handle.close()
      return { drop: () => drop(path) }
    },
    async recover() {
      const settled: string[] = []
      for (const name of await namesIn(parts.folder)) {
        const source = noteName.exec(name)?.[1]
        const path = join(parts.folder, name)
        if (source === undefined || (await isOwned(path, isAlive))) continue
        await settle(source)
        await drop(path)
        settled.push(source)
      }
      return settled
    },
  }
}

async function drop(path: string): Promise<void> {
  await unlink(path).catch(systemCode)
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    systemCode(error)
    return []
  }
}

/** Half a note is one of a process that died while it wrote it. */
async function isOwned(path: string, isAlive: (pid: number) => boolean): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as { pid?: unknown; host?: unknown }
    return host === hostname() && typeof pid === 'number' && isAlive(pid)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    systemCode(error)
    return true
  }
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

/** Anything but an error of the system is a bug and goes on. */
function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  throw error
}
