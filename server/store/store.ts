import type { Outcome } from '../../protocol/outcome.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { applyGroup, notSaved, type QueuedChange, queueChange } from './changeGroup.ts'
import type { Database, ReadableDatabase } from './database.ts'
import { generationNumber } from './generations.ts'
import { inspectSchema, type Migration, type MigrationStep } from './migrations.ts'
import type { Snapshots, StoreClock } from './snapshots.ts'
import type { Connection } from './sqlite.ts'
import type { StoreFiles } from './storeFiles.ts'
import { SqlError, UnreadableData } from './unreadableData.ts'

/** Why nothing can be written, and in words. */
export type ReadOnly = Pick<Extract<ReasonFacts, { code: 'store_read_only' }>, 'cause' | 'why' | 'localizable'>

export type StoreMode = { kind: 'read-write' } | ({ kind: 'read-only' } & ReadOnly)

/** The user's data, shared with every other process that has the same folder open. */
export interface Store {
  /** Queries the newest state that any process has committed. The database refuses to be written to here. */
  read<Value>(query: (database: ReadableDatabase) => Value): Value
  /**
   * Applies `mutation` and answers when it is durable. It may be applied again to a newer state when another process committed first,
   * so it must not have effects of its own. A failed Outcome that it returns, or a throw, takes back what it did; other changes of
   * the same moment are not affected. Failures of ours: `store_read_only`, `store_failed`.
   */
  change<Value>(mutation: (database: Database) => Outcome<Value>): Promise<Outcome<Value>>
  /** May become read-only while it is open, when a newer version upgrades the data. */
  readonly mode: StoreMode
  /** Damaged generations that were found, in words. */
  readonly damage: readonly string[]
  readonly generation: number
  /** Every migration of the database, in order. */
  readonly migrations: readonly MigrationStep[]
  /** Called after each commit, of this process (`own`) or another. */
  onChanged(listener: (change: { generation: number; own: boolean }) => void): { dispose(): void }
  /** Finishes what was queued, within 2 seconds; what is not saved by then is answered so. */
  close(): Promise<void>
}

export interface StoreParts {
  snapshots: Snapshots
  migrations: readonly Migration[]
  /** Why it is read-only for as long as it is open; null: nothing stands against writing but a newer database. */
  readOnly: ReadOnly | null
  damage: readonly string[]
  steps: readonly MigrationStep[]
  clock: StoreClock
  files: StoreFiles
  folder: string
  listeners: ChangeListeners
  closing: AbortController
}

const flushMs = 2000
const pollMs = 1000

/** Notifies listeners later, never in the middle of what is going on. */
export class ChangeListeners {
  readonly #listeners = new Set<(change: { generation: number; own: boolean }) => void>()

  add(listener: (change: { generation: number; own: boolean }) => void): { dispose(): void } {
    this.#listeners.add(listener)
    return { dispose: () => this.#listeners.delete(listener) }
  }

  notify(change: { generation: number; own: boolean }): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        if (this.#listeners.has(listener)) listener(change)
      })
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}

export class OpenStore implements Store {
  readonly #parts: StoreParts
  #queue: QueuedChange[] = []
  /** Reads in progress, one inside the other: they all see one generation, and its connection stays open. */
  #reads = 0
  #working: Promise<void> | null = null
  #watch: { dispose(): void } | null = null
  #mode: { generation: number; mode: StoreMode } | null = null

  constructor(parts: StoreParts) {
    this.#parts = parts
    this.#watchFolder()
  }

  get damage(): readonly string[] {
    return this.#parts.damage
  }

  get migrations(): readonly MigrationStep[] {
    return this.#parts.steps
  }

  get generation(): number {
    this.#refresh()
    return this.#current().number
  }

  get mode(): StoreMode {
    this.#refresh()
    const { number, connection } = this.#current()
    if (this.#mode?.generation !== number) this.#mode = { generation: number, mode: this.#modeOf(connection) }
    return this.#mode.mode
  }

  #modeOf(connection: Connection): StoreMode {
    const readOnly = this.#parts.readOnly ?? whyReadOnly(connection, this.#parts.migrations)
    return readOnly === null ? { kind: 'read-write' } : { kind: 'read-only', ...readOnly }
  }

