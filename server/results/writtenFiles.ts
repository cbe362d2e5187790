import { Buffer } from 'node:buffer'
import { createHash, randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { openRegularFile, readRegularFile } from '../files/regularFile.ts'
import { sha256 } from '../items/hashes.ts'

/** What a file held: its bytes, and their SHA-256 as hex. */
const Content = z.object({ size: z.int().nonnegative(), hash: z.string() })
export type Content = z.infer<typeof Content>

const Note = z.object({ path: z.string(), contents: z.array(Content) })

/** The present one, and those that a process which died in between may have left there. */
const mostContents = 3
const longestNote = 64 * 1024

/**
 * What results files held when this program wrote them, in a note each in `<data folder>/written`: one that a person has edited since is
 * not written over unasked. A file without a note is of an earlier version or of another data folder: nothing is known of it.
 */
export class WrittenFiles {
  readonly #files: RunFiles
  readonly #folder: string

  constructor(files: RunFiles, dataDir: string) {
    this.#files = files
    this.#folder = join(dataDir, 'written')
  }

  /** Call it before the file takes its place: whichever of the two is there after a crash, it is known. */
  async note(path: string, content: Content): Promise<void> {
    const place = this.#placeOf(path)
    const contents = [content, ...(await this.#read(path))].slice(0, mostContents)
    try {
      await this.#files.makeFolder(this.#folder)
      const temporary = `${place}.${randomUUID()}.tmp`
      const handle = await this.#files.open(temporary, 'wx', 0o600)
      try {
        await handle.writeFile(JSON.stringify({ path: resolve(path), contents }))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await this.#files.rename(temporary, place)
    } catch (error) {
      ignoreFileErrors(error)
      // An old note would say that somebody has edited what we are about to write.
      await this.#files.unlink(place).catch(ignoreFileErrors)
    }
  }

  /** `output_invalid` where the file is there and is not as it was written. */
  async check(path: string): Promise<Outcome<null>> {
    if (!(await this.#isEdited(path))) return succeed(null)
    const detail = localizable('it was edited since it was written')
    return fail({ code: 'output_invalid', path, edited: true, ...withMessage('detail', detail) })
  }

  async #isEdited(path: string): Promise<boolean> {
    const contents = await this.#read(path)
    if (contents.length === 0) return false
    try {
      const { size } = await this.#files.stat(path)
      // An empty one holds nothing that could be lost.
      if (size === 0) return false
      const alike = contents.filter((content) => content.size === size)
      if (alike.length === 0) return true
      const hash = await this.#hashOf(path)
      return !alike.some((content) => content.hash === hash)
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

  /** None: there is no note, or it cannot be read. */
  async #read(path: string): Promise<Content[]> {
    try {
      const text = await readRegularFile(this.#files, this.#placeOf(path), longestNote)
      const note = Note.safeParse(JSON.parse(text.toString())).data
      return note?.path === resolve(path) ? note.contents : []
    } catch (error) {
      if (!(error instanceof SyntaxError)) ignoreFileErrors(error)
      return []
    }
  }

  #placeOf(path: string): string {
    return join(this.#folder, `${sha256(resolve(path)).slice(0, 32)}.json`)
  }
}
