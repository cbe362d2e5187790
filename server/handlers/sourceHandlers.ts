import { resolve } from 'node:path'
import { succeed } from '../../protocol/outcome.ts'
import type { sourceRequests } from '../../protocol/requests/sourceRequests.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import type { FrontMatterChanges } from '../runs/results/frontMatterChange.ts'
import type { Services } from '../services.ts'
import { removeSourceSettings, saveSourceSettings } from '../store/sourceSettingsTable.ts'
import { withRemembered } from './rememberedSource.ts'

export function sourceHandlers(
  { store, now, golden }: Pick<Services, 'store' | 'now' | 'golden'>,
  dataDir: string,
): Pick<Handlers, keyof typeof sourceRequests> {
  let loading: Promise<FrontMatterChanges> | null = null
  /** Parsers are loaded when somebody reads something. */
  const frontMatter = (): Promise<FrontMatterChanges> => {
    loading ??= loadFrontMatter(dataDir, golden)
    return loading
  }
  return {
    async 'source/describe'(request) {
      const { describeSource } = await import('../runs/sources/describeSource.ts')
      const { diskFiles } = await import('../runs/files.ts')
      const { defaultLimits } = await import('../runs/limits.ts')
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
    'run/frontMatter': async ({ runId, path }) => (await frontMatter()).change(runId, resolve(path)),
    'run/markdownFiles': async ({ runId, ...page }) => (await frontMatter()).markdownFiles(runId, page),
  }
}

async function loadFrontMatter(dataDir: string, golden: Services['golden']): Promise<FrontMatterChanges> {
  const { createFrontMatterChanges } = await import('../runs/results/frontMatterChange.ts')
  const { diskFiles } = await import('../runs/files.ts')
  const { defaultLimits } = await import('../runs/limits.ts')
  const { journalPathIn } = await import('../runs/journal/journalPath.ts')
  const { runLabels } = await import('../labels/runLabels.ts')
  return createFrontMatterChanges({
    files: diskFiles,
    limits: defaultLimits,
    journalPath: (runId) => journalPathIn(dataDir, runId),
    labelsOf: (request) => runLabels(golden, request),
  })
}
