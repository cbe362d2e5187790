import type { EndingModel, RegisteredModel } from '../../protocol/models.ts'
import { findModelDependents, listNamedModels, type MeantModel } from '../directory/dependents.ts'
import { withLivingSuccessor } from '../domain/resolutionModelChecks.ts'
import type { ReadableDatabase } from '../store/database.ts'
import { findModelAsFarAsReadable } from '../store/modelTable.ts'
import { lifecycleNow, type ModelSources } from './modelViews.ts'

const dayMs = 24 * 3_600_000

interface Forecast {
  sources: ModelSources
  meantBy(named: Pick<RegisteredModel, 'provider' | 'model'>): MeantModel
  days: number
  /** Milliseconds since 1970. */
  now: number
}

/** What something names and what ends within the days, or has ended. A model is told once, by the spelling that was found first. */
export function forecastEnds(database: ReadableDatabase, { sources, meantBy, days, now }: Forecast): EndingModel[] {
  const found: EndingModel[] = []
  const seen: MeantModel[] = []
  for (const { provider, model: said, task } of listNamedModels(database)) {
    const open = sources.openProvider(provider)
    const model = said ?? (task && open ? open.adapter.defaultModel(open.config, task) : null)
    if (model === null || seen.some((each) => each.provider === provider && each.isMeant(model))) continue
    const meant = meantBy({ provider, model })
    seen.push(meant)
    const stored = findModelAsFarAsReadable(database, provider, model)?.lifecycle ?? null
    const rules = open
      ? { announcedLifecycle: (name: string) => sources.announcedLifecycle(open.adapter.kind, name) }
      : {}
    const lifecycle = withLivingSuccessor(lifecycleNow({ provider, model, lifecycle: stored }, sources), rules, now)
    if (!lifecycle || (lifecycle.shutdownAt !== null && Date.parse(lifecycle.shutdownAt) - now > days * dayMs)) continue
    const dependents = findModelDependents(database, meant)
    if (dependents.length > 0) found.push({ provider, model, ...lifecycle, dependents })
  }
  return found.sort((one, other) => endOf(one) - endOf(other))
}

function endOf({ shutdownAt }: EndingModel): number {
  return shutdownAt === null ? Number.MAX_VALUE : Date.parse(shutdownAt)
}
