import { succeed } from '../protocol/outcome.ts'
import type { GoldenStore } from './labels/goldenStore.ts'
import type { Labels } from './labels/labels.ts'
import { loadProfile } from './profiles/loadProfile.ts'
import { change, type Services } from './services.ts'
import { recordAudit } from './store/auditTable.ts'
import { findRun } from './store/runTable.ts'

export interface ServerLabels {
  /** What stands in the files; loaded when somebody asks for a label. */
  golden(): Promise<GoldenStore>
  labels(): Promise<Labels>
}

/** Gives the labels their profiles and runs; a change is told to the clients, and counted in the audit log. */
export function createServerLabels(
  dataDir: string,
  parts: Pick<Services, 'store' | 'now' | 'tellChanged' | 'log'>,
  random: () => number,
): ServerLabels {
  let golden: Promise<GoldenStore> | null = null
  let labels: Promise<Labels> | null = null

  async function loadGolden(): Promise<GoldenStore> {
    const { createGoldenStore } = await import('./labels/goldenStore.ts')
    const { diskFiles } = await import('./runs/files.ts')
    const { systemClock } = await import('./runs/clock.ts')
    return createGoldenStore({ files: diskFiles, clock: systemClock, random })
  }

  async function load(): Promise<Labels> {
    const { createLabels } = await import('./labels/labels.ts')
    const { diskFiles } = await import('./runs/files.ts')
    return createLabels({
      golden: await openGolden(),
      files: diskFiles,
      loadProfile: (choice) => loadProfile(parts.store, choice),
      requestOf: (runId) => parts.store.read((database) => findRun(database, runId))?.request ?? null,
      profileOf: async (runId) => {
        const { readHeaderOf } = await import('./runs/journal/readJournal.ts')
        const { journalPathIn } = await import('./runs/journal/journalPath.ts')
        return (await readHeaderOf(diskFiles, journalPathIn(dataDir, runId)))?.profile ?? null
      },
      judgedOf: async (runId, hashes) => {
        if (!parts.store.read((database) => findRun(database, runId))) return null
        const { readJudged } = await import('./labels/judgedResults.ts')
        const { journalPathIn } = await import('./runs/journal/journalPath.ts')
        const judged = await readJudged(diskFiles, { path: journalPathIn(dataDir, runId), runId }, hashes)
        return judged.ok ? judged.value : null
      },
      now: parts.now,
      onChange: async (path, action, before, after) => {
        parts.tellChanged('labels')
        // The label is in its file already: a log that cannot be written changes nothing of that.
        const logged = await change(parts, ['audit'], (database) => {
          const entry = { at: parts.now(), what: 'label' as const, target: path, action }
          recordAudit(database, { ...entry, before: { labels: before }, after: { labels: after } })
          return succeed(null)
        })
        if (!logged.ok) parts.log.warn(`labels in ${path}: ${logged.reason.message}`)
      },
    })
  }

  function openGolden(): Promise<GoldenStore> {
    golden ??= loadGolden()
    return golden
  }

  return {
    golden: openGolden,
    labels() {
      labels ??= load()
      return labels
    },
  }
}