  read<Value>(query: (database: ReadableDatabase) => Value): Value {
    this.#refresh()
    this.#reads++
    try {
      return query(this.#current().connection)
    } catch (error) {
      throw this.#explain(error)
    } finally {
      this.#reads--
    }
  }

  /** What a newer version has renamed or put there cannot be read: that is reported as what it is, and not as a bug. */
  #explain(error: unknown): unknown {
    if (!(error instanceof SqlError || error instanceof UnreadableData)) return error
    const foreign = whyReadOnly(this.#current().connection, this.#parts.migrations)
    if (foreign === null) return error
    const sentence = localizable(
      '{0}, and this version cannot read all of it',
      foreign.localizable ?? localizableText(foreign.why),
    )
    const facts = { code: 'store_read_only', cause: foreign.cause, ...withMessage('why', sentence) } as const
    return new UnreadableData(error.message, facts)
  }

  change<Value>(mutation: (database: Database) => Outcome<Value>): Promise<Outcome<Value>> {
    if (this.#isClosed()) return Promise.resolve(notSaved('the store is closed'))
    return new Promise((resolve, reject) => {
      this.#queue.push(queueChange(mutation, { resolve, reject }))
      this.#working ??= this.#work()
    })
  }

  /** Takes all changes of one tick together, and all that came while the last ones were written. */
  async #work(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        await new Promise((resolve) => setImmediate(resolve))
        await this.#commit(this.#queue.splice(0))
        await this.#parts.snapshots.tidy()
      }
    } finally {
      this.#working = null
    }
  }

  async #commit(changes: readonly QueuedChange[]): Promise<void> {
    try {
      const outcome = await this.#parts.snapshots.transact((connection) => {
        const mode = this.#modeOf(connection)
        if (mode.kind === 'read-only')
          return fail({
            code: 'store_read_only',
            cause: mode.cause,
            why: mode.why,
            ...(mode.localizable ? { localizable: mode.localizable } : {}),
          })
        return applyGroup(connection, changes)
      })
      for (const change of changes) outcome.ok ? change.settle() : change.refuse(outcome)
    } catch (error) {
      for (const change of changes) change.reject(error)
    }
  }

  onChanged(listener: (change: { generation: number; own: boolean }) => void): { dispose(): void } {
    return this.#parts.listeners.add(listener)
  }

  #watchFolder(): void {
    const poll = () => void this.#poll()
    try {
      this.#watch = this.#parts.files.watch(this.#parts.folder, (name) => this.#look(name), poll)
    } catch (error) {
      ignoreFileErrors(error)
      poll()
    }
  }

  /** Most of what happens in the folder is our own doing. */
  #look(name: string | null): void {
    const number = name === null ? null : generationNumber(name)
    if (name === null || (number !== null && !this.#parts.snapshots.knows(number))) this.#refresh(true)
  }

  /** Where the system does not report changes, as when it has run out of watches. */
  async #poll(): Promise<void> {
    this.#watch?.dispose()
    this.#watch = null
    while (!this.#isClosed()) {
      await this.#parts.clock.wait(pollMs, this.#parts.closing.signal)
      this.#refresh(true)
    }
  }

  /** A folder that can not be read at the moment leaves us with what we know. */
  #refresh(thorough = false): void {
    if (this.#isClosed() || this.#reads > 0) return
    try {
      this.#parts.snapshots.refresh(thorough)
    } catch (error) {
      ignoreFileErrors(error)
    }
  }

  #current() {
    const { current } = this.#parts.snapshots
    if (!current || this.#isClosed()) throw new Error('The store is closed')
    return current
  }

  #isClosed(): boolean {
    return this.#parts.closing.signal.aborted
  }

  async close(): Promise<void> {
    if (this.#isClosed()) return
    const patience = new AbortController()
    await Promise.race([this.#working, this.#parts.clock.wait(flushMs, patience.signal)])
    patience.abort()
    this.#parts.closing.abort()
    for (const change of this.#queue.splice(0)) change.refuse(notSaved('the store was closed before'))
    this.#watch?.dispose()
    this.#parts.listeners.clear()
    this.#parts.snapshots.close()
  }
}

/** Null: this version may write to the database. */
function whyReadOnly(connection: Connection, migrations: readonly Migration[]): ReadOnly | null {
  const state = inspectSchema(connection, migrations)
  switch (state.kind) {
    case 'head':
      return null
    case 'newer':
      return {
        cause: 'newer_version',
        ...withMessage(
          'why',
          localizable(
            'a newer version of LLM Providers has upgraded the data (to {0}, this version knows {1})',
            ...[state.number, migrations.length],
          ),
        ),
      }
    case 'moved':
      return {
        cause: 'moved',
        ...withMessage(
          'why',
          localizable('the data has moved to the data folder of this machine, which a restart opens'),
        ),
      }
    case 'pending':
      return { cause: 'older_copy', why: 'the data was replaced by an older copy; open it again to upgrade it' }
    case 'invalid':
      return {
        cause: 'other_data',
        ...withMessage('why', localizable('the data does not fit this version: {0}', state.detail)),
      }
  }
}
