import type { RunView } from '../../../protocol/runs.ts'

/** A run that goes on, where a test says nothing else. */
export function viewOfRun(more: Partial<RunView> = {}): RunView {
  return {
    ...{ runId: '20261121t093000123z-4f7k2m', state: 'running', tasks: ['categorization'], source: 'tickets.jsonl' },
    counts: { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 },
    ...{ reason: null, routes: [], resultsPath: null, profile: null, revision: null },
    spent: { costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 },
    ...{ startedAt: '2026-11-21T09:30:00.123Z', finishedAt: null, parkedUntil: null },
    ...more,
  }
}
