import { Buffer } from 'node:buffer'
import { dirname, join } from 'node:path'
import type { EvaluationRequest } from '../../protocol/evaluation.ts'
import type { Label } from '../../protocol/labels.ts'
import type { Task } from '../../protocol/names.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import type { GoldenSet } from '../labels/goldenStore.ts'
import type { RunFiles } from '../runs/files.ts'
import { sha256 } from '../runs/items/hashes.ts'
import { writeWhole } from '../runs/journal/journalWriter.ts'

/** The labels that say something of the tasks; with a limit those whose hashes come first, so that they are always the same. */
export function chooseLabels(golden: GoldenSet, { tasks, limit }: Pick<EvaluationRequest, 'tasks' | 'limit'>): Label[] {
  return [...golden.labels.values()]
    .map(({ label }) => label)
    .filter((label) => tasks.some((task) => saysOf(label, task)))
    .sort((one, other) => (one.inputHash < other.inputHash ? -1 : 1))
    .slice(0, limit)
}

function saysOf({ categories, interest, quality }: Label, task: Task): boolean {
  return task === 'categorization' ? categories !== null : interest !== null || quality !== null
}

/** `folder`: the name of the one that it is in, beside the reports. */
export type GoldenSource = Pick<RunRequest, 'source' | 'fields'> & { folder: string }

/**
 * Writes the texts alone, without what people said of them, where runs can read them. The same texts are the same file, so that an
 * evaluation that is repeated takes over what has not changed since, as any run does.
 */
export async function writeGoldenSource(
  files: RunFiles,
  dataDir: string,
  labels: readonly Label[],
): Promise<GoldenSource> {
  const lines = labels.map(({ inputHash, text }) => `${JSON.stringify({ id: inputHash, text })}\n`).join('')
  const folder = sha256(lines).slice(0, 16)
  const path = join(dataDir, 'evaluations', folder, 'golden.jsonl')
  await files.makeFolder(dirname(path))
  const temporary = `${path}.${process.pid}.${Math.floor(performance.now() * 1000)}.tmp`
  const handle = await files.open(temporary, 'w', 0o600)
  try {
    await writeWhole(handle, Buffer.from(lines), 0)
  } finally {
    await handle.close()
  }
  await files.rename(temporary, path)
  return { folder, source: { kind: 'paths', paths: [path], format: 'jsonl' }, fields: { text: ['text'], id: 'id' } }
}
