import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { sha256 } from '../items/hashes.ts'

/** What a file held: its bytes, and their SHA-256 as hex. */
export interface Content {
  size: number
  hash: string
}

/** The present one, and those that others are about to put there, or that a process which died in between may have left. */
const mostContents = 8
const noteName = /^([0-9a-f]{64})\.(\d{1,16})$/

/**
 * What results files held when this program wrote them, a note for each content in a folder of the file's own in
 * `<data folder>/written`: one that a person has edited since is not written over unasked. A file without a note is of an earlier
 * version or of another data folder: nothing is known of it.
 */
export class WrittenFiles {
  readonly #files: RunFiles
  readonly #folder: string

  constructor(files: RunFiles, dataDir: string) {
    this.#files = files
    this.#folder = join(dataDir, 'written')
  }

  /**
   * Call it before the file takes its place: whichever of the two is there after a crash, it is known. Two processes that write the
   * same file at once leave a note each.
   */
  async note(path: string, { hash, size }: Content): Promise<void> {
    const folder = this.#placeOf(path)
    const name = `${hash}.${size}`
    try {
      await this.#files.makeFolder(folder)
      const handle = await this.#files.open(join(folder, name), 'w', 0o600)
      try {
        // Written each time: the notes that are newest are kept.
        await handle.writeFile(resolve(path))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await this.#dropOldest(folder, name)
    } catch (error) {
      ignoreFileErrors(error)
      // The old notes would say that somebody has edited what we are about to write.
      for (const old of await this.#namesIn(folder)) await this.#files.unlink(join(folder, old)).catch(ignoreFileErrors)
    }
  }

  /** `output_invalid` where the file is there and is not as it was written. */
  async check(path: string): Promise<Outcome<null>> {
    if (!(await this.#isEdited(path))) return succeed(null)
    const detail = localizable('it was edited since it was written')
    return fail({ code: 'output_invalid', path, edited: true, ...withMessage('detail', detail) })
  }

  /** Another process may put a file there at any moment, but notes it before: what is looked at first is the file. */
  async #isEdited(path: string): Promise<boolean> {
    if ((await this.#notesOf(path)).length === 0) return false
    try {
      const { size } = await this.#files.stat(path)
      // An empty one holds nothing that could be lost.
      if (size === 0) return false
      if (!(await this.#notesOf(path)).some((content) => content.size === size)) return true
      const hash = await this.#hashOf(path)
      return !(await this.#notesOf(path)).some((content) => content.hash === hash)
    } catch (error) {
      ignoreFileErrors(error)
      return false
    }
  }

  async #hashOf(path: string): Promise<string> {
    const handle = await openRegularFile(this.#files, path)
    try {
      const hash = createHash('sha256')
      const buffer = Buffer.alloc(1024 * 1024)
      for (let position = 0; ; ) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
        if (bytesRead === 0) return hash.digest('hex')
        hash.update(buffer.subarray(0, bytesRead))
        position += bytesRead
      }
    } finally {
      await handle.close()
    }
  }

  /** None: there are no notes, or they cannot be read. */
  async #notesOf(path: string): Promise<Content[]> {
    return (await this.#namesIn(this.#placeOf(path))).map((name) => {
      const [, hash, size] = noteName.exec(name) as RegExpExecArray
      return { hash: hash as string, size: Number(size) }
    })
  }

  async #namesIn(folder: string): Promise<string[]> {
    try {
      return (await this.#files.readdir(folder)).filter((name) => noteName.test(name))
    } catch (error) {
      ignoreFileErrors(error)
      return []
    }
  }

  async #dropOldest(folder: string, newest: string): Promise<void> {
    const others = (await this.#namesIn(folder)).filter((name) => name !== newest)
    if (others.length < mostContents) return
    const madeAt = new Map<string, number>()
    for (const name of others) madeAt.set(name, await this.#madeAt(join(folder, name)))
    others.sort((one, other) => (madeAt.get(other) as number) - (madeAt.get(one) as number))
    for (const name of others.slice(mostContents - 1)) {
      await this.#files.unlink(join(folder, name)).catch(ignoreFileErrors)
    }
  }

  /** Milliseconds since 1970; 0: another process has removed it. */
  async #madeAt(note: string): Promise<number> {
    try {
      return (await this.#files.stat(note)).mtimeMs
    } catch (error) {
      ignoreFileErrors(error)
      return 0
    }
  }

  #placeOf(path: string): string {
    return join(this.#folder, sha256(resolve(path)).slice(0, 32))
  }
}
