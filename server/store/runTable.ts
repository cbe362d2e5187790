import * as z from 'zod'
import { Instant, ModelId, type Page, RunId } from '../../protocol/names.ts'
import {
  type RunListRequest,
  RunProfile,
  RunRequest,
  RunRevision,
  RunSpent,
  RunState,
  RunView,
} from '../../protocol/runs.ts'
import { sourceFolder } from '../files/sourceFolder.ts'
import type { Database, ReadableDatabase, SqlRow, SqlValue } from './database.ts'
import { booleanColumn, columnsOf, decodeRow, insertRow, jsonColumn, pageByNumber, updateRow } from './rows.ts'

/** What the one file of a source held when a run began: its size in bytes, and a hash of them. */
export const SourceContent = z.object({ size: z.int().nonnegative(), hash: z.string() })
export type SourceContent = z.infer<typeof SourceContent>

/** What is stored of a run; the items' results are in its journal. */
export interface StoredRun {
  view: RunView
  request: RunRequest
  /** Null while nobody works on it. A process id may be given to another process later, so a random token goes with it. */
  owner: { pid: number; host: string; token: string } | null
  /** What another process asks its owner to do with it; absent: nothing. It is stored beside the view, in its column. */
  requestedCommand?: 'pause' | 'cancel' | undefined
  /** The end of the interruption that somebody was told of; absent: of none. It is stored beside the view, too. */
  announced?: string | undefined
  /** Stored beside the view, too. Absent: its source was no single file, or the version did not record it. */
  content?: SourceContent | undefined
}

/** Rows of versions that did not count what a run spends, and knew no revisions, are read as well. */
const StoredView = RunView.extend({
  spent: RunSpent.default({ costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 }),
  revision: RunRevision.nullable().default(null),
  profile: RunProfile.nullable().default(null),
  wish: z.enum(['pause', 'cancel']).optional(),
  announced: Instant.optional(),
  content: SourceContent.optional(),
})

const Row = z.object({
  id: z.int(),
  run_id: RunId,
  state: RunState,
  request_json: jsonColumn(RunRequest),
  view_json: jsonColumn(StoredView),
  owner_pid: z.int().nullable(),
  owner_host: z.string().nullable(),
  owner_token: z.string().nullable(),
  heartbeat_at: Instant.nullable(),
  source_key: z.string().nullable(),
  revision: z.int().positive().nullable(),
  is_kept: booleanColumn,
})

const columns = columnsOf(Row)

function decode(row: SqlRow): StoredRun {
  const { request_json, view_json, owner_pid, owner_host, owner_token, source_key, revision, is_kept } = decodeRow(
    'runs',
    Row,
    row,
  )
  const { wish, announced, content, ...view } = view_json
  const isOwned = owner_pid !== null && owner_host !== null && owner_token !== null
  return {
    view: {
      ...view,
      // Released versions said there that a file was read as a person had chosen before.
      source: view.source.replace(/ \(read as remembered\)$/, ''),
      folder: sourceFolder(request_json.source),
      // The columns decide, and not the view that a process had of the run: another one may have been kept since.
      revision:
        source_key === null || revision === null ? null : { source: source_key, number: revision, isKept: is_kept },
    },
    request: request_json,
    owner: isOwned ? { pid: owner_pid, host: owner_host, token: owner_token } : null,
    requestedCommand: isOwned ? wish : undefined,
    announced,
    content,
  }
}

/** False when there is a run of that id already. */
export function insertRun(database: Database, run: StoredRun, at: string): boolean {
  const row = { run_id: run.view.runId, ...encode(run, at) }
  return insertRow(database, 'runs', row, 'ON CONFLICT (run_id) DO NOTHING') > 0
}

/** Replaces all that is stored of the run, its owner's heartbeat included; false when there is none. */
export function updateRun(database: Database, run: StoredRun, at: string): boolean {
  return updateRow(database, 'runs', ['run_id', run.view.runId], encode(run, at)) > 0
}

