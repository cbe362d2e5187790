import { hostname } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { type CandidateReport, EvaluationReport, type EvaluationSummary } from '../../protocol/evaluation.ts'
import { EvaluationId } from '../../protocol/names.ts'
import type { Clock } from '../files/clock.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { readRegularFile } from '../files/regularFile.ts'
import type { Runs } from '../runs/runs.ts'
import { isProcessAlive } from '../store/generations.ts'

/** Figures of some candidates, and what they disagreed about. */
const longestReport = 256 * 1024 * 1024

const sourceName = /^[0-9a-f]{16}$/

/**
 * What stands in `<data folder>/evaluations/<id>.json`. `owner`: the process that works on it, null when it has ended; `source`: the
 * folder beside it with the texts that were judged.
 */
const StoredReport = z.object({
  version: z.literal(1),
  owner: z.object({ pid: z.int(), host: z.string() }).nullable(),
  source: z.string().regex(sourceName),
  report: EvaluationReport,
})
export type StoredReport = z.infer<typeof StoredReport>

/** One file a report, beside the journals of runs: a report that cannot be read hides no other one. */
export class StoredReports {
  readonly #files: RunFiles
  readonly #folder: string

  constructor(files: RunFiles, dataDir: string) {
    this.#files = files
    this.#folder = join(dataDir, 'evaluations')
  }

  async save(stored: StoredReport): Promise<void> {
    const path = this.#placeOf(stored.report.id)
    await this.#files.makeFolder(this.#folder)
    const handle = await this.#files.open(`${path}.tmp`, 'w', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(stored, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await this.#files.rename(`${path}.tmp`, path)
  }

  /** Null: there is none, or it cannot be read. */
  async read(id: string): Promise<StoredReport | null> {
    try {
      const text = await readRegularFile(this.#files, this.#placeOf(id), longestReport)
      return StoredReport.safeParse(JSON.parse(text.toString())).data ?? null
    } catch (error) {
      if (!(error instanceof SyntaxError)) ignoreFileErrors(error)
      return null
    }
  }

  isThere(id: string): Promise<boolean> {
    return this.#isFile(this.#placeOf(id))
  }

  /** Newest first. */
  async ids(): Promise<string[]> {
    const reports = (await this.#names()).filter((name) => name.endsWith('.json'))
    return reports
      .map((name) => name.slice(0, -'.json'.length))
      .filter((id) => EvaluationId.safeParse(id).success)
      .sort()
      .reverse()
  }

  /** Only the report. */
  forget(id: string): Promise<void> {
    return this.#unlink(this.#placeOf(id))
  }

  /** Leaves a note for the process that works on it, that it is to begin with nothing more. */
  async requestCancel(id: string): Promise<void> {
    await (await this.#files.open(this.#noteOf(id), 'w', 0o600)).close()
  }

  isCancelRequested(id: string): Promise<boolean> {
    return this.#isFile(this.#noteOf(id))
  }

  withdrawRequest(id: string): Promise<void> {
    return this.#unlink(this.#noteOf(id))
  }

  async forgetSource(source: string): Promise<void> {
    await this.#unlink(join(this.#folder, source, 'golden.jsonl'))
    await this.#files.removeFolder(join(this.#folder, source)).catch(ignoreFileErrors)
  }

  /** Texts that were written before then, in epoch milliseconds: for an estimate that nobody went on with, too. */
  async sourcesBefore(time: number): Promise<string[]> {
    const found: string[] = []
    for (const name of await this.#names()) {
      if (!sourceName.test(name)) continue
      // Another window may have been faster.
      const written = await this.#files.stat(join(this.#folder, name, 'golden.jsonl')).catch(ignoreFileErrors)
      if (typeof written === 'object' && written.mtimeMs < time) found.push(name)
    }
    return found
  }

  #placeOf(id: string): string {
    return join(this.#folder, `${id}.json`)
  }

  #noteOf(id: string): string {
    return join(this.#folder, `${id}.cancel`)
  }

  async #unlink(path: string): Promise<void> {
    // Another window may have been faster.
    await this.#files.unlink(path).catch(ignoreFileErrors)
  }

  async #isFile(path: string): Promise<boolean> {
    const found = await this.#files.stat(path).catch(ignoreFileErrors)
    return typeof found === 'object'
  }

  /** None where there is no folder yet. */
  async #names(): Promise<string[]> {
    return await this.#files.readdir(this.#folder).catch((error: unknown) => {
      ignoreFileErrors(error)
      return []
    })
  }
}

export function ownOwner(): StoredReport['owner'] {
  return { pid: process.pid, host: hostname() }
}

/** Whether somebody else works on it. This process knows its own; one on another machine is believed. */
export function isWorkedOnElsewhere({ owner }: StoredReport): boolean {
  if (owner === null || (owner.host === hostname() && owner.pid === process.pid)) return false
  return owner.host !== hostname() || isProcessAlive(owner.pid)
}

/** As it is shown when nobody works on it any more, although it has not ended. */
export function withoutItsProcess(report: EvaluationReport): EvaluationReport {
  if (report.state !== 'running') return report
  const candidates = report.candidates.map(
    (candidate): CandidateReport =>
      candidate.state === 'running' ? { ...candidate, state: 'interrupted' } : candidate,
  )
  return { ...report, state: 'interrupted', candidates }
}

export function summariseReport(report: EvaluationReport): EvaluationSummary {
  const { id, state, tasks, startedAt, finishedAt, golden, candidates } = report
  return {
    ...{ id, state, tasks, startedAt, finishedAt },
    golden: { path: golden.path, used: golden.used },
    candidates: candidates.map(({ candidate, name, state: reached, costUsd, categorization, scoring }) => ({
      ...{ candidate, name, state: reached, costUsd },
      accuracy: categorization?.accuracy ?? null,
      kappa: categorization?.kappa ?? null,
      scoreError: scoring?.score?.meanAbsolute ?? null,
    })),
  }
}

export interface EndParts {
  stored: Pick<StoredReports, 'read' | 'requestCancel' | 'withdrawRequest'>
  runs: Pick<Runs, 'list' | 'cancel'>
  clock: Pick<Clock, 'monotonic' | 'wait'>
}

/** As long as the owner of a run has, too, to come to rest. */
const patienceMs = 5_000
const lookMs = 100
const forEver = new AbortController().signal

/**
 * Asks the process that works on an evaluation to end it: a note beside the report keeps it from beginning with another candidate, and
 * the run under way is cancelled as any run of another process. Answers what is stored by then; its owner may not have answered in time.
 */
export async function endElsewhere(parts: EndParts, id: string): Promise<StoredReport | null> {
  const { stored, clock } = parts
  const askedAt = clock.monotonic()
  await stored.requestCancel(id)
  try {
    for (;;) {
      const found = await stored.read(id)
      if (found === null || !isWorkedOnElsewhere(found)) return found
      if (clock.monotonic() - askedAt >= patienceMs) return found
      await cancelRuns(parts, id)
      await clock.wait(lookMs, forEver)
    }
  } finally {
    // Who has not answered must not do it when nobody expects it any more.
    await stored.withdrawRequest(id)
  }
}

async function cancelRuns({ runs }: EndParts, id: string): Promise<void> {
  const newest = await runs.list({ madeFor: 'evaluation' })
  if (!newest.ok) return
  for (const { runId, state, evaluation } of newest.value.rows) {
    if (evaluation === id && state === 'running') await runs.cancel(runId)
  }
}
