import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'

/** So many are read at once. */
export const pageRows = 100
const mostPages = 40
const mostAtATime = 2
/** Dragging the scroll bar passes thousands of pages: only where it rests is read. */
const restMs = 40

export interface RowSource<Row> {
  read(offset: number, limit: number, signal: AbortSignal): Promise<Outcome<{ rows: Row[]; total: number }>>
  onChange(): void
  /** Calls back after that many milliseconds. */
  later(act: () => void, milliseconds: number): void
}

/** The rows of a list of any length, a page at a time, as they are looked at. */
export class RowPages<Row> {
  readonly #source: RowSource<Row>
  readonly #pages = new Map<number, { rows: Row[]; age: number }>()
  readonly #closing = new AbortController()
  readonly #reading = new Set<number>()
  #wanted = { first: 0, last: 1 }
  #total: number | null = null
  #failed: Reason | null = null
  #age = 0
  #isWaiting = false

  constructor(source: RowSource<Row>) {
    this.#source = source
  }

  /** Null: nothing was read yet. */
  get total(): number | null {
    return this.#total
  }

  /** Why the last reading gave nothing; null: it did not fail. */
  get failed(): Reason | null {
    return this.#failed
  }

  /** Undefined: not read yet. */
  row(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / pageRows))?.rows[index % pageRows]
  }

  /** Whether a row that was read is so. */
  some(is: (row: Row) => boolean): boolean {
    return [...this.#pages.values()].some(({ rows }) => rows.some(is))
  }

  /** These rows are being looked at, `last` not included. */
  want(first: number, last: number): void {
    this.#wanted = { first, last }
    if (this.#total === null && this.#reading.size === 0) return this.#readMissing()
    if (this.#isWaiting || this.#missing().length === 0) return
    this.#isWaiting = true
    this.#source.later(() => {
      this.#isWaiting = false
      if (!this.#closing.signal.aborted) this.#readMissing()
    }, restMs)
  }

  /** What was read may be old: it is shown until it was read again. */
  refresh(): void {
    this.#age += 1
    this.#readMissing()
  }

  close(): void {
    this.#closing.abort()
  }

  #missing(): number[] {
    const { first, last } = this.#wanted
    const [from, to] = [Math.floor(first / pageRows), Math.floor(Math.max(last - 1, 0) / pageRows)]
    const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index)
    const isBeyondEnd = (page: number) => this.#total !== null && page > 0 && page * pageRows >= this.#total
    return numbers.filter(
      (page) => !isBeyondEnd(page) && !this.#reading.has(page) && this.#pages.get(page)?.age !== this.#age,
    )
  }

  #readMissing(): void {
    for (const page of this.#missing()) if (this.#reading.size < mostAtATime) void this.#readPage(page)
  }

  async #readPage(page: number): Promise<void> {
    const age = this.#age
    this.#reading.add(page)
    const outcome = await this.#source.read(page * pageRows, pageRows, this.#closing.signal)
    this.#reading.delete(page)
    if (this.#closing.signal.aborted) return
    if (outcome.ok) {
      this.#pages.delete(page)
      this.#pages.set(page, { rows: outcome.value.rows, age })
      for (const [oldest] of this.#pages) if (this.#pages.size > mostPages) this.#pages.delete(oldest)
      this.#total = outcome.value.total
      this.#failed = null
    } else this.#failed = outcome.reason
    this.#source.onChange()
    // What failed is read again when the person moves or something changes.
    if (outcome.ok) this.#readMissing()
  }
}
