import { randomUUID } from 'node:crypto'
import {
  type CandidateReport,
  type EvaluationEstimate,
  type EvaluationProgress,
  type EvaluationReport,
  type EvaluationRequest,
  type EvaluationSummary,
  mostEvaluations,
} from '../../protocol/evaluation.ts'
import { maxPageRows, type Page } from '../../protocol/names.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { say, worded } from '../../protocol/told.ts'
import { fileErrorCode } from '../runs/files.ts'
import { tellFileError } from '../runs/fileTrouble.ts'
import type { Runs } from '../runs/runs.ts'
import { type JudgingParts, judgeCandidate, waitingReport } from './judgeCandidate.ts'
import {
  createKeptReports,
  type EndParts,
  endElsewhere,
  isWorkedOnElsewhere,
  type KeptReport,
  ownOwner,
  summariseReport,
  withoutItsProcess,
} from './keptReports.ts'
import {
  estimateEvaluation,
  type PreparationParts,
  type PreparedEvaluation,
  prepareEvaluation,
} from './prepareEvaluation.ts'

export interface Evaluations {
  estimate(request: EvaluationRequest, signal: AbortSignal): Promise<Outcome<EvaluationEstimate>>
  start(request: EvaluationRequest): Promise<Outcome<EvaluationReport>>
  cancel(id: string): Promise<Outcome<EvaluationReport>>
  read(id: string): Promise<Outcome<EvaluationReport>>
  list(page?: { cursor?: string | null | undefined; limit: number } | null): Promise<Outcome<EvaluationPage>>
  remove(id: string): Promise<Outcome<null>>
  /** Begins nothing more; settles when what runs has come to rest, which whoever ends the runs sees to. */
  shutdown(): Promise<void>
}

export interface EvaluationParts extends PreparationParts, JudgingParts {
  runs: Pick<Runs, 'estimate' | 'start' | 'cancel' | 'results' | 'list' | 'remove'>
  clock: EndParts['clock']
  tell(progress: EvaluationProgress): void
  /** One was added, has ended or was removed: lists are out of date. */
  changed(): void
  log(line: string): void
  now(): string
  /** Absent: `mostEvaluations`. */
  most?: number
}

type EvaluationPage = Page<EvaluationSummary> & { unreadable: string[] }

interface Live {
  report: EvaluationReport
  source: string
  ending: 'cancelled' | 'interrupted' | null
  ended: Promise<void>
}

/** Whoever estimates, and has not started by then, has left. */
const strayMs = 24 * 3600 * 1000

/** Reports that could not be written are told as long as this process lives. */
const mostUnkept = 5

