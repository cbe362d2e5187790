import type { Candidate, CandidateReport } from '../../protocol/evaluation.ts'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunView } from '../../protocol/runs.ts'
import { measureCandidate } from '../domain/measureCandidate.ts'
import type { Runs } from '../runs/runs.ts'
import { type PreparedEvaluation, requestFor } from './prepareEvaluation.ts'

export interface JudgingParts {
  runs: Pick<Runs, 'start' | 'cancel' | 'results'>
  /** Called with each view of a run of this process. */
  onRun(listener: (view: RunView) => void): { dispose(): void }
}

export interface JudgingOptions {
  evaluation: string
  /** What it may cost; absent: nothing was said. */
  maxCostUsd: number | undefined
  isEnding(): boolean
  /** The report has changed. */
  onProgress(): void
}

/** One candidate from its run to its figures, written into `report`. Answers what it spent. */
export async function judgeCandidate(
  parts: JudgingParts,
  prepared: PreparedEvaluation,
  report: CandidateReport,
  { evaluation, maxCostUsd, isEnding, onProgress }: JudgingOptions,
): Promise<number> {
  report.state = 'running'
  const views = followRuns(parts.onRun, (view) => {
    report.counts = view.counts
    onProgress()
    if (isEnding()) void parts.runs.cancel(view.runId)
  })
  try {
    const request = { ...requestFor(prepared, report.candidate), ...(maxCostUsd === undefined ? {} : { maxCostUsd }) }
    const started = await parts.runs.start(request, { evaluation })
    if (!started.ok) {
      Object.assign(report, { state: 'failed', reason: started.reason })
      return 0
    }
    const { runId, routes } = started.value
    Object.assign(report, { runId, name: nameOf(routes), kind: routes[0]?.kind ?? null })
    const ended = await views.end(started.value)
    const results = await readResults(parts.runs, runId)
    if (!results.ok) {
      // Figures of a part of the items would be taken for those of all.
      Object.assign(report, { counts: ended.counts, state: 'failed', reason: results.reason })
      return ended.spent.costUsd
    }
    const pairs = prepared.labels.map((label) => ({ label, result: results.value.get(label.inputHash) ?? null }))
    Object.assign(report, measureCandidate(pairs, prepared.request.tasks, prepared.profile), {
      counts: ended.counts,
      reason: ended.reason,
      state: stateOf(ended),
    })
    return ended.spent.costUsd
  } finally {
    views.dispose()
  }
}

async function readResults(runs: JudgingParts['runs'], runId: string): Promise<Outcome<Map<string, ResultRecord>>> {
  const results = new Map<string, ResultRecord>()
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<Runs['results']>> = await runs.results(runId, { cursor, limit: maxPageRows })
    if (!page.ok) return page
    for (const record of page.value.rows) results.set(record.id, record)
    cursor = page.value.next
  } while (cursor !== null)
  return succeed(results)
}

/** A short run may have ended before the answer to its start is read, so views are kept from the beginning. */
function followRuns(onRun: JudgingParts['onRun'], show: (view: RunView) => void) {
  const latest = new Map<string, RunView>()
  let onView: (view: RunView) => void = () => undefined
  const listening = onRun((view) => {
    latest.set(view.runId, view)
    onView(view)
  })
  return {
    dispose: () => listening.dispose(),
    end: (started: RunView) =>
      new Promise<RunView>((resolve) => {
        onView = (view) => {
          if (view.runId !== started.runId) return
          show(view)
          if (view.state !== 'running') resolve(view)
        }
        onView(latest.get(started.runId) ?? started)
      }),
  }
}

/** A person may also have cancelled or paused the run itself. */
function stateOf({ state }: RunView): CandidateReport['state'] {
  if (state === 'completed') return 'done'
  if (state === 'interrupted') return 'interrupted'
  return state === 'cancelled' || state === 'paused' ? 'cancelled' : 'failed'
}

export function waitingReport(candidate: Candidate): CandidateReport {
  const { provider, model } = candidate
  return {
    candidate,
    name: provider === null ? 'the routes' : model === undefined ? provider : `${provider}/${model}`,
    kind: null,
    runId: null,
    state: 'waiting',
    reason: null,
    counts: null,
    categorization: null,
    scoring: null,
    costUsd: null,
    input: 0,
    output: 0,
    tokensPerItem: null,
    secondsPerItem: null,
    latencyMs: null,
    reused: 0,
  }
}

function nameOf(routes: RunView['routes']): string {
  return [...new Set(routes.map(({ provider, model }) => `${provider}/${model}`))].join(' + ')
}
