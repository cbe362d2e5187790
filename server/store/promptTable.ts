import * as z from 'zod'
import { Instant, Task } from '../../protocol/names.ts'
import { PromptPart, PromptText } from '../../protocol/prompts.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { columnsOf, decodeRow, type Encoded, saveRow } from './rows.ts'

/** A text that a person has changed. What has no row is sent as the product has it. */
export interface StoredPrompt {
  task: Task
  part: PromptPart
  text: string
  updatedAt: string
}

const Row = z.object({ task: Task, part: PromptPart, text: PromptText, updated_at: Instant })
const columns = columnsOf(Row)

function decode(row: SqlRow): StoredPrompt {
  const { updated_at, ...prompt } = decodeRow('prompts', Row, row)
  return { ...prompt, updatedAt: updated_at }
}

/** By task, the system part first. */
export function listPrompts(database: ReadableDatabase): StoredPrompt[] {
  return database.all(`SELECT ${columns} FROM prompts ORDER BY task, part`).map(decode)
}

export function findPrompt(database: ReadableDatabase, task: Task, part: PromptPart): StoredPrompt | undefined {
  const row = database.get(`SELECT ${columns} FROM prompts WHERE task = ? AND part = ?`, [task, part])
  return row && decode(row)
}

/** Creates or replaces. */
export function savePrompt(database: Database, { task, part, text, updatedAt }: StoredPrompt): void {
  const row: Encoded<typeof Row> = { task, part, text, updated_at: updatedAt }
  saveRow(database, 'prompts', ['task', 'part'], row)
}

/** False when the text was the product's own already. */
export function removePrompt(database: Database, task: Task, part: PromptPart): boolean {
  return database.run('DELETE FROM prompts WHERE task = ? AND part = ?', [task, part]) > 0
}
