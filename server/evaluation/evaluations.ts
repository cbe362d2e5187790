import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  type Candidate,
  type CandidateReport,
  type EvaluationEstimate,
  type EvaluationProgress,
  EvaluationReport,
  type EvaluationRequest,
} from '../../protocol/evaluation.ts'
import type { Label } from '../../protocol/labels.ts'
import { maxPageRows } from '../../protocol/names.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { RunRequest, RunView } from '../../protocol/runs.ts'
import { foldName } from '../domain/categoryNames.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { measureCandidate } from '../domain/measureCandidate.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { goldenPath } from '../labels/goldenPath.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import { fileErrorCode, type RunFiles } from '../runs/files.ts'
import { describeFileError } from '../runs/fileTrouble.ts'
import type { LoadedProfile, Runs } from '../runs/runs.ts'
import { chooseLabels, writeGoldenSource } from './goldenSource.ts'

export interface Evaluations {
  estimate(request: EvaluationRequest, signal: AbortSignal): Promise<Outcome<EvaluationEstimate>>
  start(request: EvaluationRequest): Promise<Outcome<EvaluationReport>>
  cancel(id: string): Promise<Outcome<EvaluationReport>>
  read(id: string): Promise<Outcome<EvaluationReport>>
  /** Begins nothing more; settles when what runs has come to rest, which whoever ends the runs sees to. */
  shutdown(): Promise<void>
}

export interface EvaluationParts {
  dataDir: string
  files: RunFiles
  golden: GoldenStore
  runs: Pick<Runs, 'estimate' | 'start' | 'cancel' | 'results'>
  loadProfile(choice: Pick<RunRequest, 'profile' | 'workspaceFolder'>): Promise<Outcome<LoadedProfile>>
  /** Told each view of a run of this process. */
  onRun(listener: (view: RunView) => void): { dispose(): void }
  tell(progress: EvaluationProgress): void
  log(line: string): void
  now(): string
}

interface Prepared {
  request: EvaluationRequest
  labels: Label[]
  profile: CompiledProfile
  golden: EvaluationReport['golden']
  /** All but who judges. */
  run: Omit<RunRequest, 'override'>
}

interface Live {
  report: EvaluationReport
  isCancelled: boolean
  ended: Promise<void>
}

