/**
 * Every migration that was ever released, in order, with the SHA-256 of its file. A released file never changes: databases were
 * made from it. A new migration is one more file and one more line.
 */
export interface ReleasedMigration {
  name: string
  sha256: string
}

export const releasedMigrations: readonly ReleasedMigration[] = [
  { name: '0001_before_llm_providers', sha256: '54ca11245367bcd864a9970e7d09749f869ec8fd676daec7bf879fb7baf25e07' },
  { name: '0002_llm_providers', sha256: '8e6533e5448ba0d7285b66f8e86caa7702814c8ca5f3f2f0607df17291491643' },
  { name: '0003_categories_and_runs', sha256: 'b5cfa5cad447a5239f1dbe55998dc5db9531cec78dd230e1c92c6d1e9dd365a8' },
]
