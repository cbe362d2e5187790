import { createWriteStream, mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Criterion } from '../../../protocol/criteria.ts'
import { succeed } from '../../../protocol/outcome.ts'
import type { Receipt, ResultRecord } from '../../../protocol/results.ts'
import { RunRequest, type RunView } from '../../../protocol/runs.ts'
import { sha256 } from '../../../server/items/hashes.ts'
import { sourceKeyOf } from '../../../server/revisions/keepInStore.ts'
import { addRevision, setKept } from '../../../server/store/revisionTable.ts'
import { insertRun } from '../../../server/store/runTable.ts'
import { profile, routeFor } from '../runs/harness.ts'
import { itemLine } from '../runs/resultRecords.ts'
import type { StoreFolders } from '../store/storeFolder.ts'

export const madeAt = '2026-11-21T09:30:00.000Z'

export interface MadeRun {
  runId: string
  items: number
  isKept?: boolean
  state?: RunView['state']
  hint?: RunView['hint']
  /** So many more results than its journal has, and a results file that is not there: what a damaged disk leaves. */
  lost?: number
  notes?: RunView['notes']
  /** Of its profile. Absent: interest and quality. */
  criteria?: Criterion[]
  record(at: number): ResultRecord
}

/** Completed runs over one file, as a run of the product leaves them: rows, journals and the source itself. */
export async function makeRuns(folders: StoreFolders, runs: readonly MadeRun[], name = 'items.jsonl'): Promise<string> {
  const dataDir = folders.make()
  const source = path.join(dataDir, name)
  const longest = Math.max(...runs.map(({ items }) => items))
  const rows = Array.from({ length: Math.min(longest, 5_000) }, (_, at) =>
    JSON.stringify({ id: idOf(at), text: textOf(at) }),
  )
  await writeFile(source, `${rows.join('\n')}\n`)
  mkdirSync(path.join(dataDir, 'runs'), { recursive: true })
  // What a person says is checked by the profile of the folder that the runs were started in.
  mkdirSync(path.join(dataDir, '.llm-providers'))
  await writeFile(
    path.join(dataDir, '.llm-providers', 'profile.yaml'),
    JSON.stringify(profileOf(runs.find(({ criteria }) => criteria))),
  )
  for (const run of runs) await writeJournal(dataDir, source, run)
  const request = requestOf(source)
  const key = await sourceKeyOf(request.source)
  const store = await folders.open(dataDir)
  await store.change((database) => {
    for (const run of runs) {
      insertRun(database, { view: viewOf(run, name, dataDir), request, owner: null }, madeAt)
      if (key === null || run.lost) continue
      addRevision(database, run.runId, key)
      if (run.isKept) setKept(database, key, run.runId)
    }
    return succeed(null)
  })
  await store.close()
  return dataDir
}

export const idOf = (at: number) => `item-${at}`
export const textOf = (at: number) => `The text of the item ${at}.`

/** With the criteria of the run, if it has any. */
const profileOf = ({ criteria }: Pick<MadeRun, 'criteria'> = {}) => ({ ...profile, ...(criteria ? { criteria } : {}) })

const requestOf = (source: string): RunRequest =>
  RunRequest.parse({
    tasks: ['categorization', 'scoring'],
    source: { kind: 'paths', paths: [source] },
    workspaceFolder: path.dirname(source),
  })

function viewOf(
  { runId, items, state = 'completed', lost = 0, hint, notes, criteria }: MadeRun,
  name: string,
  folder: string,
): RunView {
  return {
    ...{ runId, state, tasks: ['categorization', 'scoring'], source: name, reason: null },
    ...(lost > 0
      ? { resultsPath: path.join(folder, 'items.results.jsonl'), resultsWritten: true }
      : { resultsPath: null }),
    ...(hint ? { hint } : {}),
    ...(criteria ? { criteria } : {}),
    ...(notes ? { notes } : {}),
    counts: { total: items + lost, ok: items + lost, failed: 0, skipped: 0, waiting: 0 },
    routes: [routeFor('categorization'), routeFor('scoring')],
    profile: { origin: 'stored', name: null, hash: 'b'.repeat(64) },
    spent: { costUsd: 1.5, unpricedCalls: 0, input: 90_000, output: 20_000, calls: 1_000 },
    ...{ revision: null, startedAt: madeAt, finishedAt: madeAt, parkedUntil: null },
  }
}

