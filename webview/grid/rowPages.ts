import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'

export const pageRows = 100
const mostPages = 40
const mostAtATime = 2
/** Whoever drags the bar passes thousands of pages: only where it rests is read. */
const restMs = 40

export interface RowPages<Row> {
  /** Undefined: not read yet. */
  row(index: number): Row | undefined
  /** Null: nothing was read yet. */
  readonly total: number | null
  /** Why the last reading gave nothing; null: it did not fail. */
  readonly failed: Reason | null
  /** These rows are being looked at, `last` not included. */
  want(first: number, last: number): void
  /** What was read may be old: it is shown until it was read again. */
  refresh(): void
  close(): void
}

export interface RowPagesParts<Row> {
  read(offset: number, limit: number, signal: AbortSignal): Promise<Outcome<{ rows: Row[]; total: number }>>
  changed(): void
  /** Calls back after so many milliseconds. */
  later(act: () => void, milliseconds: number): void
}

/** The rows of a list of any length, a page at a time, as somebody looks at them. */
export function createRowPages<Row>({ read, changed, later }: RowPagesParts<Row>): RowPages<Row> {
  const pages = new Map<number, { rows: Row[]; age: number }>()
  const ending = new AbortController()
  const reading = new Set<number>()
  let wanted = { first: 0, last: 1 }
  let total: number | null = null
  let failed: Reason | null = null
  let age = 0
  let isWaiting = false

  function missing(): number[] {
    const [from, to] = [Math.floor(wanted.first / pageRows), Math.floor(Math.max(wanted.last - 1, 0) / pageRows)]
    const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index)
    const isThere = (page: number) => total !== null && page > 0 && page * pageRows >= total
    return numbers.filter((page) => !isThere(page) && !reading.has(page) && pages.get(page)?.age !== age)
  }

  function readMissing() {
    for (const page of missing()) if (reading.size < mostAtATime) void readPage(page)
  }

  async function readPage(page: number): Promise<void> {
    const asked = age
    reading.add(page)
    const outcome = await read(page * pageRows, pageRows, ending.signal)
    reading.delete(page)
    if (ending.signal.aborted) return
    if (outcome.ok) {
      pages.delete(page)
      pages.set(page, { rows: outcome.value.rows, age: asked })
      for (const [oldest] of pages) if (pages.size > mostPages) pages.delete(oldest)
      total = outcome.value.total
      failed = null
    } else failed = outcome.reason
    changed()
    // What failed is asked for again when somebody moves or something changes.
    if (outcome.ok) readMissing()
  }

  return {
    row: (index) => pages.get(Math.floor(index / pageRows))?.rows[index % pageRows],
    get total() {
      return total
    },
    get failed() {
      return failed
    },
    want(first, last) {
      wanted = { first, last }
      if (total === null && reading.size === 0) return readMissing()
      if (isWaiting || missing().length === 0) return
      isWaiting = true
      later(() => {
        isWaiting = false
        if (!ending.signal.aborted) readMissing()
      }, restMs)
    },
    refresh() {
      age += 1
      readMissing()
    },
    close: () => ending.abort(),
  }
}
