import { maxPageRows } from '../../protocol/names.ts'
import type { Runs } from '../runs/runs.ts'
import { isWorkedOnElsewhere, type StoredReport, type StoredReports } from './storedReports.ts'

export interface ForgettingParts {
  stored: Pick<StoredReports, 'ids' | 'read' | 'forget' | 'forgetSource' | 'sourcesBefore'>
  runs: Pick<Runs, 'list' | 'remove'>
  log(line: string): void
}

/** A person who has estimated and not started by then has left. */
const strayMs = 24 * 3600 * 1000

/** With the runs that were made for it, which nobody could tell apart without it, and the texts that no other one was over. */
export async function forgetEvaluation(parts: ForgettingParts, { report, source }: StoredReport): Promise<void> {
  const { stored } = parts
  const runIds = report.candidates.flatMap(({ runId }) => (runId === null ? [] : [runId]))
  await forgetRuns(parts, runIds)
  await stored.forget(report.id)
  if (!(await sourcesInUse(parts)).has(source)) await stored.forgetSource(source)
}

/** What it says is lost; its runs say themselves what they were made for. */
export async function forgetUnreadable(parts: ForgettingParts, id: string): Promise<void> {
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Runs['list']>> = await parts.runs.list({
      cursor,
      limit: maxPageRows,
      madeFor: 'evaluation',
    })
    if (!page.ok) break
    const made = page.value.rows.filter(({ evaluation }) => evaluation === id)
    await forgetRuns(
      parts,
      made.map(({ runId }) => runId),
    )
    cursor = page.value.next
  } while (cursor !== null)
  await parts.stored.forget(id)
}

/** Those beyond the newest, and texts of estimates that nobody went on with. */
export async function forgetOldest(
  parts: ForgettingParts,
  { most, now, isLive }: { most: number; now: string; isLive(id: string): boolean },
): Promise<void> {
  const { stored } = parts
  for (const id of (await stored.ids()).slice(most)) {
    const found = isLive(id) ? null : await stored.read(id)
    if (found && !isWorkedOnElsewhere(found)) await forgetEvaluation(parts, found)
  }
  const used = await sourcesInUse(parts)
  for (const source of await stored.sourcesBefore(Date.parse(now) - strayMs)) {
    if (!used.has(source)) await stored.forgetSource(source)
  }
}

async function forgetRuns({ runs, log }: ForgettingParts, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) {
    const removed = await runs.remove(runId)
    if (!removed.ok && removed.reason.code !== 'not_found') log(removed.reason.message)
  }
}

async function sourcesInUse({ stored }: ForgettingParts): Promise<Set<string | undefined>> {
  const reports = await Promise.all((await stored.ids()).map((id) => stored.read(id)))
  return new Set(reports.map((report) => report?.source))
}
