import type { Page } from '../../protocol/names.ts'

/**
 * A page in falling order of a row number. The cursor is the number of the last row before it, so rows that are added or removed
 * meanwhile neither repeat nor hide others. A cursor that is not one of ours means from the start.
 */
export function pageByNumber<Row>(
  page: { cursor?: string | null | undefined; limit: number },
  fetch: (before: number, limit: number) => { number: number; row: Row }[],
): Page<Row> {
  const before = /^\d{1,15}$/.test(page.cursor ?? '') ? Number(page.cursor) : Number.MAX_SAFE_INTEGER
  const found = fetch(before, page.limit + 1)
  const shown = found.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(({ row }) => row),
    next: found.length > shown.length && last ? String(last.number) : null,
  }
}
