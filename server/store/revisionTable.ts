import * as z from 'zod'
import { type Page, RunId } from '../../protocol/names.ts'
import type { Revision } from '../../protocol/revisions.ts'
import type { Database, ReadableDatabase } from './database.ts'
import { decodeRow } from './decodeRow.ts'
import { pageByNumber } from './pages.ts'
import { findRun } from './runTable.ts'

/** Which results of a source count is told by the columns `source_key`, `revision` and `is_kept` of its runs. */
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

/** Newest first. */
export function listRevisions(
  database: ReadableDatabase,
  source: string,
  page: { cursor?: string | null | undefined; limit: number },
): Page<Revision> {
  return pageByNumber(page, (before, limit) =>
    database
      .all('SELECT run_id, revision FROM runs WHERE source_key = ? AND revision < ? ORDER BY revision DESC LIMIT ?', [
        source,
        before,
        limit,
      ])
      .map((row) => decodeRow('runs', Row, row))
      .flatMap(({ run_id, revision: number }) => {
        const run = findRun(database, run_id)?.view
        return run ? [{ number, row: { number, isKept: run.revision?.isKept ?? false, run } }] : []
      }),
  )
}

const Kept = z.object({ run_id: RunId.nullable() })

/**
 * What was kept before this run came to be kept, as the audit log tells; undoing counts for nothing, so that undoing again goes
 * further back. Undefined: the log does not tell. Null: nothing was.
 */
export function findKeptBefore(database: ReadableDatabase, runId: string): string | null | undefined {
  const row = database.get(
    `SELECT json_extract(before_json, '$.runId') AS run_id FROM audit_log
     WHERE what = 'revision' AND action IN ('complete', 'keep') AND json_extract(after_json, '$.runId') = ?
     ORDER BY id DESC LIMIT 1`,
    [runId],
  )
  return row && decodeRow('audit_log', Kept, row).run_id
}
