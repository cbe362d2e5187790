import * as l10n from '@vscode/l10n'
import { tasks } from '../../../protocol/names.ts'
import type { Readiness, Route } from '../../../protocol/routing.ts'
import { fallbacksOf } from '../../../shared/routeFallbacks.ts'
import { describeStatus } from '../../parts/describeModel.ts'
import type { IconName } from '../../parts/icon.tsx'
import type { KnownModel } from '../../parts/knownModels.ts'
import { taskTitle } from '../../parts/language.ts'

/**
 * The tasks that go to the model, as route or as fallback, in words; null: none. A route that names no model goes to the default of its
 * provider, which `resolved` knows.
 */
export function usesOf(
  { provider, model }: KnownModel,
  routes: readonly Route[],
  resolved: Readiness | null,
): string | null {
  const isIt = (target: { provider: string; model: string | null } | null | undefined) =>
    target?.provider === provider && target.model === model
  const uses = tasks.flatMap((task) => {
    const route = routes.find((candidate) => candidate.task === task)
    if (isIt(route)) return [taskTitle(task)]
    const goesTo = resolved?.[task].route
    if (route?.provider === provider && route.model === null && isIt(goesTo)) return [taskTitle(task)]
    return route && fallbacksOf(route.options).some(isIt) ? [l10n.t('fallback of {0}', taskTitle(task))] : []
  })
  return uses.length > 0 ? uses.join(', ') : null
}

/** What matters most of a model's state: that it cannot be used, that it is, or that it could be. */
export function describeUse(known: KnownModel, uses: string | null): { icon: IconName; words: string } | null {
  const { registered } = known
  if (registered && (registered.unreadable !== undefined || registered.status !== 'active')) {
    const state = describeStatus(known)
    return uses === null ? state : { ...state, words: l10n.t('{0} · in use: {1}', state.words, uses) }
  }
  return uses === null ? null : { icon: 'pass', words: l10n.t('In use: {0}', uses) }
}
