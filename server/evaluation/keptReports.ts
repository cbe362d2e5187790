import { hostname } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { type CandidateReport, EvaluationReport, type EvaluationSummary } from '../../protocol/evaluation.ts'
import { EvaluationId } from '../../protocol/names.ts'
import type { Clock } from '../runs/clock.ts'
import { fileErrorCode, type RunFiles } from '../runs/files.ts'
import { isProcessAlive } from '../runs/ownership.ts'
import type { Runs } from '../runs/runs.ts'

const sourceName = /^[0-9a-f]{16}$/

/**
 * What stands in `<data folder>/evaluations/<id>.json`. `owner`: the process that works on it, null when it has ended; `source`: the
 * folder beside it with the texts that were judged.
 */
const KeptReport = z.object({
  version: z.literal(1),
  owner: z.object({ pid: z.int(), host: z.string() }).nullable(),
  source: z.string().regex(sourceName),
  report: EvaluationReport,
})
export type KeptReport = z.infer<typeof KeptReport>

export interface KeptReports {
  keep(kept: KeptReport): Promise<void>
  /** Null: there is none, or it cannot be read. */
  read(id: string): Promise<KeptReport | null>
  isThere(id: string): Promise<boolean>
  /** Newest first. */
  ids(): Promise<string[]>
  /** Only the report. */
  forget(id: string): Promise<void>
  /** Leaves a note for the process that works on it, that it is to begin with nothing more. */
  wishEnd(id: string): Promise<void>
  isEndWished(id: string): Promise<boolean>
  takeBack(id: string): Promise<void>
  forgetSource(source: string): Promise<void>
  /** Texts that were written before then, in epoch milliseconds: for an estimate that nobody went on with, too. */
  sourcesBefore(time: number): Promise<string[]>
}

/** One file a report, beside the journals of runs: a report that cannot be read hides no other one. */
export function createKeptReports(files: RunFiles, dataDir: string): KeptReports {
  const folder = join(dataDir, 'evaluations')
  const placeOf = (id: string): string => join(folder, `${id}.json`)
  const noteOf = (id: string): string => join(folder, `${id}.cancel`)

  async function unlink(path: string): Promise<void> {
    // Another window may have been faster.
    await files.unlink(path).catch(fileErrorCode)
  }

  async function isFile(path: string): Promise<boolean> {
    const found = await files.stat(path).catch(fileErrorCode)
    return typeof found === 'object'
  }

  /** None where there is no folder yet. */
  async function names(): Promise<string[]> {
    return await files.readdir(folder).catch((error: unknown) => {
      fileErrorCode(error)
      return []
    })
  }

  return {
    async keep(kept) {
      const path = placeOf(kept.report.id)
      await files.makeFolder(folder)
      const handle = await files.open(`${path}.tmp`, 'w', 0o600)
      try {
        await handle.writeFile(`${JSON.stringify(kept, null, 2)}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await files.rename(`${path}.tmp`, path)
    },
    async read(id) {
      try {
        const handle = await files.open(placeOf(id), 'r')
        try {
          return KeptReport.safeParse(JSON.parse(await handle.readFile('utf8'))).data ?? null
        } finally {
          await handle.close()
        }
      } catch (error) {
        if (!(error instanceof SyntaxError)) fileErrorCode(error)
        return null
      }
    },
    isThere: (id) => isFile(placeOf(id)),
    async ids() {
      const reports = (await names()).filter((name) => name.endsWith('.json'))
      return reports
        .map((name) => name.slice(0, -'.json'.length))
        .filter((id) => EvaluationId.safeParse(id).success)
        .sort()
        .reverse()
    },
    forget: (id) => unlink(placeOf(id)),
    async wishEnd(id) {
      await (await files.open(noteOf(id), 'w', 0o600)).close()
    },
    isEndWished: (id) => isFile(noteOf(id)),
    takeBack: (id) => unlink(noteOf(id)),
    async sourcesBefore(time) {
      const found: string[] = []
      for (const name of await names()) {
        if (!sourceName.test(name)) continue
        // Another window may have been faster.
        const written = await files.stat(join(folder, name, 'golden.jsonl')).catch(fileErrorCode)
        if (typeof written === 'object' && written.mtimeMs < time) found.push(name)
      }
      return found
    },
    async forgetSource(source) {
      await unlink(join(folder, source, 'golden.jsonl'))
      await files.removeFolder(join(folder, source)).catch(fileErrorCode)
    },
  }
}

export function ownOwner(): KeptReport['owner'] {
  return { pid: process.pid, host: hostname() }
}

/** Whether somebody else works on it. This process knows its own; one on another machine is believed. */
export function isWorkedOnElsewhere({ owner }: KeptReport): boolean {
  if (owner === null || (owner.host === hostname() && owner.pid === process.pid)) return false
  return owner.host !== hostname() || isProcessAlive(owner.pid)
}

/** As it is told when nobody works on it any more, although it has not ended. */
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
