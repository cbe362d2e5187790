import { resolve } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { sourceRequests } from '../../protocol/requests/sourceRequests.ts'
import type { FrontMatterChanges } from '../results/frontMatterChange.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { findRun } from '../store/runTable.ts'
import { removeSourceSettings, saveSourceSettings } from '../store/sourceSettingsTable.ts'
import type { Store } from '../store/store.ts'
import { withRemembered } from './rememberedSource.ts'
import type { RunsOptions } from './runOptions.ts'

interface SourceHandlersParts {
  store: Pick<Store, 'read' | 'change'>
  frontMatter(): Promise<FrontMatterChanges>
  /** Lets results follow what was renamed. */
  renamed: { moved(from: string, to: string): Promise<Outcome<{ sources: number }>> }
  now(): string
}

export function sourceHandlers({
  store,
  frontMatter,
  renamed,
  now,
}: SourceHandlersParts): Pick<Handlers, keyof typeof sourceRequests> {
  return {
    async 'source/describe'(request) {
      const { describeSource } = await import('../sources/describeSource.ts')
      const { diskFiles } = await import('../files/diskFiles.ts')
      const { defaultLimits } = await import('./limits.ts')
      return await describeSource(withRemembered(store, request), diskFiles, defaultLimits)
    },
    'source/remember': ({ path, settings }) =>
      store.change((database) => {
        const source = resolve(path)
        const isEmpty = settings === null || Object.values(settings).every((value) => value === undefined)
        if (isEmpty) removeSourceSettings(database, source)
        else saveSourceSettings(database, source, settings, now())
        return succeed(null)
      }),
    'source/moved': ({ from, to }) => renamed.moved(from, to),
    'run/frontMatter': async ({ runId, path }) => (await frontMatter()).change(runId, resolve(path)),
    'run/markdownFiles': async ({ runId, ...page }) => (await frontMatter()).markdownFiles(runId, page),
  }
}

/** Parsers are loaded when somebody reads something. */
export async function loadFrontMatter(
  dataDir: string,
  store: Pick<Store, 'read'>,
  labelsOf: NonNullable<RunsOptions['labelsOf']>,
): Promise<FrontMatterChanges> {
  const { createFrontMatterChanges } = await import('../results/frontMatterChange.ts')
  const { diskFiles } = await import('../files/diskFiles.ts')
  const { defaultLimits } = await import('./limits.ts')
  const { journalPathIn } = await import('../journal/journalPath.ts')
  return createFrontMatterChanges({
    files: diskFiles,
    limits: defaultLimits,
    journalPath: (runId) => journalPathIn(dataDir, runId),
    storedPlaces: (runId) => store.read((database) => findRun(database, runId)) ?? null,
    labelsOf,
  })
}
