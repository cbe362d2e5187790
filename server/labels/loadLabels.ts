import { succeed } from '../../protocol/outcome.ts'
import type { Changes } from '../changes.ts'
import type { Log } from '../rpc/log.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import { findRun } from '../store/runTable.ts'
import type { GoldenStore } from './goldenStore.ts'
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
  const { readJudged } = await import('./judgedResults.ts')
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