export function createEvaluations(parts: EvaluationParts): Evaluations {
  const kept = createKeptReports(parts.files, parts.dataDir)
  const live = new Map<string, Live>()
  const unkept = new Map<string, EvaluationReport>()

  async function start(request: EvaluationRequest): Promise<Outcome<EvaluationReport>> {
    const prepared = await prepareEvaluation(parts, request)
    if (!prepared.ok) return prepared
    const startedAt = parts.now()
    const report: EvaluationReport = {
      id: `${startedAt.replaceAll(/[-:.]/g, '').toLowerCase()}-${randomUUID().slice(0, 6)}`,
      state: 'running',
      reason: null,
      golden: prepared.value.golden,
      tasks: request.tasks,
      candidates: request.candidates.map(waitingReport),
      startedAt,
      finishedAt: null,
    }
    const entry: Live = { report, source: prepared.value.source, ending: null, ended: Promise.resolve() }
    const reason = await keep(entry)
    if (reason) return { ok: false, reason }
    live.set(report.id, entry)
    entry.ended = judgeAll(entry, prepared.value)
      .catch((error: unknown) => breakOff(entry, error))
      .finally(() => live.delete(report.id))
    parts.changed()
    return succeed(structuredClone(report))
  }

  async function judgeAll(entry: Live, prepared: PreparedEvaluation): Promise<void> {
    const { report } = entry
    const { maxCostUsd } = prepared.request
    let spentUsd = 0
    for (const candidate of report.candidates) {
      if (entry.ending === 'cancelled') candidate.state = 'cancelled'
      if (entry.ending !== null) continue
      spentUsd += await judgeCandidate(parts, prepared, candidate, {
        evaluation: report.id,
        // A cap of nothing is none: what is spent to the last cent leaves as good as nothing.
        maxCostUsd: maxCostUsd === undefined ? undefined : Math.max(1e-9, maxCostUsd - spentUsd),
        isEnding: () => entry.ending !== null,
        tell: () => tell(report, candidate),
      })
      // What was measured outlives a process that dies with the next one.
      if (entry.ending === null) await keep(entry)
      await heedWish(entry)
    }
    await end(entry, { state: entry.ending ?? 'completed', reason: null })
  }

  /** Another process has cancelled it, and the run under way with it. */
  async function heedWish(entry: Live): Promise<void> {
    if (entry.ending === null && (await kept.isEndWished(entry.report.id))) entry.ending = 'cancelled'
  }

  /** A defect of ours: whoever waits for the end hears of it all the same. */
  async function breakOff(entry: Live, error: unknown): Promise<void> {
    parts.log(`evaluation ${entry.report.id}: ${error instanceof Error ? error.stack : String(error)}`)
    const detail = error instanceof Error ? error.message : String(error)
    const { reason } = fail({ code: 'internal_error', detail })
    for (const candidate of entry.report.candidates) {
      if (candidate.state === 'running') Object.assign(candidate, { state: 'failed', reason })
    }
    await end(entry, { state: 'failed', reason })
  }

  /** Whoever hears that it has ended finds it kept. */
  async function end(entry: Live, how: Pick<EvaluationReport, 'state' | 'reason'>): Promise<void> {
    const ended = { ...entry.report, ...how, finishedAt: parts.now() }
    const trouble = await keep({ ...entry, report: ended })
    if (trouble) {
      ended.reason ??= trouble
      unkept.set(ended.id, ended)
      for (const id of [...unkept.keys()].slice(0, -mostUnkept)) unkept.delete(id)
    }
    entry.report = ended
    await kept.takeBack(ended.id)
    await forgetOldest()
    tell(ended, null)
    parts.changed()
  }

  async function keep({ report, source }: Pick<Live, 'report' | 'source'>): Promise<Reason | null> {
    try {
      await kept.keep({ version: 1, owner: report.state === 'running' ? ownOwner() : null, source, report })
      return null
    } catch (error) {
      return fail({ code: 'store_failed', ...worded('detail', tellFileError(fileErrorCode(error))) }).reason
    }
  }

  function tell({ id, state, candidates, golden }: EvaluationReport, current: CandidateReport | null): void {
    const done = candidates.reduce(
      (sum, { counts }) => sum + (counts ? counts.ok + counts.failed + counts.skipped : 0),
      0,
    )
    parts.tell({ id, state, current: current?.name ?? null, done, total: candidates.length * golden.used })
  }

  /** What nobody works on has ended, whatever it says of itself. */
  const asItIs = (found: KeptReport): EvaluationReport =>
    isWorkedOnElsewhere(found) ? found.report : withoutItsProcess(found.report)

  async function read(id: string): Promise<Outcome<EvaluationReport>> {
    const known = live.get(id)?.report ?? unkept.get(id)
    if (known) return succeed(structuredClone(known))
    const found = await kept.read(id)
    if (found) return succeed(asItIs(found))
    return (await kept.isThere(id)) ? unreadable(id) : notFound(id)
  }

  async function list(page: Parameters<Evaluations['list']>[0]): Promise<Outcome<EvaluationPage>> {
    const { cursor, limit } = { cursor: page?.cursor ?? null, limit: page?.limit ?? maxPageRows }
    const ids = [...new Set([...unkept.keys(), ...(await kept.ids())])].sort().reverse()
    const after = cursor === null ? ids : ids.filter((id) => id < cursor)
    const shown = after.slice(0, limit)
    const reports = await Promise.all(shown.map(read))
    return succeed({
      rows: reports.flatMap((report) => (report.ok ? [summariseReport(report.value)] : [])),
      // One that was deleted meanwhile is none.
      unreadable: shown.filter((_, place) => {
        const report = reports[place]
        return report?.ok === false && report.reason.code !== 'not_found'
      }),
      next: after.length > shown.length ? (shown.at(-1) ?? null) : null,
    })
  }

  async function remove(id: string): Promise<Outcome<null>> {
    if (live.has(id)) return busy(id, process.pid)
    const isUnkept = unkept.delete(id)
    const found = await kept.read(id)
    if (!found && !(await kept.isThere(id))) return isUnkept ? succeed(null) : notFound(id)
    if (found?.owner && isWorkedOnElsewhere(found)) return busy(id, found.owner.pid)
    if (found) await forget(found)
    else await forgetUnreadable(id)
    parts.changed()
    return succeed(null)
  }

  /** What it says is lost; its runs say themselves what they were made for. */
  async function forgetUnreadable(id: string): Promise<void> {
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Runs['list']>> = await parts.runs.list({
        cursor,
        limit: maxPageRows,
        madeFor: 'evaluation',
      })
      if (!page.ok) break
      await forgetRuns(page.value.rows.flatMap(({ runId, evaluation }) => (evaluation === id ? [runId] : [])))
      cursor = page.value.next
    } while (cursor !== null)
    await kept.forget(id)
  }

  async function forgetRuns(runIds: readonly string[]): Promise<void> {
    for (const runId of runIds) {
      const removed = await parts.runs.remove(runId)
      if (!removed.ok && removed.reason.code !== 'not_found') parts.log(removed.reason.message)
    }
  }

  /** With the runs that were made for it, which nobody could tell apart without it, and the texts that no other one was over. */
  async function forget({ report, source }: KeptReport): Promise<void> {
    await forgetRuns(report.candidates.flatMap(({ runId }) => (runId === null ? [] : [runId])))
    await kept.forget(report.id)
    const others = await Promise.all((await kept.ids()).map(kept.read))
    if (others.every((other) => other?.source !== source)) await kept.forgetSource(source)
  }

  async function forgetOldest(): Promise<void> {
    for (const id of (await kept.ids()).slice(parts.most ?? mostEvaluations)) {
      const found = live.has(id) ? null : await kept.read(id)
      if (found && !isWorkedOnElsewhere(found)) await forget(found)
    }
    const used = new Set((await Promise.all((await kept.ids()).map(kept.read))).map((report) => report?.source))
    const strays = await kept.sourcesBefore(Date.parse(parts.now()) - strayMs)
    for (const source of strays) if (!used.has(source)) await kept.forgetSource(source)
  }

  return {
    estimate: (request, signal) => estimateEvaluation(parts, request, signal),
    start,
    read,
    list,
    remove,
    async cancel(id) {
      const running = live.get(id)
      if (!running) {
        const found = await kept.read(id)
        const ended = found && isWorkedOnElsewhere(found) ? await endElsewhere({ ...parts, kept }, id) : found
        return ended?.owner && isWorkedOnElsewhere(ended) ? busy(id, ended.owner.pid) : await read(id)
      }
      running.ending ??= 'cancelled'
      for (const { state, runId } of running.report.candidates) {
        if (state === 'running' && runId !== null) await parts.runs.cancel(runId)
      }
      await running.ended
      return await read(id)
    },
    async shutdown() {
      const running = [...live.values()]
      for (const each of running) each.ending ??= 'interrupted'
      await Promise.all(running.map(({ ended }) => ended))
    },
  }
}

function unreadable(id: string): Outcome<never> {
  return fail({ code: 'store_invalid', ...worded('detail', say('the comparison {0} cannot be read', id)) })
}

function notFound(id: string): Outcome<never> {
  return fail({ code: 'not_found', what: 'evaluation', id })
}

function busy(id: string, pid: number): Outcome<never> {
  return fail({ code: 'run_busy', runId: id, pid })
}
