import * as z from 'zod'
import { AliasName, Instant, ModelId, ProviderId, Task, tasks } from '../../protocol/names.ts'
import { type Route, StoredRouteOptions } from '../../protocol/routing.ts'
import { describeFirstIssue } from '../../shared/describe/issue.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { columnsOf, decodeRow, type Encoded, jsonColumn, saveRow } from './rows.ts'

const Row = z.object({
  task: Task,
  provider: ProviderId,
  model: ModelId.nullable(),
  alias: AliasName.nullable(),
  options_json: jsonColumn(z.unknown()),
  updated_at: Instant,
})

function decode(row: SqlRow): Route {
  const { task, provider, model, alias, options_json, updated_at } = decodeRow('llm_task_routes', Row, row)
  const options = StoredRouteOptions.safeParse(options_json)
  const shared = { task, provider, model, ...(alias === null ? {} : { alias }), updatedAt: updated_at }
  if (options.success) return { ...shared, options: options.data }
  const sentence = localizable('its options cannot be read ({0})', describeFirstIssue(options.error, options_json))
  return { ...shared, options: {}, ...withMessage('damage', sentence) }
}

const columns = columnsOf(Row)
const isKnown = `task IN (${tasks.map(() => '?').join(', ')})`

/** By task. Rows of tasks that this version does not know are not there. */
export function listRoutes(database: ReadableDatabase): Route[] {
  return database.all(`SELECT ${columns} FROM llm_task_routes WHERE ${isKnown} ORDER BY task`, tasks).map(decode)
}

/** Names of tasks that have a route and that this version does not know. */
export function listUnknownTasks(database: ReadableDatabase): string[] {
  return database
    .all(`SELECT task FROM llm_task_routes WHERE NOT ${isKnown} ORDER BY task`, tasks)
    .map(({ task }) => String(task))
}

export function findRoute(database: ReadableDatabase, task: Task): Route | undefined {
  const row = database.get(`SELECT ${columns} FROM llm_task_routes WHERE task = ?`, [task])
  return row && decode(row)
}

/** They would keep the provider from being removed. */
export function removeUnknownRoutesTo(database: Database, provider: string): void {
  database.run(`DELETE FROM llm_task_routes WHERE provider = ? AND NOT ${isKnown}`, [provider, ...tasks])
}

/** Creates or replaces. The provider must exist: the foreign key refuses otherwise. */
export function saveRoute(database: Database, route: Route): void {
  const { task, provider, model, alias = null, options, updatedAt } = route
  const row: Encoded<typeof Row> = {
    task,
    provider,
    model,
    alias,
    options_json: JSON.stringify(options),
    updated_at: updatedAt,
  }
  saveRow(database, 'llm_task_routes', ['task'], row)
}

/** False when the task had no route. */
export function removeRoute(database: Database, task: Task): boolean {
  return database.run('DELETE FROM llm_task_routes WHERE task = ?', [task]) > 0
}
