import * as z from 'zod'
import { type Page, RunId } from '../../protocol/names.ts'
import type { Revision } from '../../protocol/revisions.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import { RunState } from '../../protocol/runs.ts'
import type { Database, ReadableDatabase } from './database.ts'
import { decodeRow, pageByNumber } from './rows.ts'
import { findRun, type StoredRun, updateRun } from './runTable.ts'

/** Which results of a source count is in the columns `source_key`, `revision` and `is_kept` of its runs. */
const Row = z.object({ run_id: RunId, revision: z.int().positive() })

/** Makes a run the next revision of its source. */
export function addRevision(database: Database, runId: string, source: string): void {
  database.run(
    `UPDATE runs SET
       source_key = ?, revision = (SELECT coalesce(max(revision), 0) + 1 FROM runs WHERE source_key = ?)
     WHERE run_id = ?`,
    [source, source, runId],
  )
}

/** Null: the source has no run that is kept. */
export function findKept(database: ReadableDatabase, source: string): string | null {
  const row = database.get('SELECT run_id, revision FROM runs WHERE source_key = ? AND is_kept = 1', [source])
  return row ? decodeRow('runs', Row, row).run_id : null
}

/** Whether a run over another source is kept whose results go to this file. */
export function isKeptElsewhere(database: ReadableDatabase, resultsPath: string, source: string | null): boolean {
  const sql = `SELECT run_id, revision FROM runs
    WHERE is_kept = 1 AND source_key IS NOT ? AND json_extract(view_json, '$.resultsPath') = ? LIMIT 1`
  return database.get(sql, [source, resultsPath]) !== undefined
}

const ShownRow = z.object({
  run_id: RunId,
  paths: z.string(),
  is_part: z.literal([0, 1]),
  state: RunState,
  source_key: z.string(),
})

const RunRow = z.object({ run_id: RunId })

/** A run whose results count for what it has read. */
export interface ShownRun {
  runId: string
  paths: string[]
  isRunning: boolean
  /** It reads some lines or a shard of its files only. */
  isOfLines: boolean
  /** The same for runs over the same files, whatever part of them they have read. */
  files: string
}

/** The kept run of each source, and those that a person began since and that have not come to their end; newest first. */
export function listShown(database: ReadableDatabase): ShownRun[] {
  return database
    .all(
      `SELECT run_id, json_extract(request_json, '$.source.paths') AS paths, state, source_key,
         coalesce(json_extract(request_json, '$.source.lines'), json_extract(request_json, '$.source.shard')) IS NOT NULL AS is_part FROM runs AS run
       WHERE is_kept = 1 OR (source_key IS NOT NULL AND state <> 'completed' AND json_extract(view_json, '$.evaluation') IS NULL
         AND revision > (SELECT coalesce(max(revision), 0) FROM runs WHERE source_key = run.source_key AND state = 'completed'))
       ORDER BY started_at DESC, id DESC`,
    )
    .map((row) => decodeRow('runs', ShownRow, row))
    .map(({ run_id, paths, is_part, state, source_key }) => ({
      runId: run_id,
      paths: z.array(z.string()).parse(JSON.parse(paths)),
      isRunning: state === 'running',
      isOfLines: is_part === 1,
      files: source_key.slice(0, 16),
    }))
}

/** The newest runs whose results count, of those that the folder's rules and profile were for. */
export function listKeptIn(database: ReadableDatabase, folder: string, limit: number): string[] {
  return database
    .all(
      `SELECT run_id FROM runs
       WHERE is_kept = 1 AND json_extract(request_json, '$.workspaceFolder') = ?
       ORDER BY started_at DESC, id DESC LIMIT ?`,
      [folder, limit],
    )
    .map((row) => z.object({ run_id: z.string() }).parse(row).run_id)
}

/** Whether any run was over the source. */
export function hasRuns(database: ReadableDatabase, source: string): boolean {
  return database.get(`SELECT run_id FROM runs WHERE ${isOfFile} LIMIT 1`, [source]) !== undefined
}

/** A run over some lines has the first half of its file's key. */
const isOfFile = 'substr(source_key, 1, 16) = substr(?, 1, 16)'

