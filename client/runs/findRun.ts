import type { Result } from '../../protocol/contract.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'

/** Looks through the runs, newest first, until one matches; null: none does. */
export async function firstRun(api: Api, matches: (run: RunView) => boolean): Promise<RunView | null> {
  for await (const run of runs(api)) if (matches(run)) return run
  return null
}

export async function findRun(api: Api, runId: string): Promise<RunView | null> {
  const run = await api.request('run/get', { runId })
  return run.ok ? run.value : null
}

/** At most `limit` runs that match, newest first. */
export async function listRuns(api: Api, matches: (run: RunView) => boolean, limit: number): Promise<RunView[]> {
  const found: RunView[] = []
  for await (const run of runs(api)) {
    if (matches(run)) found.push(run)
    if (found.length >= limit) break
  }
  return found
}

async function* runs(api: Api): AsyncGenerator<RunView> {
  let cursor: string | null = null
  do {
    const page: Result<'run/list'> = await api.request('run/list', { cursor, madeFor: 'any' })
    if (!page.ok) throw new Error(page.reason.message)
    yield* page.value.rows
    cursor = page.value.next
  } while (cursor !== null)
}
