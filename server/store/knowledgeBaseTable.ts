import * as z from 'zod'
import { type KnowledgeBase, KnowledgeBaseName, KnowledgeSource } from '../../protocol/knowledgeBases.ts'
import { Instant, ModelId, ProviderId } from '../../protocol/names.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { columnsOf, decodeRow, type Encoded, jsonColumn, saveRow } from './rows.ts'

const Row = z.object({
  name: KnowledgeBaseName,
  sources_json: jsonColumn(z.array(KnowledgeSource)),
  embed_provider: ProviderId,
  embed_model: ModelId,
  generation_provider: ProviderId.nullable(),
  generation_model: ModelId.nullable(),
  dimensions: z.int().positive().nullable(),
  chunks: z.int().nonnegative(),
  files: z.int().nonnegative(),
  built_at: Instant.nullable(),
  created_at: Instant,
  updated_at: Instant,
})

const columns = columnsOf(Row)

function decode(row: SqlRow): KnowledgeBase {
  const decoded = decodeRow('knowledge_bases', Row, row)
  const { name, dimensions, chunks, files, generation_provider: provider, generation_model: model } = decoded
  return {
    ...{ name, dimensions, chunks, files, sources: decoded.sources_json },
    embed: { provider: decoded.embed_provider, model: decoded.embed_model },
    generation: provider === null || model === null ? null : { provider, model },
    builtAt: decoded.built_at,
    createdAt: decoded.created_at,
    updatedAt: decoded.updated_at,
  }
}

/** By name. */
export function listKnowledgeBases(database: ReadableDatabase): KnowledgeBase[] {
  return database.all(`SELECT ${columns} FROM knowledge_bases ORDER BY name`).map(decode)
}

export function findKnowledgeBase(database: ReadableDatabase, name: string): KnowledgeBase | undefined {
  const row = database.get(`SELECT ${columns} FROM knowledge_bases WHERE name = ?`, [name])
  return row && decode(row)
}

/** Creates or replaces. */
export function saveKnowledgeBase(database: Database, base: KnowledgeBase): void {
  const { name, sources, embed, generation, dimensions, chunks, files } = base
  const row: Encoded<typeof Row> = {
    ...{ name, dimensions, chunks, files, sources_json: JSON.stringify(sources) },
    ...{ embed_provider: embed.provider, embed_model: embed.model },
    ...{ generation_provider: generation?.provider ?? null, generation_model: generation?.model ?? null },
    ...{ built_at: base.builtAt, created_at: base.createdAt, updated_at: base.updatedAt },
  }
  saveRow(database, 'knowledge_bases', ['name'], row)
}

/** False when there is none of that name. */
export function removeKnowledgeBase(database: Database, name: string): boolean {
  return database.run('DELETE FROM knowledge_bases WHERE name = ?', [name]) > 0
}
