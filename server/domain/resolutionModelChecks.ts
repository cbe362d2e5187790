import type { ModelInfo, ModelLifecycle } from '../../protocol/providers.ts'
import type { Warning } from '../../protocol/routing.ts'
import { isShutDown, lifecycleOfModel } from './modelLifecycle.ts'
import { type Check, pass, refuse, tellAge } from './resolutionChecks.ts'
import type { KindRules, ProviderFacts, RegisteredFacts } from './resolutionSnapshot.ts'
import { similarNames } from './similarNames.ts'

/** The registration that means the model, in whatever spelling. */
export function findRegistered(facts: ProviderFacts, rules: KindRules, model: string): RegisteredFacts | undefined {
  return findSame(facts.registered ?? [], rules, model)
}

/**
 * Step 10. Only a list that was read by the last check can say that a model is not there; that it was shut down can be known
 * without any list.
 */
export function checkModelAlive(
  facts: ProviderFacts,
  rules: KindRules,
  model: string,
  isCalled: boolean,
  now: number,
): Check {
  const { provider, models } = facts
  const listed = findSame(models.models, rules, model)
  const registered = findRegistered(facts, rules, model)
  const announced = rules.announcedLifecycle?.(listed?.model ?? model) ?? null
  const lifecycle = lifecycleOfModel(listed, registered?.lifecycle ?? null, announced)
  if (lifecycle && isShutDown(lifecycle, now)) {
    const { shutdownAt, replacement } = lifecycle
    return refuse({ code: 'model_deprecated', provider, model, shutdownAt, replacement })
  }
  if (!listed && models.state === 'fresh' && !models.isPartial) {
    const names = models.models.filter(({ type }) => type !== 'embedding').map((candidate) => candidate.model)
    return refuse({ code: 'model_missing', provider, model, alternatives: similarNames(model, names, 5) })
  }
  const isMarked = registered?.status === 'deprecated'
  const warnings = [
    ...(models.state !== 'fresh' && isCalled ? [staleModels(models.listedAt, now)] : []),
    ...(lifecycle || isMarked ? [deprecationAnnounced(model, lifecycle)] : []),
    ...(listed?.leavesMachine ? [leavesMachine(model)] : []),
    ...(listed?.unlistedSince ? [unlisted(model)] : []),
  ]
  return pass(tellListed(model, listed), ...warnings)
}

function tellListed(model: string, listed: ModelInfo | undefined): string {
  if (!listed) return `no list that could tell whether "${model}" is there`
  return listed.unlistedSince ? `"${model}" was listed until a moment ago` : `"${model}" is listed`
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
  const message =
    listedAt === null ? 'The models were never listed.' : `The models were last listed ${tellAge(listedAt, now)}.`
  return { code: 'stale_models', message }
}

/** One list may have been cut short; when the next one lacks it, too, the model is missing. */
function unlisted(model: string): Warning {
  return { code: 'model_unlisted', message: `"${model}" was not in the last list of models; the next one decides.` }
}

/** Without a lifecycle somebody marked it so in the registry. */
function deprecationAnnounced(model: string, lifecycle: ModelLifecycle | null): Warning {
  const { shutdownAt = null, replacement = null } = lifecycle ?? {}
  const when = shutdownAt
    ? `will be shut down on ${shutdownAt.slice(0, 10)}`
    : 'is deprecated; no shutdown date is known'
  const instead = replacement ? ` Its replacement is "${replacement}".` : ''
  return { code: 'deprecation_announced', message: `"${model}" ${when}.${instead}` }
}

function leavesMachine(model: string): Warning {
  const message = `"${model}" runs in the cloud: what it judges leaves this machine, although its server is local.`
  return { code: 'leaves_machine', message }
}
