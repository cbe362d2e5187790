import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListedKnowledgeBase } from '../../protocol/knowledgeBases.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { listKnowledgeBases } from '../store/knowledgeBaseTable.ts'
import type { Store } from '../store/store.ts'

/** Where a knowledge base has its files. */
export function baseFiles(dataDir: string, name: string): { folder: string; vectors: string; chunks: string } {
  const folder = join(dataDir, 'kb', name)
  return { folder, vectors: join(folder, 'vectors.bin'), chunks: join(folder, 'chunks.jsonl') }
}

/** By name. Apart from what searches and builds them: whoever looks at a result asks which there are. */
export async function listBases(dataDir: string, store: Pick<Store, 'read'>): Promise<Outcome<ListedKnowledgeBase[]>> {
  const sized = store.read(listKnowledgeBases).map(async (base) => {
    const { vectors, chunks } = baseFiles(dataDir, base.name)
    const [ofVectors, ofChunks] = await Promise.all([sizeOf(vectors), sizeOf(chunks)])
    return { ...base, bytes: ofVectors + ofChunks }
  })
  return succeed(await Promise.all(sized))
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path).catch(ignoreFileErrors)
  return stats?.size ?? 0
}
