import type { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { basename, dirname, extname, join } from 'node:path'
import { goldenFile, type Label, type LabelProblem } from '../../protocol/labels.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { instant } from '../files/clock.ts'
import { confineWrite } from '../files/confineWrite.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeFileError, describeThrownFileError } from '../files/fileTrouble.ts'
import { openRegularFile, RefusedFile, readAtMost } from '../files/regularFile.ts'
import { sha256 } from '../items/hashes.ts'
import { writeWhole } from '../journal/journalWriter.ts'
import { renameInPlace } from '../results/writeResults.ts'
import { loadPlainText, type ToPlainText } from '../sources/plainText.ts'
import { type TurnOptions, takeTurn } from './fileTurn.ts'
import { type GoldenLine, joinGolden, labelsOf, parseGolden, problemsOf } from './goldenLines.ts'

/** The golden set as it stands in its file. */
export interface GoldenSet {
  path: string
  /** Another one whenever the file has changed. */
  version: string
  lines: readonly GoldenLine[]
  /** By `inputHash`. */
  labels: ReadonlyMap<string, { label: Label; line: number }>
  problems: readonly LabelProblem[]
}

export function goldenPath(workspaceFolder: string): string {
  return join(workspaceFolder, ...goldenFile.split('/'))
}

/** A person labels hundreds; a file beyond this is something else. */
const longestFile = 64 * 1024 * 1024
const mostCachedSets = 4

/** The golden sets of workspaces: read when their file has changed, and written in turn with all other processes. */
export class GoldenStore {
  readonly #options: TurnOptions
  readonly #files: TurnOptions['files']
  readonly #cached = new Map<string, GoldenSet>()
  /** One change at a time for each file; other processes wait for their turn. */
  readonly #changing = new Map<string, Promise<unknown>>()
  #toPlainText: ToPlainText | null = null

  constructor(options: TurnOptions) {
    this.#options = options
    this.#files = options.files
  }

  /** A file that is not there is an empty set. */
  async read(path: string): Promise<Outcome<GoldenSet>> {
    this.#toPlainText ??= await loadPlainText()
    const plain = this.#toPlainText
    try {
      const handle = await openRegularFile(this.#files, path, longestFile)
      try {
        const { size, mtimeMs, ino } = await handle.stat()
        const version = `${ino} ${size} ${mtimeMs}`
        const before = this.#cached.get(path)
        if (before?.version === version) return succeed(before)
        const lines = parseGolden(await readAtMost(handle, path, longestFile), {
          hashOf: (text) => sha256(plain(text)),
          at: instant(Math.floor(mtimeMs)),
        })
        return succeed(this.#remember(setOf(path, version, lines)))
      } finally {
        await handle.close()
      }
    } catch (error) {
      const code = fileErrorCode(error)
      if (code === 'ENOENT' || code === 'ENOTDIR') return succeed(setOf(path, '', []))
      return failed(path, localizable('it cannot be read, {0}', describeFileError(code)))
    }
  }

  /**
   * Applies the change to the newest lines of the workspace's golden set, and answers when they are in the file. A failed change leaves
   * it alone. Links are followed only to a golden set that is within the workspace, too: whoever made the folder does not choose what
   * else we write to.
   */
  async change<Value>(
    workspaceFolder: string,
    change: (golden: GoldenSet) => Outcome<{ lines: readonly GoldenLine[]; value: Value }>,
  ): Promise<Outcome<Value>> {
    const path = goldenPath(workspaceFolder)
    const before = this.#changing.get(path) ?? Promise.resolve()
    const mine = before.then(() => this.#changeInTurn<never>(workspaceFolder, change))
    this.#changing.set(path, mine)
    try {
      return await mine
    } finally {
      if (this.#changing.get(path) === mine) this.#changing.delete(path)
    }
  }

  #remember(golden: GoldenSet): GoldenSet {
    this.#cached.delete(golden.path)
    this.#cached.set(golden.path, golden)
    for (const [other] of this.#cached) if (this.#cached.size > mostCachedSets) this.#cached.delete(other)
    return golden
  }

  async #changeInTurn<Value>(
    workspaceFolder: string,
    change: Parameters<GoldenStore['change']>[1],
  ): Promise<Outcome<Value>> {
    const named = goldenPath(workspaceFolder)
    try {
      // A link stays one: what it leads to is written. Looked at before anything is made, and again when its folder is there.
      await confineWrite(this.#files, workspaceFolder, named)
      await this.#files.makeFolder(dirname(named))
      const path = await confineWrite(this.#files, workspaceFolder, named)
      if (extname(path) !== extname(named)) throw new RefusedFile('OTHER_FILE', named, path)
      const turn = await takeTurn(path, this.#options)
      if (turn === null) return failed(path, localizable('another program keeps writing to it'))
      try {
        const golden = await this.read(path)
        if (!golden.ok) return golden
        const changed = change(golden.value)
        if (!changed.ok) return changed
        const { lines, value } = changed.value
        if (lines !== golden.value.lines) await this.#write(path, joinGolden(lines))
        return succeed(value as Value)
      } finally {
        await turn.end()
      }
    } catch (error) {
      return failed(named, localizable('it cannot be written, {0}', describeThrownFileError(error)))
    }
  }

  /** All of it or nothing. What a process left that died at this is found by its name, since nobody else is here now. */
  async #write(path: string, content: Buffer): Promise<void> {
    const [folder, prefix] = [dirname(path), `.${basename(path)}.new.`]
    for (const name of await this.#files.readdir(folder)) {
      if (name.startsWith(prefix)) await this.#files.unlink(join(folder, name)).catch(ignoreFileErrors)
    }
    const temporary = join(folder, `${prefix}${randomUUID()}`)
    try {
      const file = await this.#files.open(temporary, 'wx', await this.#modeOf(path))
      try {
        await writeWhole(file, content, 0)
        await file.sync()
      } finally {
        await file.close()
      }
      await renameInPlace(this.#files, temporary, path, this.#options.clock)
    } catch (error) {
      await this.#files.unlink(temporary).catch(ignoreFileErrors)
      throw error
    }
  }

  async #modeOf(path: string): Promise<number> {
    try {
      return (await this.#files.stat(path)).mode & 0o777
    } catch (error) {
      ignoreFileErrors(error)
      return 0o666
    }
  }
}

function setOf(path: string, version: string, lines: readonly GoldenLine[]): GoldenSet {
  return { path, version, lines, labels: labelsOf(lines), problems: problemsOf(lines) }
}

function failed(file: string, sentence: LocalizableMessage): Outcome<never> {
  return fail({ code: 'labels_failed', file, ...withMessage('detail', sentence) })
}
