import { mkdirSync } from 'node:fs'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Criterion } from '../../../protocol/criteria.ts'
import { succeed } from '../../../protocol/outcome.ts'
import type { ResultRecord } from '../../../protocol/results.ts'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { sha256 } from '../../../server/items/hashes.ts'
import { itemLineEnd, itemLineStart } from '../../../server/journal/journalLines.ts'
import { createResultQueries, type ResultQueries } from '../../../server/results/resultQueries.ts'
import { fillIn, type RunContext } from '../../../server/runs/runContext.ts'
import type { RunsOptions } from '../../../server/runs/runOptions.ts'
import { profile, routeFor } from './harness.ts'

export function recordOf({ id, ...changes }: Partial<ResultRecord> & { id: string }): ResultRecord {
  return {
    runId: '20261121t093000000z-made00',
    id,
    inputHash: sha256(id),
    status: 'ok',
    categories: ['Software'],
    confidence: 0.5,
    suggested: null,
    interest: 5,
    quality: 5,
    reasoning: null,
    score: 5,
    blockedBy: null,
    error: null,
    receipts: {},
    ...changes,
  }
}

/** Who an item is, as the engine would have it: by its id. */
export function keyOf(id: string): string {
  return sha256(`id ${id}`).slice(0, 24)
}

interface WriteOptions {
  keys?: readonly string[]
  /** Of the run's profile. Absent: it has none of its own. */
  criteria?: readonly Criterion[]
}

export interface MadeJournals {
  queries: ResultQueries
  folder: string
  /** Makes a run whose results these are, each at its place. */
  write(runId: string, records: readonly ResultRecord[], options?: WriteOptions): Promise<void>
  append(runId: string, ...lines: string[]): Promise<void>
  /** The same journals as a process sees them that has just started. */
  again(changes?: Partial<RunContext>): ReturnType<typeof createResultQueries>
  dispose(): Promise<void>
}

export function itemLine(record: ResultRecord, at: number, key = keyOf(record.id)): string {
  return `${itemLineStart(key, at)}${JSON.stringify(record)}${itemLineEnd}`
}

/** Journals that a test has written itself, and the queries over them. */
export async function makeJournals(): Promise<MadeJournals> {
  const folder = await mkdtemp(join(tmpdir(), 'journals-'))
  const row = {
    view: { state: 'running', resultsPath: null },
    request: { source: { kind: 'text', name: 'a', text: 'a' } },
  }
  const ledger = { read: async () => succeed(row) } as unknown as RunsOptions['ledger']
  const context = fillIn({ dataDir: folder, ledger, files: diskFiles } as unknown as RunsOptions)
  const queries = createResultQueries(context, async () => succeed(null))
  return {
    queries,
    folder,
    async write(runId, records, { keys = [], criteria } = {}) {
      const path = context.journalPath(runId)
      mkdirSync(dirname(path), { recursive: true })
      const header = {
        ...{ kind: 'run', version: 1, runId, inputs: [], resultsPath: null },
        profile: { ...profile, ...(criteria ? { criteria } : {}) },
        request: { tasks: ['categorization', 'scoring'], source: { kind: 'paths', paths: ['/in.jsonl'] } },
        routes: [routeFor('categorization'), routeFor('scoring')],
        startedAt: '2026-11-21T09:30:00.000Z',
      }
      const lines = records.map((record, at) => itemLine(record, at, keys[at]))
      await writeFile(path, `${JSON.stringify(header)}\n${lines.join('')}`)
    },
    again: (changes = {}) => createResultQueries({ ...context, ...changes }, async () => succeed(null)),
    append: (runId, ...lines) => appendFile(context.journalPath(runId), lines.join('')),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}
