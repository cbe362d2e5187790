import * as z from 'zod'
import { GenerationParameters } from '../../protocol/models.ts'
import { Instant, ModelId, type Page, ProviderId } from '../../protocol/names.ts'
import { Reason } from '../../protocol/reasons.ts'
import { Usage } from '../../protocol/results.ts'
import {
  MessageContext,
  MessageId,
  type Thread,
  ThreadAbout,
  ThreadId,
  type ThreadMessage,
} from '../../protocol/threads.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { booleanColumn, columnsOf, decodeRow, type Encoded, insertRow, jsonColumn, updateRow } from './rows.ts'

/** What is stored of a thread itself. */
export type StoredThread = Omit<Thread, 'answersNext' | 'reason'>

/** A message whose `text` or `material` is null although it has one: that stands in its file. */
export type StoredMessage = Omit<ThreadMessage, 'text'> & { text: string | null; hasMaterial: boolean }

const ThreadRow = z.object({
  thread_id: ThreadId,
  title: z.string(),
  provider: ProviderId.nullable(),
  model: ModelId.nullable(),
  about_json: jsonColumn(ThreadAbout).nullable(),
  created_at: Instant,
  updated_at: Instant,
})

const MessageRow = z.object({
  message_id: MessageId,
  thread_id: ThreadId,
  role: z.enum(['user', 'assistant']),
  text: z.string().nullable(),
  material: z.string().nullable(),
  has_material: booleanColumn,
  answers: MessageId.nullable(),
  provider: ProviderId.nullable(),
  kind: z.string().nullable(),
  model: ModelId.nullable(),
  parameters_json: jsonColumn(GenerationParameters).nullable(),
  usage_json: jsonColumn(Usage).nullable(),
  cost_usd: z.number().nullable(),
  latency_ms: z.number().nullable(),
  state: z.enum(['complete', 'stopped', 'failed']),
  reason_json: jsonColumn(Reason).nullable(),
  context_json: jsonColumn(MessageContext).nullable(),
  created_at: Instant,
})

const counted = `${columnsOf(ThreadRow)}, (SELECT COUNT(*) FROM messages WHERE messages.thread_id = threads.thread_id) AS messages`

function decodeThread(row: SqlRow): StoredThread {
  const shape = ThreadRow.extend({ messages: z.int() })
  const { thread_id, about_json, created_at, updated_at, ...rest } = decodeRow('threads', shape, row)
  return { id: thread_id, about: about_json, createdAt: created_at, updatedAt: updated_at, ...rest }
}

function decodeMessage(row: SqlRow): StoredMessage {
  const decoded = decodeRow('messages', MessageRow, row)
  const { role, text, material, answers, provider, kind, model, state } = decoded
  return {
    ...{
      id: decoded.message_id,
      threadId: decoded.thread_id,
      role,
      text,
      material,
      answers,
      provider,
      kind,
      model,
      state,
    },
    hasMaterial: decoded.has_material,
    parameters: decoded.parameters_json,
    usage: decoded.usage_json,
    costUsd: decoded.cost_usd,
    latencyMs: decoded.latency_ms,
    reason: decoded.reason_json,
    context: decoded.context_json,
    at: decoded.created_at,
  }
}

/**
 * The one that changed last first. The cursor is the instant and id of the last row before it: what changes meanwhile moves to the front,
 * and neither repeats nor hides another.
 */
export function listThreads(
  database: ReadableDatabase,
  { cursor, limit }: { cursor?: string | null | undefined; limit: number },
): Page<StoredThread> {
  const [at = '9999', id = ''] = (cursor ?? '').split(' ')
  const rows = database.all(
    `SELECT ${counted} FROM threads WHERE updated_at < ? OR (updated_at = ? AND thread_id < ?) ORDER BY updated_at DESC, thread_id DESC LIMIT ?`,
    [cursor ? at : '9999', at, id, limit + 1],
  )
  const shown = rows.slice(0, limit).map(decodeThread)
  const last = shown.at(-1)
  return { rows: shown, next: rows.length > limit && last ? `${last.updatedAt} ${last.id}` : null }
}

export function findThread(database: ReadableDatabase, threadId: string): StoredThread | undefined {
  const row = database.get(`SELECT ${counted} FROM threads WHERE thread_id = ?`, [threadId])
  return row && decodeThread(row)
}

/** Threads bound to the provider, and to a model that is meant; null: to its default. */
export function listThreadsOf(
  database: ReadableDatabase,
  provider: string,
  isMeant: (model: string | null) => boolean = () => true,
): StoredThread[] {
  return database
    .all(`SELECT ${counted} FROM threads WHERE provider = ? ORDER BY thread_id`, [provider])
    .map(decodeThread)
    .filter(({ model }) => isMeant(model))
}

export function insertThread(database: Database, { id, title, provider, model, about, createdAt }: StoredThread): void {
  const row: Encoded<typeof ThreadRow> = {
    ...{ thread_id: id, title, provider, model },
    about_json: about === null ? null : JSON.stringify(about),
    created_at: createdAt,
    updated_at: createdAt,
  }
  insertRow(database, 'threads', row)
}

/** False when there is no such thread. */
export function changeThread(
  database: Database,
  threadId: string,
  change: Partial<Pick<StoredThread, 'title' | 'provider' | 'model'>>,
  at: string,
): boolean {
  return updateRow(database, 'threads', ['thread_id', threadId], { ...change, updated_at: at }) > 0
}

/** With its messages. False when there is no such thread. */
export function removeThread(database: Database, threadId: string): boolean {
  return database.run('DELETE FROM threads WHERE thread_id = ?', [threadId]) > 0
}

export function insertMessage(database: Database, message: StoredMessage): void {
  const json = (value: object | null): string | null => (value === null ? null : JSON.stringify(value))
  const { role, text, material, answers, provider, kind, model, state } = message
  const row: Encoded<typeof MessageRow> = {
    ...{
      message_id: message.id,
      thread_id: message.threadId,
      role,
      text,
      material,
      answers,
      provider,
      kind,
      model,
      state,
    },
    has_material: message.hasMaterial ? 1 : 0,
    parameters_json: json(message.parameters),
    usage_json: json(message.usage),
    cost_usd: message.costUsd,
    latency_ms: message.latencyMs,
    reason_json: json(message.reason),
    context_json: json(message.context),
    created_at: message.at,
  }
  insertRow(database, 'messages', row)
}

export function findMessage(
  database: ReadableDatabase,
  threadId: string,
  messageId: string,
): StoredMessage | undefined {
  const row = database.get(`SELECT ${columnsOf(MessageRow)} FROM messages WHERE thread_id = ? AND message_id = ?`, [
    threadId,
    messageId,
  ])
  return row && decodeMessage(row)
}

/** In the order in which they were written, or with `newestFirst` the other way: those behind `after`. */
export function listMessages(
  database: ReadableDatabase,
  threadId: string,
  { after, limit, newestFirst = false }: { after: string | null; limit: number; newestFirst?: boolean | undefined },
): StoredMessage[] {
  const from = newestFirst
    ? `id < COALESCE((SELECT id FROM messages WHERE message_id = ?), ${Number.MAX_SAFE_INTEGER}) ORDER BY id DESC`
    : 'id > COALESCE((SELECT id FROM messages WHERE message_id = ?), 0) ORDER BY id'
  return database
    .all(`SELECT ${columnsOf(MessageRow)} FROM messages WHERE thread_id = ? AND ${from} LIMIT ?`, [
      threadId,
      after,
      limit,
    ])
    .map(decodeMessage)
}