async function writeJournal(
  dataDir: string,
  source: string,
  { runId, items, record, criteria }: MadeRun,
): Promise<void> {
  const header = {
    ...{ kind: 'run', version: 1, runId, request: requestOf(source) },
    routes: [routeFor('categorization'), routeFor('scoring')],
    ...{
      profile: profileOf({ ...(criteria ? { criteria } : {}) }),
      inputs: [{ path: source, size: 1, modifiedAtMs: 1 }],
      resultsPath: null,
      startedAt: madeAt,
    },
  }
  function* lines() {
    yield `${JSON.stringify(header)}\n`
    for (let at = 0; at < items; at += 1) yield itemLine(record(at), at)
  }
  await pipeline(lines, createWriteStream(path.join(dataDir, 'runs', `${runId}.journal.jsonl`)))
}

const names = ['Software', 'Adverts', 'Science', 'Technology']

/** Every 97th has failed, every 1000th was corrected by a person. */
export function madeRecord(runId: string, at: number, changes: Partial<ResultRecord> = {}): ResultRecord {
  const hasFailed = at % 97 === 96
  const judged = hasFailed ? null : at
  return {
    ...{ runId, id: idOf(at), inputHash: sha256(textOf(at)), status: hasFailed ? 'failed' : 'ok' },
    categories: judged === null ? null : [names[judged % names.length] as string],
    confidence: judged === null ? null : (judged % 100) / 100,
    suggested: judged === 0 ? { names: ['Compilers'], parent: 'Software' } : null,
    interest: judged === null ? null : judged % 11,
    quality: judged === null ? null : judged % 7,
    reasoning: judged === null ? null : `It is number ${judged}, and that is all there is to say of it.`,
    score: judged === null ? null : (judged % 201) / 10,
    blockedBy: null,
    error: hasFailed ? { code: 'timeout', message: 'There was no answer in time.' } : null,
    receipts: judged === null ? {} : { categorization: receipt(), scoring: receipt() },
    ...(at % 1000 === 999
      ? { human: { categories: ['Science'], interest: null, quality: null, score: 20, at: madeAt } }
      : {}),
    ...changes,
  }
}

function receipt(): Receipt {
  const hash = 'd'.repeat(64)
  return {
    ...{ provider: 'fake', kind: 'openai-compatible', model: 'fake-model', endpoint: 'http://127.0.0.1:1/v1' },
    ...{ rule: 'route', promptHash: hash, profileHash: hash, outputMode: 'schema', batch: 5, attempts: 1 },
    ...{ latencyMs: 120, usage: { input: 900, output: 200, cached: 0 }, costUsd: 0.0001, at: madeAt },
  }
}

/** What a decision model leaves: probabilities, and a receipt of its questions; no reasons. */
export function decidedRecord(runId: string, at: number, changes: Partial<ResultRecord> = {}): ResultRecord {
  const decided: Receipt = {
    ...receipt(),
    ...{ provider: 'system-one', model: 'nimble', answeredBy: 'nimble:9b-v3', outputMode: 'decisions', batch: 1 },
    ...{ usage: { input: 412, output: 0, cached: 380 }, costUsd: null },
    decision: {
      dialect: 'systemone',
      serverConfidence: { category: 0.41 },
      distributions: { interest: [0.02, 0.03, 0.1, 0.6, 0.25] },
    },
  }
  const shares = { Software: 0.52, Technology: 0.31, Science: 0.12, Adverts: 0.04 }
  return madeRecord(runId, at, {
    ...{ categories: ['Software'], confidence: 0.52, probabilities: shares, reasoning: null, suggested: null },
    receipts: { categorization: decided, scoring: decided },
    ...changes,
  })
}
