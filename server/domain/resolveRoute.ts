import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Task } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Fallback, Readiness, Resolution, RouteOptions, TaskReadiness, Warning } from '../../protocol/routing.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { localizable, toEnglish } from '../../shared/message.ts'
import { fallbacksOf } from '../../shared/routeFallbacks.ts'
import type { ResolutionSnapshot } from './resolutionSnapshot.ts'
import { checkTarget, failedStep, type Target } from './resolutionSteps.ts'

/**
 * Where a task goes now, or the reason why it cannot run; always with the steps that led there. Pure: the same snapshot
 * gives the same answer, nothing is asked. A fallback is taken only when the route names one for that, only when the route itself
 * is not ready, and is shown by `rule`, a warning and the trace, which then holds the steps of both.
 */
export function resolveRoute(task: Task, snapshot: ResolutionSnapshot): Resolution {
  const target = chooseTarget(task, snapshot)
  if (!target) {
    const stored = snapshot.routes.find((route) => route.task === task)
    const suggestion = snapshot.defaultModel ?? undefined
    const reason = explainReason({
      code: 'no_route',
      task,
      problem: stored?.damage,
      localizable: stored?.localizable,
      suggestion,
    })
    return { ok: false, reason, warnings: [], trace: [failedStep('route', null, reason)] }
  }
  const own = checkTarget(task, target, snapshot)
  if (own.ok || target.rule !== 'route') return own
  const trace = [...own.trace]
  for (const fallback of fallbacksOf(target.options).filter(({ when }) => when.includes('not_ready'))) {
    const other = checkTarget(task, fallbackTarget(target, fallback), snapshot)
    trace.push(...other.trace)
    if (!other.ok) continue
    const { provider, model } = target
    const value = { ...other.value, fallbackFor: { provider, model, when: 'not_ready' as const } }
    return {
      ...other,
      value,
      warnings: [fallbackActive(target, fallback.provider, own.reason), ...other.warnings],
      trace,
    }
  }
  // None is ready: the route's own reason is the one to mend.
  return { ...own, trace }
}

function chooseTarget(task: Task, { routes, override }: ResolutionSnapshot): Target | null {
  const route = routes.find((candidate) => candidate.task === task)
  if (override) {
    const isSameProvider = route?.provider === override.provider
    const isSameModel = isSameProvider && (override.model === null || override.model === route.model)
    return {
      provider: override.provider,
      model: override.model ?? (isSameProvider ? route.model : null),
      options: optionsElsewhere(route?.options ?? {}, isSameModel),
      rule: 'override',
      alias: override.alias,
      chosenBy: localizable('chosen for this run'),
    }
  }
  if (!route || route.damage !== undefined) return null
  return { ...route, rule: 'route', chosenBy: routeOf(task) }
}

function fallbackTarget(target: Target, fallback: Pick<Fallback, 'provider' | 'model'>): Target {
  return {
    provider: fallback.provider,
    model: fallback.model,
    options: optionsElsewhere(target.options, false),
    rule: 'fallback',
    chosenBy: localizable('the fallback that the route names, because "{0}" is not ready', target.provider),
  }
}

/** Batches and concurrency were chosen for the task, all else for the route's model. A fallback has no fallback. */
function optionsElsewhere(options: RouteOptions, isSameModel: boolean): RouteOptions {
  const { fallback: _, fallbacks: __, ...others } = options
  const { batchSize, concurrency } = others
  return isSameModel ? others : { batchSize, concurrency }
}

function routeOf(task: Task): LocalizableMessage {
  return task === 'categorization' ? localizable('the route of categorization') : localizable('the route of scoring')
}

function fallbackActive(target: Target, fallback: string, reason: Reason): Warning {
  const sentence = localizable('The fallback "{0}" is used, because "{1}" is not ready: {2}', fallback, target.provider)
  const message = toEnglish({ ...sentence, values: [...sentence.values, reason.message] })
  return { code: 'fallback_active', message, localizable: sentence, reason }
}

/** A resolution as a status: `checkedAt` and `latencyMs` are those of the provider that the answer is about. */
export function readTaskReadiness(task: Task, snapshot: ResolutionSnapshot): TaskReadiness {
  const resolution = resolveRoute(task, snapshot)
  // The first step is about the route's own provider: when nothing is ready, its reason is the one that is shown.
  const provider = resolution.ok ? resolution.value.provider : resolution.trace[0]?.provider
  const health = snapshot.providers.find((candidate) => candidate.provider === provider)?.health
  return {
    task,
    ready: resolution.ok,
    reason: resolution.ok ? null : resolution.reason,
    warnings: resolution.warnings,
    route: resolution.ok ? resolution.value : null,
    checkedAt: health?.checkedAt ?? null,
    latencyMs: health?.latencyMs ?? null,
  }
}

export function readReadiness(snapshot: ResolutionSnapshot): Readiness {
  return {
    categorization: readTaskReadiness('categorization', snapshot),
    scoring: readTaskReadiness('scoring', snapshot),
  }
}
