import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Task } from '../../protocol/names.ts'
import type { ModelInfo, ModelLifecycle } from '../../protocol/providers.ts'
import type { ResolvedRoute, Warning } from '../../protocol/routing.ts'
import { localizable } from '../../shared/message.ts'
import { similarNames } from './categoryNames.ts'
import { isShutDown, lifecycleOfModel } from './modelLifecycle.ts'
import { type Check, describeSince, pass, refuse, warn } from './resolutionChecks.ts'
import type { KindRules, ProviderFacts, RegisteredFacts } from './resolutionSnapshot.ts'

/** The registration that means the model, in whatever spelling. */
export function findRegistered(facts: ProviderFacts, rules: KindRules, model: string): RegisteredFacts | undefined {
  return findSame(facts.registered ?? [], rules, model)
}

/**
 * Step 10. Only a list that was read by the last check can say that a model is not there, and only of one that nobody registered:
 * gateways hide names, and take others than they list. That it was shut down can be known without any list.
 */
export function checkModelAlive(
  facts: ProviderFacts,
  rules: KindRules,
  { model, isCalled, task }: { model: string; isCalled: boolean; task: Task },
  now: number,
): Check {
  const { provider, models } = facts
  const listed = findSame(models.models, rules, model)
  const registered = findRegistered(facts, rules, model)
  const lifecycle = lifecycleNow(facts, rules, model, now)
  if (lifecycle && isShutDown(lifecycle, now)) {
    const { shutdownAt, replacement } = lifecycle
    return refuse({ code: 'model_deprecated', provider, model, task, shutdownAt, replacement })
  }
  const isListWhole = models.state === 'fresh' && !models.isPartial
  const dated = listed || registered ? undefined : models.models.find((each) => isDatedName(model, each.model))
  if (!listed && isListWhole && !registered && !dated) {
    const names = models.models.filter(({ type }) => type !== 'embedding').map((candidate) => candidate.model)
    return refuse({ code: 'model_missing', provider, model, alternatives: similarNames(model, names, 5) })
  }
  const isMarked = registered?.status === 'deprecated'
  const warnings = [
    ...(models.state !== 'fresh' && isCalled ? [staleModels(models.listedAt, now)] : []),
    ...(lifecycle || isMarked ? [deprecationAnnounced(model, lifecycle)] : []),
    ...(listed?.leavesMachine ? [leavingMachine(model)] : []),
    ...(listed?.unlistedSince ? [unlisted(model)] : []),
    ...(!listed && isCalled ? notListed(model, models, { isRegistered: registered !== undefined, dated }) : []),
  ]
  return pass(describeListed(model, listed), ...warnings)
}

/** Whether its server is known to pass on what the model is sent. */
export function leavesMachine({ models }: ProviderFacts, rules: KindRules, model: string): boolean {
  return findSame(models.models, rules, model)?.leavesMachine === true
}

function lifecycleNow(facts: ProviderFacts, rules: KindRules, model: string, now: number): ModelLifecycle | null {
  const listed = findSame(facts.models.models, rules, model)
  const registered = findRegistered(facts, rules, model)
  const announced = rules.announcedLifecycle?.(listed?.model ?? model) ?? null
  return withLivingSuccessor(lifecycleOfModel(listed, registered?.lifecycle ?? null, announced), rules, now)
}

/** Told with each run and estimate: what is judged later needs another model. Undefined: it stays for now, as far as is known. */
export function endingSoon(facts: ProviderFacts, rules: KindRules, model: string, now: number): ResolvedRoute['ends'] {
  const { shutdownAt = null, replacement = null } = lifecycleNow(facts, rules, model, now) ?? {}
  return shutdownAt !== null && Date.parse(shutdownAt) - now <= soonMs ? { at: shutdownAt, replacement } : undefined
}

function describeListed(model: string, listed: ModelInfo | undefined): LocalizableMessage {
  if (!listed) return localizable('no list of models to check "{0}" against', model)
  return listed.unlistedSince
    ? localizable('"{0}" was listed until a moment ago', model)
    : localizable('"{0}" is listed', model)
}

