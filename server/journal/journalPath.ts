import { join } from 'node:path'

/** What else is kept of a run stands beside its journal. */
export function journalPathIn(dataDir: string, runId: string): string {
  return join(dataDir, 'runs', `${runId}.journal.jsonl`)
}
