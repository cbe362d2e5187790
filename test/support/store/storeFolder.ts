import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { succeed } from '../../../protocol/outcome.ts'
import { listAudit, recordAudit } from '../../../server/store/auditTable.ts'
import type { Database, ReadableDatabase } from '../../../server/store/database.ts'
import { openStore, type Store, type StoreOptions } from '../../../server/store/openStore.ts'
import type { StoreClock } from '../../../server/store/snapshots.ts'

export const migrationsDir = path.resolve(import.meta.dirname, '../../../migrations')

export const realClock: StoreClock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const finish = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(finish, ms)
      signal.addEventListener('abort', finish, { once: true })
    }),
}

/** A pause is over at once, and its time has passed. What is waited for a second or more never comes: it is a last resort. */
export function leapingClock(start = Date.parse('2026-11-21T12:00:00.000Z')): StoreClock {
  let now = start
  return {
    now: () => now,
    async wait(ms, signal) {
      if (ms >= 1000) return realClock.wait(2 ** 30, signal)
      now += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** Folders and open stores of one test file; `dispose` ends them all. */
export class StoreFolders {
  readonly #made: string[] = []
  readonly #stores: Store[] = []

  make(): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'llm-providers-store-'))
    this.#made.push(folder)
    return folder
  }

  copyOf(folder: string): string {
    const copy = this.make()
    cpSync(folder, copy, { recursive: true })
    return copy
  }

  tryOpen(dataDir: string, options: Partial<StoreOptions> = {}) {
    return openStore({ dataDir, migrationsDir, clock: realClock, random: Math.random, ...options })
  }

  async open(dataDir: string, options: Partial<StoreOptions> = {}): Promise<Store> {
    const opened = await this.tryOpen(dataDir, options)
    if (!opened.ok) throw new Error(opened.reason.message)
    this.#stores.push(opened.value)
    return opened.value
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#stores.splice(0).map((store) => store.close()))
    for (const folder of this.#made.splice(0)) rmSync(folder, { recursive: true, force: true })
  }
}

/** A change that leaves one row behind, so that a lost or doubled one shows. */
export function mark(id: string) {
  return (database: Database) => {
    recordAudit(database, { at: instant, what: 'test', target: id, action: 'mark', before: null, after: null })
    return succeed(id)
  }
}

export const instant = '2026-11-21T12:00:00.000Z'

/** The rows that `mark` left, oldest first. */
export function readMarks(database: ReadableDatabase): string[] {
  const marks: string[] = []
  for (let cursor: string | null = null; ; ) {
    const page = listAudit(database, { cursor, limit: 1000 })
    marks.push(...page.rows.map(({ target }) => target))
    if (page.next === null) return marks.reverse()
    cursor = page.next
  }
}

export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort()
}

export function temporaryNamesIn(folder: string): string[] {
  return namesIn(folder).filter((name) => name.endsWith('.tmp') || name.endsWith('.claim'))
}
