import * as z from 'zod'
import { Instant, ModelId, ProviderId, Task } from '../../protocol/names.ts'
import { type Route, RouteOptions } from '../../protocol/routing.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { decodeRow, jsonColumn } from './decodeRow.ts'

const Row = z.object({
  task: Task,
  provider: ProviderId,
  model: ModelId.nullable(),
  options_json: jsonColumn(RouteOptions),
  updated_at: Instant,
})

function decode(row: SqlRow): Route {
  const { task, provider, model, options_json, updated_at } = decodeRow('llm_task_routes', Row, row)
  return { task, provider, model, options: options_json, updatedAt: updated_at }
}

/** By task. */
export function listRoutes(database: ReadableDatabase): Route[] {
  return database
    .all('SELECT task, provider, model, options_json, updated_at FROM llm_task_routes ORDER BY task')
    .map(decode)
}

export function findRoute(database: ReadableDatabase, task: Task): Route | undefined {
  const row = database.get(
    'SELECT task, provider, model, options_json, updated_at FROM llm_task_routes WHERE task = ?',
    [task],
  )
  return row && decode(row)
}

/** Creates or replaces. The provider must exist: the foreign key refuses otherwise. */
export function saveRoute(database: Database, route: Route): void {
  database.run(
    `INSERT INTO llm_task_routes (task, provider, model, options_json, updated_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (task) DO UPDATE SET
       provider = excluded.provider, model = excluded.model, options_json = excluded.options_json, updated_at = excluded.updated_at`,
    [route.task, route.provider, route.model, JSON.stringify(route.options), route.updatedAt],
  )
}

/** False when the task had no route. */
export function removeRoute(database: Database, task: Task): boolean {
  return database.run('DELETE FROM llm_task_routes WHERE task = ?', [task]) > 0
}