/** The runs over one file that held so many bytes, the kept ones first, then the newest. */
export function listRunsOfSize(database: ReadableDatabase, bytes: number): StoredRun[] {
  return database
    .all(
      `SELECT run_id, revision FROM runs
       WHERE source_key IS NOT NULL AND json_extract(view_json, '$.content.size') = ?
       ORDER BY is_kept DESC, id DESC`,
      [bytes],
    )
    .flatMap((row) => findRun(database, decodeRow('runs', Row, row).run_id) ?? [])
}

/** The runs over sources with a path that is this one, or in it, or that it is in. */
export function listRunsAround(database: ReadableDatabase, path: string, separator: string): StoredRun[] {
  const within = path.endsWith(separator) ? path : path + separator
  return database
    .all(
      `SELECT DISTINCT run_id, revision, runs.id FROM runs, json_each(runs.request_json, '$.source.paths') AS path
       WHERE source_key IS NOT NULL
         AND (path.value = ? OR instr(path.value, ?) = 1 OR instr(?, path.value || ?) = 1)
       ORDER BY runs.id`,
      [path, within, path, separator],
    )
    .flatMap((row) => findRun(database, decodeRow('runs', Row, row).run_id) ?? [])
}

/** All runs over a source are over another one from now on, which has no run of its own; how each changes is said by `change`. */
export function moveRuns(
  database: Database,
  { from, to }: { from: string; to: string },
  change: (run: StoredRun) => StoredRun,
): void {
  const rows = database.all(`SELECT run_id, revision, updated_at FROM runs WHERE ${isOfFile} ORDER BY id`, [from])
  for (const row of rows) {
    const stored = findRun(database, decodeRow('runs', Row, row).run_id)
    if (stored) updateRun(database, change(stored), String(row.updated_at))
  }
  if (from === to) return
  const moved = 'CASE WHEN source_key = ? THEN ? ELSE substr(?, 1, 16) || substr(source_key, 17) END'
  database.run(`UPDATE runs SET source_key = ${moved} WHERE ${isOfFile}`, [from, to, to, from])
}

/** Null: nothing of the source is kept from now on. */
export function setKept(database: Database, source: string, runId: string | null): void {
  database.run('UPDATE runs SET is_kept = 0 WHERE source_key = ? AND is_kept = 1', [source])
  if (runId !== null) {
    database.run('UPDATE runs SET is_kept = 1 WHERE source_key = ? AND run_id = ?', [source, runId])
  }
}

/** Whether a later run over the source than this one has completed. */
export function hasCompletedLater(database: ReadableDatabase, source: string, number: number): boolean {
  const sql = `SELECT run_id, revision FROM runs WHERE source_key = ? AND revision > ? AND state = 'completed' LIMIT 1`
  return database.get(sql, [source, number]) !== undefined
}

/** The last completed one before this number, else the last completed one of all others; null: there is none. */
export function findCompletedBefore(database: ReadableDatabase, source: string, number: number): string | null {
  const row = database.get(
    `SELECT run_id, revision FROM runs WHERE source_key = ? AND revision <> ? AND state = 'completed'
     ORDER BY revision < ? DESC, revision DESC LIMIT 1`,
    [source, number, number],
  )
  return row ? decodeRow('runs', Row, row).run_id : null
}

/** Newest first. `search`: its number, or words in when it began, its id, its providers or its models. */
export function listRevisions(
  database: ReadableDatabase,
  source: string,
  page: { cursor?: string | null | undefined; limit: number; search?: string | undefined },
): Page<Revision> {
  const search = (page.search ?? '').trim().toLowerCase()
  // A number is one: days and ids are full of digits.
  const isNumber = /^\d{1,6}$/.test(search)
  return pageByNumber(page, (before, limit) =>
    database
      .all(
        `SELECT run_id, revision FROM runs
         WHERE source_key = ? AND revision < ? AND (? IS NULL OR revision = ?) AND (? = '' OR instr(lower(
           started_at || ' ' || run_id || ' ' ||
           (SELECT coalesce(group_concat(json_extract(value, '$.provider') || ' ' || json_extract(value, '$.model'), ' '), '')
            FROM json_each(view_json, '$.routes'))), ?) > 0)
         ORDER BY revision DESC LIMIT ?`,
        [source, before, ...twice(isNumber ? Number(search) : null), ...twice(isNumber ? '' : search), limit],
      )
      .map((row) => decodeRow('runs', Row, row))
      .flatMap(({ run_id, revision: number }) => {
        const run = findRun(database, run_id)?.view
        return run ? [{ number, row: { number, isKept: run.revision?.isKept ?? false, run } }] : []
      }),
  )
}

