import type { RunView } from '../../protocol/runs.ts'
import { sourceFolder } from '../files/sourceFolder.ts'
import type { JournalHeader } from '../journal/journalLines.ts'

/** What a run is, as it was started, beside how far it has come. */
export function runView(
  header: JournalHeader,
  label: string,
  progress: Pick<
    RunView,
    | 'state'
    | 'counts'
    | 'reason'
    | 'spent'
    | 'revision'
    | 'finishedAt'
    | 'workedMs'
    | 'parkedUntil'
    | 'batchSize'
    | 'hint'
    | 'labelMass'
    | 'resultsWritten'
    | 'notes'
  >,
): RunView {
  return {
    runId: header.runId,
    tasks: header.routes.map((route) => route.task),
    source: label,
    folder: sourceFolder(header.request.source),
    ...(header.evaluation ? { evaluation: header.evaluation } : {}),
    routes: header.routes,
    resultsPath: header.resultsPath,
    profile: header.profileFrom ?? null,
    ...(header.request.stopWhen ? { stopWhen: header.request.stopWhen } : {}),
    startedAt: header.startedAt,
    ...progress,
  }
}
