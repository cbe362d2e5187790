import { realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { resultsFileName } from '../sources/folderFiles.ts'

/** A kept run, and the path under which it has read a file. */
export interface RememberedFile {
  runId: string
  /** As the run has it: it may have gone through links. */
  path: string
}

export interface KeptRun {
  runId: string
  /** Files and folders, absolute. */
  paths: readonly string[]
}

interface KeptPath extends RememberedFile {
  real: string
  isFolder: boolean
}

/** Which files have results: those that the kept run of a source has read, or may have, in a folder. */
/** `list`: newest first. One look at the table and at the disk serves until runs change. */
export class RememberedSources {
  readonly #list: () => readonly KeptRun[]
  readonly #adopt: (path: string) => Promise<boolean>
  #known: Promise<readonly KeptPath[]> | null = null

  /** `adopt` gives a file that has no results those that it had under another name; false: there are none. */
  constructor(list: () => readonly KeptRun[], adopt: (path: string) => Promise<boolean> = async () => false) {
    this.#list = list
    this.#adopt = adopt
  }

  /** Of several runs over the file the newest. Null: it has no results. */
  async find(path: string): Promise<RememberedFile | null> {
    const found = await this.#findNow(path)
    if (found || !(await this.#adopt(path))) return found
    this.forget()
    return await this.#findNow(path)
  }

  async #findNow(path: string): Promise<RememberedFile | null> {
    this.#known ??= this.#read()
    const kept = await this.#known
    if (kept.length === 0) return null
    const real = await realpath(path).catch(() => null)
    if (real === null) return null
    for (const each of kept) {
      if (each.real === real) return { runId: each.runId, path: each.path }
      if (each.isFolder && holds(each.real, real)) {
        return { runId: each.runId, path: join(each.path, relative(each.real, real)) }
      }
    }
    return null
  }

  /** Runs have changed. */
  forget(): void {
    this.#known = null
  }

  async #read(): Promise<readonly KeptPath[]> {
    const found = await Promise.all(
      this.#list().flatMap(({ runId, paths }) => paths.map((path) => inspect({ runId, path }))),
    )
    return found.filter((each) => each !== null)
  }
}

async function inspect(kept: RememberedFile): Promise<KeptPath | null> {
  try {
    const real = await realpath(kept.path)
    return { ...kept, real, isFolder: (await stat(real)).isDirectory() }
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