function encode(
  { view, request, owner, requestedCommand, announced, content }: StoredRun,
  at: string,
): Record<string, SqlValue> {
  return {
    state: view.state,
    request_json: JSON.stringify(request),
    // Named as released versions read it.
    view_json: JSON.stringify({ ...view, wish: requestedCommand, announced, content }),
    owner_pid: owner?.pid ?? null,
    owner_host: owner?.host ?? null,
    owner_token: owner?.token ?? null,
    heartbeat_at: owner ? at : null,
    started_at: view.startedAt,
    finished_at: view.finishedAt,
    updated_at: at,
  }
}

export function findRun(database: ReadableDatabase, runId: string): StoredRun | undefined {
  const row = database.get(`SELECT ${columns} FROM runs WHERE run_id = ?`, [runId])
  return row && decode(row)
}

const conditions: Record<RunListRequest['madeFor'], string> = {
  person: `json_extract(view_json, '$.evaluation') IS NULL`,
  evaluation: `json_extract(view_json, '$.evaluation') IS NOT NULL`,
  any: 'TRUE',
}

/** Newest first. `madeFor` absent: any. */
export function listRuns(
  database: ReadableDatabase,
  page: { cursor?: string | null | undefined; limit: number; madeFor?: RunListRequest['madeFor'] | undefined },
): Page<StoredRun> {
  const wanted = conditions[page.madeFor ?? 'any']
  return pageByNumber(page, (before, limit) =>
    database
      .all(`SELECT ${columns} FROM runs WHERE id < ? AND ${wanted} ORDER BY id DESC LIMIT ?`, [before, limit])
      .map((row) => ({ number: Number(row.id), row: decode(row) })),
  )
}

/** Those that some process works on, or worked on when it died. */
export function listOwnedRuns(database: ReadableDatabase): StoredRun[] {
  return database.all(`SELECT ${columns} FROM runs WHERE owner_token IS NOT NULL ORDER BY id`).map(decode)
}

/** The models that unfinished runs have of a provider: of those that go on now, and of those that may be resumed; oldest first. */
export function listUnfinishedUses(database: ReadableDatabase, provider: string): { runId: string; model: string }[] {
  return database
    .all(
      `SELECT DISTINCT runs.run_id, json_extract(route.value, '$.model') AS model
       FROM runs, json_each(runs.view_json, '$.routes') AS route
       WHERE runs.state <> 'completed' AND json_extract(route.value, '$.provider') = ?
       ORDER BY runs.id`,
      [provider],
    )
    .map((row) => decodeRow('runs', Use, row))
    .map(({ run_id, model }) => ({ runId: run_id, model }))
}

const Use = z.object({ run_id: RunId, model: ModelId })

const Sent = z.object({
  workspaceFolder: z.string().nullable(),
  /** The first file or folder of its source; null: a text. */
  path: z.string().nullable(),
  model: ModelId,
  /** Null: nothing was called. */
  endpoint: z.string().nullable(),
})

/** From where, and to where, runs were started with a provider. */
export function listSentBefore(database: ReadableDatabase, provider: string): z.output<typeof Sent>[] {
  return database
    .all(
      `SELECT DISTINCT json_extract(runs.request_json, '$.workspaceFolder') AS workspaceFolder,
         json_extract(runs.request_json, '$.source.paths[0]') AS path,
         json_extract(route.value, '$.model') AS model, json_extract(route.value, '$.endpoint') AS endpoint
       FROM runs, json_each(runs.view_json, '$.routes') AS route
       WHERE json_extract(route.value, '$.provider') = ?`,
      [provider],
    )
    .map((row) => decodeRow('runs', Sent, row))
}

/** False when there was none. */
export function removeRun(database: Database, runId: string): boolean {
  return database.run('DELETE FROM runs WHERE run_id = ?', [runId]) > 0
}
