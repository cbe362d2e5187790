import initSqlJs from 'sql.js'
import type { Database, SqlRow, SqlValue } from './database.ts'
import { SqlError } from './unreadableData.ts'

/** An open database, private to the store. */
export interface Connection extends Database {
  /** Runs several statements. Values bind by name (`:now`) in each of them. */
  script(sql: string, values?: Readonly<Record<string, string>>): void
  /** How many rows were changed since the connection was opened. */
  totalChanges(): number
  /** The whole database as bytes. Only outside a transaction. */
  image(): Uint8Array
  close(): void
}

export interface Sqlite {
  /** Null: a new, empty database. The bytes are copied and stay as they are. Throws when they are no database. */
  open(image: Uint8Array | null): Connection
  /**
   * Somebody else's database, to be read from. Its bytes are used as they are, without a copy, and belong to it from then on. Throws
   * `SqlError` where they are no database.
   */
  openForeign(image: Buffer): ForeignDatabase
}

/** Nothing that a statement says changes it. */
export interface ForeignDatabase {
  /** The first of the statements; null: it gives no rows by its nature. Throws `SqlError` where SQLite refuses it. */
  columns(sql: string): string[] | null
  /** Integers as bigint. Throws `SqlError` while it is read, too. */
  rows(sql: string): Generator<readonly ForeignValue[], void>
  close(): void
}

export type ForeignValue = string | number | bigint | Uint8Array | null

let loading: Promise<Sqlite> | undefined

/** Loads SQLite once for the process. Its `sql-wasm.wasm` is found beside the bundle, or beside the package. */
export function loadSqlite(): Promise<Sqlite> {
  loading ??= load()
  return loading
}

async function load(): Promise<Sqlite> {
  // Without this, SQLite's own mathematical functions are replaced by old ones that print warnings.
  const options: Parameters<typeof initSqlJs>[0] & { useOldExtensionFunctions: boolean } = {
    useOldExtensionFunctions: false,
  }
  const engine = await initSqlJs(options)
  const memory = createCopyMemory()
  return {
    open(image) {
      if (image === null) return new OpenConnection(new engine.Database(), () => {})
      // SQLite takes no bytes for a new database. Nobody hands it an image that was freed.
      if (image.length === 0) throw new Error('An image without a byte')
      // sql.js copies with `slice`, which for a Buffer is no copy: SQLite works in this memory until it has to grow.
      const copy = memory.copyOf(image)
      return new OpenConnection(new engine.Database(copy), () => memory.handBack(copy))
    },
    openForeign: (image) => withSqlErrors('open', () => new OpenForeign(new engine.Database(image))),
  }
}

class OpenForeign implements ForeignDatabase {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
    try {
      // What its schema says may call only what harms nothing.
      engine.exec('PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
      engine.exec('SELECT count(*) FROM sqlite_master')
    } catch (error) {
      engine.close()
      throw error
    }
  }

  columns(sql: string): string[] | null {
    return withSqlErrors(sql, () => {
      const statement = this.#engine.prepare(sql)
      try {
        const names = statement.getColumnNames()
        return names.length === 0 ? null : names
      } finally {
        statement.free()
      }
    })
  }

  *rows(sql: string): Generator<readonly ForeignValue[], void> {
    const statement = withSqlErrors(sql, () => this.#engine.prepare(sql))
    // Its types do not know of the second argument yet.
    const exact = statement as unknown as { get(values: null, how: { useBigInt: true }): readonly ForeignValue[] }
    try {
      while (withSqlErrors(sql, () => statement.step())) yield exact.get(null, { useBigInt: true })
    } finally {
      statement.free()
    }
  }

  close(): void {
    this.#engine.close()
  }
}

type Engine = InstanceType<Awaited<ReturnType<typeof initSqlJs>>['Database']>
type Statement = ReturnType<Engine['prepare']>

class OpenConnection implements Connection {
  readonly #engine: Engine
  readonly #onClosed: () => void
  readonly #statements = new Map<string, Prepared>()
  #isOpen = true

  constructor(engine: Engine, onClosed: () => void) {
    this.#engine = engine
    this.#onClosed = onClosed
    // The durable copy is the snapshot file; what SQLite journals inside the process is only for its own rollback.
    try {
      this.script('PRAGMA foreign_keys = ON; PRAGMA journal_mode = MEMORY; PRAGMA trusted_schema = OFF')
    } catch (error) {
      this.close()
      throw error
    }
  }

  all(sql: string, values: readonly SqlValue[] = []): SqlRow[] {
    return this.#query(sql, values, Number.POSITIVE_INFINITY)
  }

  get(sql: string, values: readonly SqlValue[] = []): SqlRow | undefined {
    return this.#query(sql, values, 1)[0]
  }

