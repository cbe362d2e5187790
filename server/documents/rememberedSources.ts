import { realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { resultsFileName } from '../sources/folderFiles.ts'
import type { ShownRun } from '../store/revisionTable.ts'

/** A run that counts, and the path under which it has read a file. */
export interface RememberedFile {
  runId: string
  /** As the run has it: it may have gone through links. */
  path: string
  /** Somebody works on it. */
  isRunning: boolean
  /** It reads some lines or a shard of it only. */
  isOfLines: boolean
}

interface ShownPath extends RememberedFile, Pick<ShownRun, 'files'> {
  real: string
  isFolder: boolean
}

/** So many runs over one file are laid over one another, such as those over some of its rows. */
const mostLayers = 8

/**
 * Which files have results: those that a run that counts has read, or may have, in a folder. `list`: newest first. One look at the
 * table and at the disk serves until runs change.
 */
export class RememberedSources {
  readonly #list: () => readonly ShownRun[]
  readonly #adopt: (path: string) => Promise<boolean>
  #known: Promise<readonly ShownPath[]> | null = null

  /** `adopt` gives a file that has no results those that it had under another name; false: there are none. */
  constructor(list: () => readonly ShownRun[], adopt: (path: string) => Promise<boolean> = async () => false) {
    this.#list = list
    this.#adopt = adopt
  }

  /** Of several runs over the file the newest. Null: it has no results. */
  async find(path: string): Promise<RememberedFile | null> {
    return (await this.findAll(path))[0] ?? null
  }

  /** The newest, and those over the same files or lines of them, newest first. */
  async findAll(path: string): Promise<readonly RememberedFile[]> {
    const found = await this.#findNow(path)
    if (found.length > 0 || !(await this.#adopt(path))) return found
    this.forget()
    return await this.#findNow(path)
  }

  async #findNow(path: string): Promise<readonly RememberedFile[]> {
    this.#known ??= this.#read()
    const shown = await this.#known
    if (shown.length === 0) return []
    const real = await realpath(path).catch(() => null)
    if (real === null) return []
    const found = shown.flatMap((each) => {
      if (each.real === real) return [each]
      const isWithin = each.isFolder && holds(each.real, real)
      return isWithin ? [{ ...each, path: join(each.path, relative(each.real, real)) }] : []
    })
    return found
      .filter(({ files, runId }, at) => files === found[0]?.files && runId !== found[at - 1]?.runId)
      .slice(0, mostLayers)
      .map(({ runId, path: read, isRunning, isOfLines }) => ({ runId, path: read, isRunning, isOfLines }))
  }

  /** Runs have changed. */
  forget(): void {
    this.#known = null
  }

  async #read(): Promise<readonly ShownPath[]> {
    const found = await Promise.all(
      this.#list().flatMap(({ paths, ...run }) => paths.map((path) => inspect({ ...run, path }))),
    )
    return found.filter((each) => each !== null)
  }
}

async function inspect(shown: Omit<ShownPath, 'real' | 'isFolder'>): Promise<ShownPath | null> {
  try {
    const real = await realpath(shown.path)
    return { ...shown, real, isFolder: (await stat(real)).isDirectory() }
  } catch {
    // It is not there any more, so that nothing of it can be open.
    return null
  }
}

/** Whether a run over the folder would read the file: hidden ones, packages and results do not count. */
function holds(folder: string, file: string): boolean {
  if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return false
  const names = relative(folder, file).split(sep)
  return !names.some((name) => name.startsWith('.') || name === 'node_modules' || resultsFileName.test(name))
}
