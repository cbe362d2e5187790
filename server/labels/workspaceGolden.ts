import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { chooseExamples } from '../domain/promptExamples.ts'
import { canonicalJson, sha256 } from '../items/hashes.ts'
import type { RunLabels } from '../results/humanLabels.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import { type GoldenStore, goldenPath } from './goldenStore.ts'

/** What people said of items in the workspace of a run. Null: it has none, or its labels cannot be read. */
export async function runLabels(
  golden: () => Promise<GoldenStore>,
  { workspaceFolder }: Pick<RunRequest, 'workspaceFolder'>,
): Promise<RunLabels | null> {
  if (workspaceFolder === undefined) return null
  const read = await (await golden()).read(goldenPath(workspaceFolder))
  return read.ok ? read.value : null
}

/** The profile with the examples that it asks for, from the golden set of the workspace. Without a folder there are none. */
export async function withExamples(
  loaded: Outcome<LoadedProfile>,
  workspaceFolder: string | undefined,
  golden: () => Promise<GoldenStore>,
): Promise<Outcome<LoadedProfile>> {
  if (!loaded.ok || !loaded.value.profile.examples?.use || workspaceFolder === undefined) return loaded
  const read = await (await golden()).read(goldenPath(workspaceFolder))
  if (!read.ok) return read
  const { count } = loaded.value.profile.examples
  const labels = [...read.value.labels.values()].map(({ label }) => label)
  const items = chooseExamples(
    labels.map(({ inputHash, text, categories, interest, quality }) => ({
      ...{ inputHash, text, categories, interest, quality },
    })),
    count,
  )
  if (items.length === 0) return loaded
  // A text cannot hold the hash of itself, so none of them can close its fence; the same examples are the same prompt, which is cached.
  const mark = sha256(canonicalJson(items)).slice(0, 12)
  return succeed({ ...loaded.value, examples: { count, mark, items } })
}
