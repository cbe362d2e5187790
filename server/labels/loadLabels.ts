import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import type { Changes } from '../changes.ts'
import { compileCriteria } from '../domain/criteria.ts'
import { answersForExample, chooseExamples } from '../domain/promptExamples.ts'
import { canonicalJson, sha256 } from '../items/hashes.ts'
import type { RunLabels } from '../results/humanLabels.ts'
import type { Log } from '../rpc/log.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import { findRun } from '../store/runTable.ts'
import { type GoldenStore, goldenPath } from './goldenStore.ts'
import type { LabelParts, Labels } from './labels.ts'

/** The files that labels are in. */
export async function loadGolden(random: () => number): Promise<GoldenStore> {
  const { GoldenStore } = await import('./goldenStore.ts')
  const { diskFiles } = await import('../files/diskFiles.ts')
  const { systemClock } = await import('../files/clock.ts')
  return new GoldenStore({ files: diskFiles, clock: systemClock, random })
}

interface LoadLabelsParts extends StoredData, Pick<LabelParts, 'loadProfile'> {
  dataDir: string
  changes: Pick<Changes, 'emit'>
  golden(): Promise<GoldenStore>
  log: Pick<Log, 'warn'>
}

/** Gives the labels their profiles and runs; a change is told to the clients, and counted in the audit log. */
export async function loadLabels(parts: LoadLabelsParts): Promise<Labels> {
  const { dataDir, store, change, changes, log, now } = parts
  const { Labels } = await import('./labels.ts')
  const { diskFiles } = await import('../files/diskFiles.ts')
  const { readHeaderOf } = await import('../journal/readJournal.ts')
  const { journalPathIn } = await import('../journal/journalPath.ts')
  const { readJudged } = await import('./judgedTexts.ts')
  return new Labels({
    golden: await parts.golden(),
    files: diskFiles,
    loadProfile: parts.loadProfile,
    requestOf: (runId) => store.read((database) => findRun(database, runId))?.request ?? null,
    profileOf: async (runId) => (await readHeaderOf(diskFiles, journalPathIn(dataDir, runId)))?.profile ?? null,
    async judgedOf(runId, hashes) {
      if (!store.read((database) => findRun(database, runId))) return null
      const judged = await readJudged(diskFiles, { path: journalPathIn(dataDir, runId), runId }, hashes)
      return judged.ok ? judged.value : null
    },
    now,
    async onChange(path, action, before, after) {
      changes.emit('labels')
      // The label is in its file already: a log that cannot be written changes nothing of that.
      const logged = await change(['audit'], (database) => {
        const entry = { at: now(), what: 'label' as const, target: path, action }
        recordAudit(database, { ...entry, before: { labels: before }, after: { labels: after } })
        return succeed(null)
      })
      if (!logged.ok) log.warn(`labels in ${path}: ${logged.reason.message}`)
    },
  })
}

/** What people said of items in the workspace of a run. Null: it has none, or its labels cannot be read. */
export async function runLabels(
  golden: () => Promise<GoldenStore>,
  { workspaceFolder }: Pick<RunRequest, 'workspaceFolder'>,
): Promise<RunLabels | null> {
  if (workspaceFolder === undefined) return null
  const read = await (await golden()).read(goldenPath(workspaceFolder))
  return read.ok ? read.value : null
}

type NamedModel = { provider: string; model: string }

/** Labels among which those that are like an item are looked for: they stand in the journal of each run. */
const mostCandidates = 200

/**
 * The profile with the examples that it asks for, from the golden set of the workspace. Without a folder there are none. `embed`: the
 * model that tells what is like what; null: none is ready.
 */
export async function withExamples(
  loaded: Outcome<LoadedProfile>,
  workspaceFolder: string | undefined,
  golden: () => Promise<GoldenStore>,
  embed: NamedModel | null = null,
): Promise<Outcome<LoadedProfile>> {
  if (!loaded.ok || !loaded.value.profile.examples?.use || workspaceFolder === undefined) return loaded
  const read = await (await golden()).read(goldenPath(workspaceFolder))
  if (!read.ok) return read
  const { count, by } = loaded.value.profile.examples
  const criteria = compileCriteria(loaded.value.profile.criteria ?? [])
  const likeness = by === 'likeness' ? { likeness: { embed } } : {}
  const labels = [...read.value.labels.values()].map(({ label }) => label)
  const items = chooseExamples(
    labels.map((label) => {
      const { inputHash, text, categories, interest, quality } = label
      const answers = answersForExample(label, criteria)
      return { ...{ inputHash, text, categories, interest, quality }, ...(answers ? { criteria: answers } : {}) }
    }),
    by === 'likeness' ? mostCandidates : count,
  )
  if (items.length === 0) return loaded
  // A text cannot hold the hash of itself, so none of them can close its fence; the same examples are the same prompt, which is cached.
  const mark = sha256(canonicalJson(by === 'likeness' ? { items, ...likeness } : items)).slice(0, 12)
  return succeed({ ...loaded.value, examples: { count, mark, items, ...likeness } })
}
