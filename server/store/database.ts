/** What a column may hold. A boolean is stored as 0 or 1; `undefined`, dates and objects are refused. */
export type SqlValue = string | number | boolean | null | Uint8Array
export type SqlRow = Readonly<Record<string, string | number | null | Uint8Array>>

/** The narrow view of the database that queries get. Every `?` of the text takes one value. */
export interface ReadableDatabase {
  all(sql: string, values?: readonly SqlValue[]): SqlRow[]
  /** The first row; undefined when there is none. */
  get(sql: string, values?: readonly SqlValue[]): SqlRow | undefined
}

/** The view that changes get. */
export interface Database extends ReadableDatabase {
  /** Runs one statement; returns how many rows it inserted, changed or deleted. */
  run(sql: string, values?: readonly SqlValue[]): number
}
