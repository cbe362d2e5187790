import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Task } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import type { Resolution, ResolvedRoute, RouteOptions, TraceStep, Warning } from '../../protocol/routing.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { localizable, toEnglish } from '../../shared/message.ts'
import { fallbacksOf } from '../../shared/routeFallbacks.ts'
import { type Check, checkHealth, checkKey, checkPolicy, pass, refuse } from './resolutionChecks.ts'
import { checkModelAlive, endingSoon, findRegistered, leavesMachine } from './resolutionModelChecks.ts'
import type { KindRules, ProviderFacts, ResolutionSnapshot } from './resolutionSnapshot.ts'
import { findDenial } from './workspacePolicy.ts'

/** Where a resolution tries to go, and by which rule. */
export interface Target {
  provider: string
  model: string | null
  options: RouteOptions
  rule: ResolvedRoute['rule']
  alias?: string | undefined
  /** What the trace says about the first step. */
  chosenBy: LocalizableMessage
}

/** Takes the ten steps to one provider, in order, until one fails. */
export function checkTarget(task: Task, target: Target, snapshot: ResolutionSnapshot): Resolution {
  const trail = startTrail(target.provider)
  const { trace, warnings } = trail
  const outcome = takeSteps(task, target, snapshot, trail)
  return outcome.ok
    ? { ok: true, value: outcome.value, warnings, trace }
    : { ok: false, reason: outcome.reason, warnings, trace }
}

export function failedStep(step: TraceStep['step'], provider: string | null, reason: Reason): TraceStep {
  return { step, provider, passed: false, detail: `${reason.code}: ${reason.message}`, reason }
}

function takeSteps(task: Task, target: Target, snapshot: ResolutionSnapshot, trail: Trail): Outcome<ResolvedRoute> {
  const { provider, options, rule, alias } = target
  trail.passed('route', target.chosenBy)
  const facts = snapshot.providers.find((candidate) => candidate.provider === provider)
  if (!facts) return trail.failed('provider', { code: 'provider_unconfigured', provider })
  trail.passed('provider', localizable('set up'))
  if (!facts.enabled) return trail.failed('enabled', { code: 'provider_disabled', provider })
  trail.passed('enabled', localizable('enabled'))
  const rules = snapshot.kinds.get(facts.kind)
  if (!rules) return trail.failed('kind', { code: 'provider_unknown', provider, kind: facts.kind })
  if (rules.lacksEditor) return trail.failed('kind', { code: 'editor_absent', provider, why: 'no_editor' })
  trail.passed('kind', localizable('{0}', facts.kind))
  const parsed = rules.parseConfig(facts.config)
  if (!parsed.ok) return trail.failed('config', { code: 'config_invalid', provider, problems: parsed.problems })
  const endpoint = rules.endpoint(parsed.config)
  trail.passed(
    'config',
    endpoint === null ? localizable('valid; no network is used') : localizable('valid; calls go to {0}', endpoint),
  )
  const model = target.model ?? rules.defaultModel(parsed.config, task)
  const suggestion = snapshot.defaultModel ?? undefined
  if (model === null) return trail.failed('model', { code: 'model_unconfigured', provider, task, suggestion })
  if (findRegistered(facts, rules, model)?.status === 'inactive') {
    return trail.failed('model', { code: 'model_unconfigured', provider, task, inactive: model, suggestion })
  }
  trail.passed(
    'model',
    target.model === null ? localizable('"{0}", from the provider’s settings', model) : localizable('"{0}"', model),
  )
  const hasFallback = rule === 'route' && fallbacksOf(options).some(({ when }) => when.includes('not_ready'))
  const { now, policies } = snapshot
  const refused = checkUse(facts, rules, { endpoint, model, task, hasFallback, now, policies }, trail)
  if (refused) return refused
  const ends = endingSoon(facts, rules, model, snapshot.now)
  return succeed({
    task,
    provider,
    kind: facts.kind,
    model,
    endpoint,
    options,
    rule,
    ...(alias ? { alias } : {}),
    ...(ends ? { ends } : {}),
  })
}

/** Steps 7 to 10: may and can this model be called. */
function checkUse(
  facts: ProviderFacts,
  rules: KindRules,
  use: { endpoint: string | null; model: string; task: Task; hasFallback: boolean } & Pick<
    ResolutionSnapshot,
    'now' | 'policies'
  >,
  trail: Trail,
): Outcome<never> | null {
  const { endpoint, model, task, hasFallback, now, policies = [] } = use
  const isCalled = endpoint !== null
  return (
    trail.take('key', checkKey(facts, rules)) ??
    (policies.length > 0 ? trail.take('policy', checkRules(facts, rules, use)) : null) ??
    trail.take('policy', checkPolicy(facts, rules, endpoint)) ??
    trail.take('health', checkHealth(facts, { model, isCalled, hasFallback }, now)) ??
    trail.take('model_alive', checkModelAlive(facts, rules, { model, isCalled, task }, now))
  )
}

/** What the folder of the texts says of it. */
function checkRules(
  facts: ProviderFacts,
  rules: KindRules,
  { endpoint, model, task, policies = [] }: Parameters<typeof checkUse>[2],
): Check {
  const { provider, kind } = facts
  const passesOn = leavesMachine(facts, rules, model)
  const denial = findDenial(policies, { provider, kind, model, endpoint, leavesMachine: passesOn, task })
  return denial
    ? refuse(denial)
    : pass(localizable('the rules of {0} allow it', policies.map(({ file }) => file).join(', ')))
}

/** What was seen on the way. A failed step ends it. */
interface Trail {
  trace: TraceStep[]
  warnings: Warning[]
  passed(step: TraceStep['step'], sentence: LocalizableMessage): void
  failed(step: TraceStep['step'], facts: ReasonFacts): Outcome<never>
  /** Records a check; null when it passed. */
  take(step: TraceStep['step'], check: Check): Outcome<never> | null
}

function startTrail(provider: string): Trail {
  const trace: TraceStep[] = []
  const warnings: Warning[] = []
  function stop(step: TraceStep['step'], reason: Reason): Outcome<never> {
    trace.push(failedStep(step, provider, reason))
    return { ok: false, reason }
  }
  function passed(step: TraceStep['step'], sentence: LocalizableMessage): void {
    trace.push({ step, provider, passed: true, detail: toEnglish(sentence), localizable: sentence })
  }
  return {
    trace,
    warnings,
    passed,
    failed: (step, facts) => stop(step, explainReason(facts)),
    take(step, check) {
      if (!check.ok) return stop(step, check.reason)
      passed(step, check.localizable)
      warnings.push(...check.warnings)
      return null
    },
  }
}
