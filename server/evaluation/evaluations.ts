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
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError, fileErrorInEnglish } from '../files/fileTrouble.ts'
import type { Calibrations } from '../results/calibrations.ts'
import type { Runs } from '../runs/runs.ts'
import { forgetEvaluation, forgetOldest, forgetUnreadable } from './forgetEvaluation.ts'
import { type JudgingParts, judgeCandidate, waitingReport } from './judgeCandidate.ts'
import {
  estimateEvaluation,
  type PreparationParts,
  type PreparedEvaluation,
  prepareEvaluation,
} from './prepareEvaluation.ts'
import {
  type EndParts,
  endElsewhere,
  isWorkedOnElsewhere,
  ownOwner,
  type StoredReport,
  StoredReports,
  summariseReport,
  withoutItsProcess,
} from './storedReports.ts'

export interface EvaluationParts extends PreparationParts, JudgingParts {
  runs: Pick<Runs, 'estimate' | 'start' | 'cancel' | 'results' | 'list' | 'remove'>
  clock: EndParts['clock']
  /** Keeps what corrects confidences. Absent: it is told in the report, and not used. */
  calibrations?: Pick<Calibrations, 'save'>
  onProgress(progress: EvaluationProgress): void
  /** One was added, has ended or was removed: lists are out of date. */
  onChange(): void
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

/** Reports that could not be written are shown as long as this process lives. */
const mostUnsaved = 5

/** Comparisons of models with what people said: one candidate after the other, each an ordinary run. */
export class Evaluations {
  readonly #parts: EvaluationParts
  readonly #stored: StoredReports
  readonly #live = new Map<string, Live>()
  readonly #unsaved = new Map<string, EvaluationReport>()

  constructor(parts: EvaluationParts) {
    this.#parts = parts
    this.#stored = new StoredReports(parts.files, parts.dataDir)
  }