function twice<Value>(value: Value): [Value, Value] {
  return [value, value]
}

const Change = z.object({ action: z.string(), before_run: RunId.nullable(), after_run: RunId.nullable() })

/**
 * What was kept of a source, one after the other, as the audit log has it, under whatever name the source had; oldest first. Null:
 * nothing.
 */
export function listKeptChanges(
  database: ReadableDatabase,
  source: string,
): { action: string; before: string | null; after: string | null }[] {
  return database
    .all(
      `SELECT action, json_extract(before_json, '$.runId') AS before_run, json_extract(after_json, '$.runId') AS after_run
       FROM audit_log WHERE what = 'revision' AND json_extract(coalesce(after_json, before_json), '$.sourceKey') IN (
         SELECT ? UNION
         SELECT json_extract(after_json, '$.sourceKey') FROM audit_log
         WHERE what = 'revision' AND target IN (SELECT run_id FROM runs WHERE source_key = ?))
       ORDER BY id`,
      [source, source],
    )
    .map((row) => decodeRow('audit_log', Change, row))
    .map(({ action, before_run, after_run }) => ({ action, before: before_run, after: after_run }))
}

/**
 * Runs over a source, or over some lines of the same file, that went the same way with a task, whose results may still hold: those that
 * went the same way with all tasks first, of these the kept one, then those that are kept of other lines, then the newest. What another
 * provider or model has said is of no use to anybody, so that many candidates of a comparison do not hide one another. Runs that somebody
 * works on are not among them.
 */
export function listEarlierRuns(
  database: ReadableDatabase,
  source: string,
  { routes, except, most }: { routes: readonly Way[]; except: string; most: number },
): string[] {
  const ways = routes.map(({ task, provider, model }) => [task, provider, model])
  return database
    .all(
      `SELECT run_id, revision FROM runs
       WHERE substr(source_key, 1, 16) = substr(?, 1, 16) AND run_id <> ? AND owner_token IS NULL
         AND EXISTS (SELECT 1 FROM json_each(runs.view_json, '$.routes') AS route JOIN json_each(?) AS way ON way.value = ${wayOfRoute})
       ORDER BY ? = (SELECT json_group_array(json(${wayOfRoute})) FROM json_each(runs.view_json, '$.routes') AS route) DESC,
         source_key = ? AND is_kept DESC, is_kept DESC, id DESC LIMIT ?`,
      [source, except, JSON.stringify(ways.map((each) => JSON.stringify(each))), JSON.stringify(ways), source, most],
    )
    .map((row) => decodeRow('runs', Row, row).run_id)
}

/**
 * Runs over any source that were judged by the same profile and went the same way with a task, the newest first: what they have said of a
 * text holds for it everywhere. Runs that somebody works on are not among them.
 */
export function listAlikeRuns(
  database: ReadableDatabase,
  { routes, profileHash, except, most }: { routes: readonly Way[]; profileHash: string; except: string; most: number },
): string[] {
  const ways = routes.map(({ task, provider, model }) => JSON.stringify([task, provider, model]))
  return database
    .all(
      `SELECT run_id FROM runs
       WHERE run_id <> ? AND owner_token IS NULL AND json_extract(view_json, '$.profile.hash') = ?
         AND EXISTS (SELECT 1 FROM json_each(runs.view_json, '$.routes') AS route JOIN json_each(?) AS way ON way.value = ${wayOfRoute})
       ORDER BY id DESC LIMIT ?`,
      [except, profileHash, JSON.stringify(ways), most],
    )
    .map((row) => decodeRow('runs', RunRow, row).run_id)
}

/** As text, of a row `route` of a run's routes. */
const wayOfRoute = `json_array(json_extract(route.value, '$.task'), json_extract(route.value, '$.provider'), json_extract(route.value, '$.model'))`

type Way = Pick<ResolvedRoute, 'task' | 'provider' | 'model'>
