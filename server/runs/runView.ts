import type { RunCounts, RunProgress, RunRequest, RunSpent, RunView } from '../../protocol/runs.ts'
import { csvShapeOf } from '../../shared/resultCsv.ts'
import { reviewFloors } from '../domain/reviewFloors.ts'
import { sourceFolder } from '../files/sourceFolder.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import type { CountedTotal } from './sourceCount.ts'

/** What a run is, as it was started, beside how far it has come. */
export function runView(
  header: JournalHeader,
  label: string,
  progress: Pick<
    RunView,
    | 'state'
    | 'counts'
    | 'progress'
    | 'reason'
    | 'spent'
    | 'revision'
    | 'finishedAt'
    | 'workedMs'
    | 'parkedUntil'
    | 'batchSize'
    | 'hint'
    | 'fellBack'
    | 'lane'
    | 'cascade'
    | 'labelMass'
    | 'resultsWritten'
    | 'notes'
  >,
): RunView {
  return {
    runId: header.runId,
    tasks: header.routes.map((route) => route.task),
    source: label,
    ...(isRemembered(header.request) ? { isRemembered: true } : {}),
    folder: sourceFolder(header.request.source),
    ...(header.evaluation ? { evaluation: header.evaluation } : {}),
    ...(header.secondOf ? { secondOf: header.secondOf } : {}),
    routes: header.routes,
    resultsPath: header.resultsPath,
    profile: header.profileFrom ?? null,
    ...(header.profile.criteria ? { criteria: header.profile.criteria } : {}),
    ...(csvShapeOf(header.profile).hasEvidence ? { hasEvidence: true as const } : {}),
    ...(reviewFloors(header.profile).size > 0 ? { hasReview: true } : {}),
    ...(header.request.stopWhen ? { stopWhen: header.request.stopWhen } : {}),
    startedAt: header.startedAt,
    ...progress,
  }
}

function isRemembered({ source }: RunRequest): boolean {
  return source.kind === 'paths' && Object.keys(source.remembered ?? {}).length > 0
}

/** `total` null: nobody has counted yet; `rate` null: unknown, or nothing goes on. */
export function runProgress({
  counts: { ok, failed, skipped, reused = 0 },
  spent: { unpricedCalls, costUsd, input, output },
  total,
  rate,
}: {
  counts: RunCounts
  spent: RunSpent
  total: CountedTotal | null
  rate: number | null
}): RunProgress {
  const done = ok + failed + skipped
  // A run that goes on may have results of items that are no longer there, until it has read to the end.
  const items = total && Math.max(total.items, done)
  return {
    total: items,
    isTotalExact: total?.isExact ?? false,
    done,
    reused,
    rate: rate === null ? null : Number(rate.toPrecision(3)),
    secondsLeft: items === null || rate === null || rate === 0 ? null : Math.round((items - done) / rate),
    costUsd: unpricedCalls > 0 ? null : costUsd,
    tokens: input + output,
  }
}
