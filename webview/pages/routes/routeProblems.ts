import * as l10n from '@vscode/l10n'
import type { ProviderView } from '../../../protocol/providers.ts'
import type { Problem, Reason } from '../../../protocol/reasons.ts'
import { StoredRouteOptions } from '../../../protocol/routing.ts'
import { problemOfIssue } from '../../../shared/describe/issue.ts'
import { isDraftFine } from '../../form/configForm.tsx'
import type { FormField } from '../../form/field.tsx'
import { canDoTasks, type KnownModel } from '../../parts/knownModels.ts'
import { optionsOf, type RouteDraft } from './routeDraft.ts'
import { isListWhole, type TargetProblems } from './targetFields.tsx'

/** What is wrong with a route as it is typed, field by field. */
export interface RouteProblems {
  target: TargetProblems
  fallback: TargetProblems
  areOptionsWrong: boolean
  /** What fields of their own do not see, by the option's name. */
  options: readonly Problem[]
}

export interface RouteFacts {
  /** As it is saved: what was chosen once stays, whatever a list says by now. */
  saved: RouteDraft
  fields: readonly FormField[]
  providers: readonly ProviderView[]
  known: readonly KnownModel[]
  now: number
  /** What the server said when it was saved last. */
  refusal: Reason | null
}

export function routeProblems(draft: RouteDraft, facts: RouteFacts): RouteProblems {
  const { saved, fields } = facts
  const options = optionProblems(draft, fields)
  const target = { provider: draft.provider, model: draft.model }
  const fallback = { provider: draft.fallbackProvider, model: draft.fallbackModel }
  return {
    target: targetProblems(target, { provider: saved.provider, model: saved.model }, facts),
    fallback: targetProblems(fallback, { provider: saved.fallbackProvider, model: saved.fallbackModel }, facts),
    areOptionsWrong: !isDraftFine(fields, draft.options) || options.length > 0,
    options: [...options, ...refusedOptions(draft, facts.refusal)],
  }
}

/** By the contract's own rules: a form knows neither JSON nor what of it the product keeps to itself. */
function optionProblems({ options }: RouteDraft, fields: readonly FormField[]): Problem[] {
  if (!isDraftFine(fields, options)) return []
  const parsed = StoredRouteOptions.safeParse(optionsOf(options, fields))
  return parsed.success ? [] : parsed.error.issues.map((issue) => problemOfIssue(issue))
}

/** The server calls an option `options.headers`, the form `headers`. */
function refusedOptions({ provider }: RouteDraft, refusal: Reason | null): Problem[] {
  if (refusal?.code !== 'config_invalid' || refusal.provider !== provider) return []
  return refusal.problems.map((problem) => ({ ...problem, path: problem.path.replace(/^options\./, '') }))
}

type Target = { provider: string; model: string }

function targetProblems(target: Target, saved: Target, { providers, known, now, refusal }: RouteFacts): TargetProblems {
  if (target.provider === '') return { provider: null, model: null }
  const isUnknown = refusal?.code === 'provider_unconfigured' && refusal.provider === target.provider
  return {
    provider: isUnknown ? l10n.t('This provider no longer exists.') : null,
    model: modelProblem(target, saved, { providers, known, now }),
  }
}

/** Only where all is known that there is can a name be wrong before it was tried. */
function modelProblem(
  { provider, model }: Target,
  saved: Target,
  { providers, known, now }: Pick<RouteFacts, 'providers' | 'known' | 'now'>,
): string | null {
  const name = model.trim()
  const isAsSaved = provider === saved.provider && name === saved.model
  if (name === '' || isAsSaved || !isListWhole(providers.find((view) => view.provider === provider))) return null
  const found = known.find((each) => each.provider === provider && each.model === name)
  if (!found) return l10n.t('{0} does not list it.', provider)
  return canDoTasks(found, now) ? null : l10n.t('It is disabled, shut down, or an embedding model.')
}

export function isFine({ target, fallback, areOptionsWrong }: RouteProblems): boolean {
  return (
    [target.provider, target.model, fallback.provider, fallback.model].every((each) => each === null) &&
    !areOptionsWrong
  )
}