  estimate(request: EvaluationRequest, signal: AbortSignal): Promise<Outcome<EvaluationEstimate>> {
    return estimateEvaluation(this.#parts, request, signal)
  }

  async start(request: EvaluationRequest): Promise<Outcome<EvaluationReport>> {
    const prepared = await prepareEvaluation(this.#parts, request)
    if (!prepared.ok) return prepared
    const startedAt = this.#parts.now()
    const report: EvaluationReport = {
      id: `${startedAt.replaceAll(/[-:.]/g, '').toLowerCase()}-${randomUUID().slice(0, 6)}`,
      state: 'running',
      reason: null,
      golden: prepared.value.golden,
      tasks: request.tasks,
      profileHash: prepared.value.profileHash,
      candidates: request.candidates.map(waitingReport),
      startedAt,
      finishedAt: null,
    }
    const entry: Live = { report, source: prepared.value.source, ending: null, ended: Promise.resolve() }
    const reason = await this.#save(entry)
    if (reason) return { ok: false, reason }
    this.#live.set(report.id, entry)
    entry.ended = this.#judgeAll(entry, prepared.value)
      .catch((error: unknown) => this.#breakOff(entry, error))
      .finally(() => this.#live.delete(report.id))
    this.#parts.onChange()
    return succeed(structuredClone(report))
  }

  async cancel(id: string): Promise<Outcome<EvaluationReport>> {
    const running = this.#live.get(id)
    if (!running) {
      const found = await this.#stored.read(id)
      const ended =
        found && isWorkedOnElsewhere(found) ? await endElsewhere({ ...this.#parts, stored: this.#stored }, id) : found
      return ended?.owner && isWorkedOnElsewhere(ended) ? busy(id, ended.owner.pid) : await this.read(id)
    }
    running.ending ??= 'cancelled'
    for (const { state, runId } of running.report.candidates) {
      if (state === 'running' && runId !== null) await this.#parts.runs.cancel(runId)
    }
    await running.ended
    return await this.read(id)
  }

  async read(id: string): Promise<Outcome<EvaluationReport>> {
    const known = this.#live.get(id)?.report ?? this.#unsaved.get(id)
    if (known) return succeed(structuredClone(known))
    const found = await this.#stored.read(id)
    if (found) return succeed(this.#asItIs(found))
    return (await this.#stored.isThere(id)) ? unreadable(id) : notFound(id)
  }

  async list(page?: { cursor?: string | null | undefined; limit: number } | null): Promise<Outcome<EvaluationPage>> {
    const { cursor, limit } = { cursor: page?.cursor ?? null, limit: page?.limit ?? maxPageRows }
    const ids = [...new Set([...this.#unsaved.keys(), ...(await this.#stored.ids())])].sort().reverse()
    const after = cursor === null ? ids : ids.filter((id) => id < cursor)
    const shown = after.slice(0, limit)
    const reports = await Promise.all(shown.map((id) => this.read(id)))
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

  async remove(id: string): Promise<Outcome<null>> {
    if (this.#live.has(id)) return busy(id, process.pid)
    const isUnsaved = this.#unsaved.delete(id)
    const found = await this.#stored.read(id)
    if (!found && !(await this.#stored.isThere(id))) return isUnsaved ? succeed(null) : notFound(id)
    if (found?.owner && isWorkedOnElsewhere(found)) return busy(id, found.owner.pid)
    const parts = { stored: this.#stored, ...this.#parts }
    if (found) await forgetEvaluation(parts, found)
    else await forgetUnreadable(parts, id)
    this.#parts.onChange()
    return succeed(null)
  }

  /** Begins nothing more; settles when what runs has come to rest, which the end of the runs sees to. */
  async shutdown(): Promise<void> {
    const running = [...this.#live.values()]
    for (const each of running) each.ending ??= 'interrupted'
    await Promise.all(running.map(({ ended }) => ended))
  }

  async #judgeAll(entry: Live, prepared: PreparedEvaluation): Promise<void> {
    const { report } = entry
    const { maxCostUsd } = prepared.request
    let spentUsd = 0
    for (const candidate of report.candidates) {
      if (entry.ending === 'cancelled') candidate.state = 'cancelled'
      if (entry.ending !== null) continue
      spentUsd += await judgeCandidate(this.#parts, prepared, candidate, {
        evaluation: report.id,
        // A cap of nothing is none: what is spent to the last cent leaves as good as nothing.
        maxCostUsd: maxCostUsd === undefined ? undefined : Math.max(1e-9, maxCostUsd - spentUsd),
        isEnding: () => entry.ending !== null,
        onProgress: () => this.#reportProgress(report, candidate),
      })
      // What was measured outlives a process that dies with the next one.
      if (entry.ending === null) await this.#save(entry)
      if (candidate.state === 'done') await this.#keepCorrections(candidate)
      await this.#applyCancel(entry)
    }
    await this.#end(entry, { state: entry.ending ?? 'completed', reason: null })
  }

  /** A disk that is full costs the corrections, and not the figures. */
  async #keepCorrections({ categorization, name }: CandidateReport): Promise<void> {
    try {
      await this.#parts.calibrations?.save(categorization?.confidence ?? [], this.#parts.now())
    } catch (error) {
      this.#parts.log(`calibration of ${name}: ${fileErrorInEnglish(fileErrorCode(error))}`)
    }
  }

  /** Another process has cancelled it, and the run under way with it. */
  async #applyCancel(entry: Live): Promise<void> {
    if (entry.ending === null && (await this.#stored.isCancelRequested(entry.report.id))) entry.ending = 'cancelled'
  }

  /** A defect of ours: those who wait for the end hear of it all the same. */
  async #breakOff(entry: Live, error: unknown): Promise<void> {
    this.#parts.log(`evaluation ${entry.report.id}: ${error instanceof Error ? error.stack : String(error)}`)
    const detail = error instanceof Error ? error.message : String(error)
    const { reason } = fail({ code: 'internal_error', detail })
    for (const candidate of entry.report.candidates) {
      if (candidate.state === 'running') Object.assign(candidate, { state: 'failed', reason })
    }
    await this.#end(entry, { state: 'failed', reason })
  }

  /** Those who hear that it has ended find it stored. */
  async #end(entry: Live, how: Pick<EvaluationReport, 'state' | 'reason'>): Promise<void> {
    const ended = { ...entry.report, ...how, finishedAt: this.#parts.now() }
    const failure = await this.#save({ ...entry, report: ended })
    if (failure) {
      ended.reason ??= failure
      this.#unsaved.set(ended.id, ended)
      for (const id of [...this.#unsaved.keys()].slice(0, -mostUnsaved)) this.#unsaved.delete(id)
    }
    entry.report = ended
    await this.#stored.withdrawRequest(ended.id)
    const { most = mostEvaluations, now } = this.#parts
    await forgetOldest(
      { stored: this.#stored, ...this.#parts },
      { most, now: now(), isLive: (each) => this.#live.has(each) },
    )
    this.#reportProgress(ended, null)
    this.#parts.onChange()
  }

  async #save({ report, source }: Pick<Live, 'report' | 'source'>): Promise<Reason | null> {
    try {
      await this.#stored.save({ version: 1, owner: report.state === 'running' ? ownOwner() : null, source, report })
      return null
    } catch (error) {
      return fail({ code: 'store_failed', ...withMessage('detail', describeFileError(fileErrorCode(error))) }).reason
    }
  }

  #reportProgress({ id, state, candidates, golden }: EvaluationReport, current: CandidateReport | null): void {
    const done = candidates.reduce(
      (sum, { counts }) => sum + (counts ? counts.ok + counts.failed + counts.skipped : 0),
      0,
    )
    this.#parts.onProgress({ id, state, current: current?.name ?? null, done, total: candidates.length * golden.used })
  }

  /** What nobody works on has ended, whatever it says of itself. */
  #asItIs(found: StoredReport): EvaluationReport {
    return isWorkedOnElsewhere(found) ? found.report : withoutItsProcess(found.report)
  }
}

function unreadable(id: string): Outcome<never> {
  return fail({ code: 'store_invalid', ...withMessage('detail', localizable('the comparison {0} cannot be read', id)) })
}

function notFound(id: string): Outcome<never> {
  return fail({ code: 'not_found', what: 'evaluation', id })
}

function busy(id: string, pid: number): Outcome<never> {
  return fail({ code: 'run_busy', runId: id, pid })
}
