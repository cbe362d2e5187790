import type { Page } from '../protocol/names.ts'
import type { Outcome } from '../protocol/outcome.ts'
import type { RunView } from '../protocol/runs.ts'

/** Reads a page of the runs, the newest first; null: the first page. */
type ListRuns = (cursor: string | null) => Promise<Outcome<Page<RunView>>>

/** The newest run whose results are in this file, which has verdicts and no texts; null: it is no results file, or of no known run. */
export async function findRunOfResults(file: string, list: ListRuns): Promise<RunView | null> {
  if (!/\.results\.[a-z]+$/.test(file)) return null
  for (let cursor: string | null = null; ; ) {
    const page: Outcome<Page<RunView>> = await list(cursor)
    if (!page.ok) return null
    const run = page.value.rows.find(({ resultsPath }) => resultsPath === file)
    if (run || page.value.next === null) return run ?? null
    cursor = page.value.next
  }
}
