/* Makes test/fixtures/store/pre-feature.db, a store as it was before LLM Providers: `node test/support/store/makePreFeature.ts`. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { applyMigrations, readMigrations } from '../../../server/store/migrations.ts'
import { releasedMigrations } from '../../../server/store/releasedMigrations.ts'
import { commitIdBytes, sealImage } from '../../../server/store/sealedImage.ts'
import { loadSqlite } from '../../../server/store/sqlite.ts'
import { diskFiles } from '../../../server/store/storeFiles.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const read = readMigrations(diskFiles, path.join(root, 'migrations'), releasedMigrations)
if (!read.ok) throw new Error(read.reason.message)
const connection = (await loadSqlite()).open(null)
const applied = applyMigrations(connection, read.value.slice(0, 1), '2026-01-15T08:30:00.000Z')
if (!applied.ok) throw new Error(applied.reason.message)
connection.run(
  `INSERT INTO user_preferences
     (id, interests, anti_interests, ollama_host, ollama_categorization_model, ollama_scoring_model,
      ollama_use_separate_models, ollama_thinking, updated_at)
   VALUES (1, ?, ?, ?, ?, ?, 1, 1, ?)`,
  [
    'Compilers, databases, and how people learn.',
    'Celebrity news.',
    'http://gpu-box.example:11500/',
    'qwen3:4b',
    'qwen3:14b',
    '2026-02-20T19:05:00.000Z',
  ],
)
const { image, seal } = sealImage(connection.image(), [Buffer.alloc(commitIdBytes, 0x70)])
writeFileSync(path.join(root, 'test/fixtures/store/pre-feature.db'), Buffer.concat([image, seal]))
