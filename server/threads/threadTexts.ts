import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ThreadMessage } from '../../protocol/threads.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { readRegularFile } from '../files/regularFile.ts'
import type { StoredMessage } from '../store/threadTable.ts'

/** In characters. The database is written as a whole at each change, so what is longer stands in a file of its own. */
const longestInDatabase = 2000
/** In bytes: the longest message of the contract, in any script. */
const longestFile = 8_000_000

/** The long texts of conversations, a folder a thread, a file a text. A text is written before its message, and read with it. */
export class ThreadTexts {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'threads')
  }

  /** What whoever writes an answer of the thread has a turn at; its folder is there. Throws as the file system does. */
  async turnFile(threadId: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    return this.turnPath(threadId)
  }

  /** The same; its folder may not be there. */
  turnPath(threadId: string): string {
    return join(this.#folder, threadId)
  }

  /** The message as the database keeps it, its long texts on the disk. Throws as the file system does. */
  async put(message: ThreadMessage): Promise<StoredMessage> {
    const { text, material } = message
    return {
      ...message,
      text: await this.#putText(message, 'text', text),
      material: material === null ? null : await this.#putText(message, 'material', material),
      hasMaterial: material !== null,
    }
  }

  /** What cannot be read any more is empty: a conversation is of use without it. */
  async get({ hasMaterial, ...message }: StoredMessage): Promise<ThreadMessage> {
    return {
      ...message,
      text: message.text ?? (await this.#getText(message, 'text')),
      material: hasMaterial ? (message.material ?? (await this.#getText(message, 'material'))) : null,
    }
  }

  async remove(threadId: string): Promise<void> {
    await rm(join(this.#folder, threadId), { recursive: true, force: true })
  }

  async #putText(message: ThreadMessage, what: 'text' | 'material', text: string): Promise<string | null> {
    if (text.length <= longestInDatabase) return text
    const path = this.#pathOf(message, what)
    await diskFiles.makeFolder(join(this.#folder, message.threadId))
    const handle = await diskFiles.open(path, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return null
  }

  async #getText(message: Pick<ThreadMessage, 'id' | 'threadId'>, what: 'text' | 'material'): Promise<string> {
    try {
      return (await readRegularFile(diskFiles, this.#pathOf(message, what), longestFile)).toString()
    } catch (error) {
      ignoreFileErrors(error)
      return ''
    }
  }

  #pathOf({ threadId, id }: Pick<ThreadMessage, 'id' | 'threadId'>, what: 'text' | 'material'): string {
    return join(this.#folder, threadId, `${id}.${what}.txt`)
  }
}
