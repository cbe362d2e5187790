import * as l10n from '@vscode/l10n'
import { assertNever, tasks } from '../../../protocol/names.ts'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Route } from '../../../protocol/routing.ts'
import type { ProviderState } from '../../../shared/describe/provider.ts'
import type { IconName } from '../../parts/icon.tsx'
import { countModels, formatAge, formatDuration, taskTitle } from '../../parts/language.ts'

/** Icon and words say the same, so that neither colour nor shape is needed to understand it. */
export function describeProviderState(state: ProviderState): { icon: IconName; words: string } {
  switch (state.kind) {
    case 'ready':
      return { icon: 'pass', words: l10n.t('Ready') }
    case 'off':
      return { icon: 'off', words: l10n.t('Switched off') }
    case 'unchecked':
      return { icon: 'unknown', words: l10n.t('Not checked yet') }
    case 'broken':
      return { icon: 'error', words: l10n.t('Not ready') }
    default:
      return assertNever(state)
  }
}

/** What is known of it, in short: `3 models · answered in 12 ms · checked 2 min ago`. */
export function providerFactList(view: ProviderView, now: number): string[] {
  const { health, models } = view
  return [
    ...(view.endpoint ? [view.endpoint] : []),
    ...(models.state === 'never' ? [] : [describeModelCount(view, now)]),
    ...(health.version ? [l10n.t('version {0}', health.version)] : []),
    ...(health.latencyMs === null ? [] : [l10n.t('answered in {0}', formatDuration(health.latencyMs))]),
    ...(health.checkedAt ? [l10n.t('checked {0}', formatAge(health.checkedAt, now))] : []),
  ]
}

function describeModelCount({ models }: ProviderView, now: number): string {
  const count = countModels(models.models.length)
  if (models.state !== 'stale' || models.listedAt === null) return count
  return l10n.t('{0}, listed {1}', count, formatAge(models.listedAt, now))
}

/** The tasks whose route names the provider, as route or as fallback, in words; null: none. */
export function describeRoutesOf(provider: string, routes: readonly Route[]): string | null {
  const uses = tasks.flatMap((task) => {
    const route = routes.find((candidate) => candidate.task === task)
    if (route?.provider === provider) return [taskTitle(task)]
    return route?.options.fallback?.provider === provider ? [l10n.t('fallback of {0}', taskTitle(task))] : []
  })
  return uses.length > 0 ? uses.join(', ') : null
}