export function createEvaluations(parts: EvaluationParts): Evaluations {
  const live = new Map<string, Live>()

  async function prepare(request: EvaluationRequest): Promise<Outcome<Prepared>> {
    const { workspaceFolder, profile: choice, tasks } = request
    const path = request.goldenPath ?? (workspaceFolder === undefined ? null : goldenPath(workspaceFolder))
    if (path === null) return invalid('', 'neither a golden set nor a folder that has one is named')
    const golden = await parts.golden.read(path)
    if (!golden.ok) return golden
    const profileOf = { ...(choice ? { profile: choice } : {}), ...(workspaceFolder ? { workspaceFolder } : {}) }
    const loaded = await parts.loadProfile(profileOf)
    if (!loaded.ok) return loaded
    const compiled = compileProfile(loaded.value.profile, loaded.value.from.name ?? undefined)
    if (!compiled.ok) return compiled
    const labels = chooseLabels(golden.value, request)
    if (labels.length === 0) return invalid(path, nothingIn(golden.value.lines.length))
    const source = await writeSource(labels)
    if (!source.ok) return source
    return succeed({
      request,
      labels,
      profile: compiled.value,
      golden: {
        path,
        labels: golden.value.labels.size,
        used: labels.length,
        broken: golden.value.problems.length,
        unknownCategories: unknownNames(labels, compiled.value),
      },
      run: { tasks, ...source.value, ...profileOf, output: { path: null, format: 'jsonl', none: true } },
    })
  }

  async function writeSource(labels: readonly Label[]): Promise<Outcome<Pick<RunRequest, 'source' | 'fields'>>> {
    try {
      return succeed(await writeGoldenSource(parts.files, parts.dataDir, labels))
    } catch (error) {
      return fail({ code: 'store_failed', detail: describeFileError(fileErrorCode(error)) })
    }
  }

  async function estimate(request: EvaluationRequest, signal: AbortSignal): Promise<Outcome<EvaluationEstimate>> {
    const prepared = await prepare(request)
    if (!prepared.ok) return prepared
    const candidates: EvaluationEstimate['candidates'] = []
    for (const candidate of request.candidates) {
      const told = await parts.runs.estimate(requestFor(prepared.value, candidate), signal)
      if (!told.ok && told.reason.code === 'cancelled') return told
      candidates.push({ candidate, estimate: told.ok ? told.value : null, reason: told.ok ? null : told.reason })
    }
    const estimates = candidates.map((each) => each.estimate).filter((each) => each !== null)
    return succeed({
      items: prepared.value.labels.length,
      candidates,
      costUsd: estimates.every(({ costUsd }) => costUsd !== null)
        ? estimates.reduce(
            ({ low, high }, { costUsd }) => ({ low: low + (costUsd?.low ?? 0), high: high + (costUsd?.high ?? 0) }),
            { low: 0, high: 0 },
          )
        : null,
      isCalled: estimates.some(
        ({ toJudge, routes }) => toJudge > 0 && routes.some(({ endpoint }) => endpoint !== null),
      ),
    })
  }

  async function start(request: EvaluationRequest): Promise<Outcome<EvaluationReport>> {
    const prepared = await prepare(request)
    if (!prepared.ok) return prepared
    const startedAt = parts.now()
    const id = `${startedAt.replaceAll(/[-:.]/g, '').toLowerCase()}-${randomUUID().slice(0, 6)}`
    const { tasks, candidates } = request
    const report: EvaluationReport = {
      id,
      state: 'running',
      golden: prepared.value.golden,
      tasks,
      candidates: candidates.map(waitingReport),
      startedAt,
      finishedAt: null,
    }
    const entry: Live = { report, isCancelled: false, ended: Promise.resolve() }
    live.set(id, entry)
    entry.ended = runAll(entry, prepared.value)
      .catch((error: unknown) => parts.log(`evaluation ${id}: ${error instanceof Error ? error.stack : String(error)}`))
      .finally(() => live.delete(id))
    return succeed(structuredClone(report))
  }

  async function runAll(entry: Live, prepared: Prepared): Promise<void> {
    const { report } = entry
    let spentUsd = 0
    for (const [place, candidate] of report.candidates.entries()) {
      if (entry.isCancelled) candidate.state = 'cancelled'
      else spentUsd += await runOne(entry, prepared, place, spentUsd)
    }
    const state: EvaluationReport['state'] = entry.isCancelled ? 'cancelled' : 'completed'
    const ended = { ...report, state, finishedAt: parts.now() }
    // Whoever sees it ended finds it kept.
    await keep(ended)
    entry.report = ended
    tell(ended, null)
  }

  /** Answers what it spent. */
  async function runOne(entry: Live, prepared: Prepared, place: number, spentUsd: number): Promise<number> {
    const report = entry.report.candidates[place] as CandidateReport
    const { maxCostUsd } = prepared.request
    const rest = maxCostUsd === undefined ? undefined : Math.max(1e-9, maxCostUsd - spentUsd)
    report.state = 'running'
    const views = followRuns(parts.onRun, (view) => {
      report.counts = view.counts
      tell(entry.report, report)
      if (entry.isCancelled) void parts.runs.cancel(view.runId)
    })
    try {
      const started = await parts.runs.start({
        ...requestFor(prepared, report.candidate),
        ...(rest === undefined ? {} : { maxCostUsd: rest }),
      })
      if (!started.ok) {
        report.state = 'failed'
        report.reason = started.reason
        return 0
      }
      const { runId, routes } = started.value
      Object.assign(report, { runId, name: nameOf(routes), kind: routes[0]?.kind ?? null })
      const ended = await views.end(started.value)
      const results = await readAll(runId)
      const pairs = prepared.labels.map((label) => ({ label, result: results.get(label.inputHash) ?? null }))
      Object.assign(report, measureCandidate(pairs, prepared.request.tasks, prepared.profile), {
        counts: ended.counts,
        reason: ended.reason,
        state: stateOf(ended, entry.isCancelled),
      })
      return ended.spent.costUsd
    } finally {
      views.dispose()
    }
  }

  async function readAll(runId: string): Promise<Map<string, ResultRecord>> {
    const results = new Map<string, ResultRecord>()
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Runs['results']>> = await parts.runs.results(runId, { cursor, limit: maxPageRows })
      if (!page.ok) break
      for (const record of page.value.rows) results.set(record.id, record)
      cursor = page.value.next
    } while (cursor !== null)
    return results
  }

  function tell({ id, state, candidates, golden }: EvaluationReport, current: CandidateReport | null): void {
    const done = candidates.reduce(
      (sum, { counts }) => sum + (counts ? counts.ok + counts.failed + counts.skipped : 0),
      0,
    )
    parts.tell({ id, state, current: current?.name ?? null, done, total: candidates.length * golden.used })
  }

  const placeOf = (id: string): string => join(parts.dataDir, 'evaluations', `${id}.json`)

  async function keep(report: EvaluationReport): Promise<void> {
    const path = placeOf(report.id)
    const handle = await parts.files.open(`${path}.tmp`, 'w', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(report, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await parts.files.rename(`${path}.tmp`, path)
  }

  async function read(id: string): Promise<Outcome<EvaluationReport>> {
    const running = live.get(id)
    if (running) return succeed(structuredClone(running.report))
    try {
      const handle = await parts.files.open(placeOf(id), 'r')
      try {
        const parsed = EvaluationReport.safeParse(JSON.parse(await handle.readFile('utf8')))
        if (parsed.success) return succeed(parsed.data)
      } finally {
        await handle.close()
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) fileErrorCode(error)
    }
    return fail({ code: 'not_found', what: 'evaluation', id })
  }

  return {
    estimate,
    start,
    read,
    async shutdown() {
      const running = [...live.values()]
      for (const each of running) each.isCancelled = true
      await Promise.all(running.map(({ ended }) => ended))
    },
    async cancel(id) {
      const running = live.get(id)
      if (!running) return await read(id)
      running.isCancelled = true
      for (const { state, runId } of running.report.candidates) {
        if (state === 'running' && runId !== null) await parts.runs.cancel(runId)
      }
      await running.ended
      return await read(id)
    },
  }
}

function requestFor({ run }: Prepared, { provider, model }: Candidate): RunRequest {
  return provider === null ? run : { ...run, override: { provider, ...(model === undefined ? {} : { model }) } }
}

/** A short run may have ended before the answer to its start is read, so views are kept from the beginning. */
function followRuns(onRun: EvaluationParts['onRun'], show: (view: RunView) => void) {
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

function stateOf({ state }: RunView, isCancelled: boolean): CandidateReport['state'] {
  if (state === 'completed') return 'done'
  return isCancelled || state === 'cancelled' || state === 'paused' ? 'cancelled' : 'failed'
}

function waitingReport(candidate: Candidate): CandidateReport {
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
    latencyMs: null,
    reused: 0,
  }
}

function nameOf(routes: RunView['routes']): string {
  return [...new Set(routes.map(({ provider, model }) => `${provider}/${model}`))].join(' + ')
}

function unknownNames(labels: readonly Label[], profile: CompiledProfile): string[] {
  const names = new Set(labels.flatMap(({ categories }) => categories ?? []))
  return [...names].filter((name) => !profile.byName.has(foldName(name))).slice(0, 100)
}

function nothingIn(lines: number): string {
  return lines === 0 ? 'it has no labels yet' : 'none of its labels says anything of these tasks'
}

function invalid(file: string, detail: string): Outcome<never> {
  return fail({ code: 'labels_failed', file: file || 'the golden set', detail })
}
