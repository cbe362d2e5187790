import * as z from 'zod'
import { Instant, Task } from '../../protocol/names.ts'
import { PromptPart, PromptText } from '../../protocol/prompts.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { decodeRow } from './decodeRow.ts'

/** A text that a person has changed. What has no row is sent as the product has it. */
export interface StoredPrompt {
  task: Task
  part: PromptPart
  text: string
  updatedAt: string
}

const Row = z.object({ task: Task, part: PromptPart, text: PromptText, updated_at: Instant })

function decode(row: SqlRow): StoredPrompt {
  const { updated_at, ...prompt } = decodeRow('prompts', Row, row)
  return { ...prompt, updatedAt: updated_at }
}

/** By task, the system part first. */
export function listPrompts(database: ReadableDatabase): StoredPrompt[] {
  return database.all('SELECT task, part, text, updated_at FROM prompts ORDER BY task, part').map(decode)
}

export function findPrompt(database: ReadableDatabase, task: Task, part: PromptPart): StoredPrompt | undefined {
  const row = database.get('SELECT task, part, text, updated_at FROM prompts WHERE task = ? AND part = ?', [task, part])
  return row && decode(row)
}

/** Creates or replaces. */
export function savePrompt(database: Database, { task, part, text, updatedAt }: StoredPrompt): void {
  database.run(
    `INSERT INTO prompts (task, part, text, updated_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (task, part) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at`,
    [task, part, text, updatedAt],
  )
}

/** False when the text was the product's own already. */
export function removePrompt(database: Database, task: Task, part: PromptPart): boolean {
  return database.run('DELETE FROM prompts WHERE task = ? AND part = ?', [task, part]) > 0
}
