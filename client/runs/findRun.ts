import type { Result } from '../../protocol/contract.ts'
import type { RunView } from '../../protocol/runs.ts'
import type { Api } from '../connection/api.ts'

export async function findRun(api: Api, runId: string): Promise<RunView | null> {
  const run = await api.request('run/get', { runId })
  return run.ok ? run.value : null
}

/** At most `limit` runs that match, newest first. */
export async function listRuns(api: Api, matches: (run: RunView) => boolean, limit: number): Promise<RunView[]> {
  const found: RunView[] = []
  let cursor: string | null = null
  do {
    const page: Result<'run/list'> = await api.request('run/list', { cursor, madeFor: 'any' })
    if (!page.ok) throw new Error(page.reason.message)
    found.push(...page.value.rows.filter(matches))
    cursor = page.value.next
  } while (cursor !== null && found.length < limit)
  return found.slice(0, limit)
}
