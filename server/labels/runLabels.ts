import type { RunRequest } from '../../protocol/runs.ts'
import type { RunLabels } from '../runs/queries/humanLabels.ts'
import { goldenPath } from './goldenPath.ts'
import type { GoldenStore } from './goldenStore.ts'

/** What people said of items in the workspace of a run. Null: it has none, or its labels cannot be read. */
export async function runLabels(
  golden: () => Promise<GoldenStore>,
  { workspaceFolder }: Pick<RunRequest, 'workspaceFolder'>,
): Promise<RunLabels | null> {
  if (workspaceFolder === undefined) return null
  const read = await (await golden()).read(goldenPath(workspaceFolder))
  return read.ok ? read.value : null
}