/** The very name goes before another spelling of it. */
function findSame<Named extends Pick<ModelInfo, 'model'>>(
  candidates: readonly Named[],
  rules: KindRules,
  model: string,
): Named | undefined {
  return (
    candidates.find((candidate) => candidate.model === model) ??
    candidates.find((candidate) => rules.isSameModel?.(model, candidate.model))
  )
}

function staleModels(listedAt: string | null, now: number): Warning {
  return warn(
    'stale_models',
    describeSince(listedAt, now, {
      unknown: localizable('The models were never listed.'),
      now: localizable('The models were last listed less than a minute ago.'),
      minutes: (amount) => localizable('The models were last listed {0} min ago.', amount),
      hours: (amount) => localizable('The models were last listed {0} h ago.', amount),
      days: (amount) => localizable('The models were last listed {0} days ago.', amount),
    }),
  )
}

/** Lists name releases (`gpt-x-2026-01-01`), and calls take the name without the day, too. */
export function isDatedName(wanted: string, listed: string): boolean {
  return listed.startsWith(`${wanted}-`) && /^-(\d{4}-?\d{2}-?\d{2}|\d{4}|latest)$/.test(listed.slice(wanted.length))
}

/** What a call would have to find out. */
function notListed(
  model: string,
  models: ProviderFacts['models'],
  { isRegistered, dated }: { isRegistered: boolean; dated: ModelInfo | undefined },
): Warning[] {
  // A list that is old, or was never read, is told about as that.
  if (models.state !== 'fresh') return []
  if (dated) {
    const sentence = localizable(
      '"{0}" is not listed, but "{1}" is: only a call shows whether it exists.',
      model,
      dated.model,
    )
    return [warn('model_not_listed', sentence)]
  }
  // Somebody said that it is there, and no list says otherwise.
  if (isRegistered && models.isPartial) return []
  return [
    warn(
      'model_not_listed',
      localizable('"{0}" is not in any list read so far: only a call shows whether it exists.', model),
    ),
  ]
}

/** A successor that is gone, or that goes within days of it, is no advice: who follows that one is. Null: nobody that is known. */
export function withLivingSuccessor(
  lifecycle: ModelLifecycle | null,
  rules: Pick<KindRules, 'announcedLifecycle'>,
  now: number,
): ModelLifecycle | null {
  if (!lifecycle?.replacement) return lifecycle
  const seen = new Set<string>()
  let replacement: string | null = lifecycle.replacement
  while (replacement !== null && !seen.has(replacement)) {
    seen.add(replacement)
    const own: ModelLifecycle | null = rules.announcedLifecycle?.(replacement) ?? null
    if (own?.shutdownAt == null || Date.parse(own.shutdownAt) - now > soonMs) return { ...lifecycle, replacement }
    replacement = own.replacement
  }
  return { ...lifecycle, replacement: null }
}

/** What ends within this is no successor, and is told with each run. */
const soonMs = 30 * 24 * 3_600_000

/** One list may have been cut short; when the next one lacks it, too, the model is missing. */
function unlisted(model: string): Warning {
  return warn(
    'model_unlisted',
    localizable('"{0}" was not in the last list of models; if the next one lacks it too, it counts as gone.', model),
  )
}

/** Without a lifecycle somebody marked it so in the registry. */
function deprecationAnnounced(model: string, lifecycle: ModelLifecycle | null): Warning {
  return warn('deprecation_announced', describeDeprecation(model, lifecycle))
}

function describeDeprecation(model: string, lifecycle: ModelLifecycle | null): LocalizableMessage {
  const { shutdownAt = null, replacement = null } = lifecycle ?? {}
  const day = shutdownAt?.slice(0, 10)
  if (day && replacement) {
    return localizable('"{0}" will be shut down on {1}. Its replacement is "{2}".', model, day, replacement)
  }
  if (day) return localizable('"{0}" will be shut down on {1}.', model, day)
  return replacement
    ? localizable('"{0}" is deprecated; no shutdown date is known. Its replacement is "{1}".', model, replacement)
    : localizable('"{0}" is deprecated; no shutdown date is known.', model)
}

function leavingMachine(model: string): Warning {
  const sentence = localizable(
    '"{0}" runs in the cloud: items leave this machine, although its server is local.',
    model,
  )
  return warn('leaves_machine', sentence)
}
