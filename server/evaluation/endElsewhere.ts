import type { Clock } from '../runs/clock.ts'
import type { Runs } from '../runs/runs.ts'
import { isWorkedOnElsewhere, type KeptReport, type KeptReports } from './keptReports.ts'

export interface EndParts {
  kept: Pick<KeptReports, 'read' | 'wishEnd' | 'takeBack'>
  runs: Pick<Runs, 'list' | 'cancel'>
  clock: Pick<Clock, 'monotonic' | 'wait'>
}

/** As long as the owner of a run has, too, to come to rest. */
const patienceMs = 5_000
const lookMs = 100
const forEver = new AbortController().signal

/**
 * Asks the process that works on an evaluation to end it: a note beside the report keeps it from beginning with another candidate, and
 * the run under way is cancelled as any run of another process. Answers what is kept by then; its owner may not have answered in time.
 */
export async function endElsewhere(parts: EndParts, id: string): Promise<KeptReport | null> {
  const { kept, clock } = parts
  const askedAt = clock.monotonic()
  await kept.wishEnd(id)
  try {
    for (;;) {
      const found = await kept.read(id)
      if (found === null || !isWorkedOnElsewhere(found)) return found
      if (clock.monotonic() - askedAt >= patienceMs) return found
      await cancelRuns(parts, id)
      await clock.wait(lookMs, forEver)
    }
  } finally {
    // Who has not answered must not do it when nobody expects it any more.
    await kept.takeBack(id)
  }
}

async function cancelRuns({ runs }: EndParts, id: string): Promise<void> {
  const newest = await runs.list({ madeFor: 'evaluation' })
  if (!newest.ok) return
  for (const { runId, state, evaluation } of newest.value.rows) {
    if (evaluation === id && state === 'running') await runs.cancel(runId)
  }
}