  run(sql: string, values: readonly SqlValue[] = []): number {
    this.#query(sql, values, Number.POSITIVE_INFINITY)
    return this.#engine.getRowsModified()
  }

  script(sql: string, values?: Readonly<Record<string, string>>): void {
    withSqlErrors(sql, () => this.#engine.exec(sql, values ? { ...values } : undefined))
  }

  totalChanges(): number {
    return Number(this.get('SELECT total_changes() AS changes')?.changes)
  }

  image(): Uint8Array {
    const image = withSqlErrors('export', () => this.#engine.export())
    // Releases before 1.15.2 switched foreign keys off here, silently.
    if (this.get('PRAGMA foreign_keys')?.foreign_keys !== 1) throw new Error('Export lost PRAGMA foreign_keys')
    return image
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#engine.close()
    this.#onClosed()
  }

  #query(sql: string, values: readonly SqlValue[], maxRows: number): SqlRow[] {
    return withSqlErrors(sql, () => {
      const prepared = this.#prepare(sql)
      checkValues(values, prepared.placeholders)
      try {
        prepared.statement.bind([...values] as Exclude<SqlValue, boolean>[])
        return readRows(prepared, maxRows)
      } finally {
        prepared.statement.reset()
      }
    })
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#engine.prepare(sql)
    const prepared = { statement, columns: statement.getColumnNames(), placeholders: countPlaceholders(sql) }
    this.#statements.set(sql, prepared)
    return prepared
  }
}

interface Prepared {
  statement: Statement
  columns: string[]
  placeholders: number
}

function readRows({ statement, columns }: Prepared, maxRows: number): SqlRow[] {
  const rows: SqlRow[] = []
  while (rows.length < maxRows && statement.step()) {
    const values = statement.get()
    rows.push(Object.fromEntries(columns.map((column, index) => [column, values[index] ?? null])))
  }
  return rows
}

/** Every statement is ours: a question mark is a placeholder wherever it stands. */
function countPlaceholders(sql: string): number {
  return sql.split('?').length - 1
}

/** SQLite would store NULL for a value that is missing or not a number. */
function checkValues(values: readonly unknown[], placeholders: number): void {
  if (values.length !== placeholders) throw new Error(`${values.length} values for ${placeholders} placeholders`)
  values.forEach((value, index) => {
    const isStorable =
      value === null ||
      typeof value === 'string' ||
      typeof value === 'boolean' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      value instanceof Uint8Array
    if (!isStorable) throw new Error(`Value ${index + 1} cannot be stored (${describeValue(value)})`)
  })
}

function describeValue(value: unknown): string {
  if (typeof value === 'number') return String(value)
  return value instanceof Date ? 'a Date' : typeof value
}

/** sql.js throws strings after a close, and errors that do not name the statement. */
function withSqlErrors<Result>(sql: string, work: () => Result): Result {
  try {
    return work()
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    throw new SqlError(`${message} (in: ${sql.trim().slice(0, 200)})`, { cause: thrown })
  }
}

/*
 * Every change works on a copy of the database and makes a new image of it. V8 collects all garbage each time when ten megabytes or so
 * outside its heap are new, which for a database of 1 MB took as long as the change itself. So copies use the memory of closed ones,
 * and an image that nobody needs any more goes back at once.
 */

interface CopyMemory {
  /** A copy of the bytes, which belongs to its user until it is handed back. */
  copyOf(bytes: Uint8Array): Buffer
  handBack(copy: Buffer): void
}

/** Beyond it, memory is worth more than time. */
const largestSpareBytes = 16 * 1024 * 1024

function createCopyMemory(): CopyMemory {
  let spare: Buffer | null = null
  return {
    copyOf(bytes) {
      const isEnough = spare !== null && spare.length >= bytes.length && spare.length <= 2 * roomFor(bytes.length)
      const memory = isEnough && spare ? spare : Buffer.allocUnsafeSlow(roomFor(bytes.length))
      if (isEnough) spare = null
      memory.set(bytes)
      return memory.subarray(0, bytes.length)
    },
    handBack(copy) {
      if (copy.buffer.byteLength <= largestSpareBytes) spare = Buffer.from(copy.buffer)
    },
  }
}

/** Databases grow by a page now and then. */
function roomFor(bytes: number): number {
  return Math.ceil(bytes * 1.125)
}

/** Gives an image's memory back before the garbage is collected. Its array is empty then. Node 20 can not, and collects it later. */
export function freeImage({ buffer, byteLength }: Uint8Array): void {
  const isAlone = buffer.byteLength === byteLength
  if (isAlone) (buffer as { transfer?(length: number): unknown }).transfer?.(0)
}
