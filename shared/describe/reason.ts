import { assertNever, type Task } from '../../protocol/names.ts'
import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import { english, type Language } from '../language.ts'
import { tellIn } from '../message.ts'
import { nextAction } from './reasonAction.ts'
import { listDependents, listProblems, phaseIn, suggestionHint, taskIn, thingIn, waitHint } from './reasonParts.ts'
import {
  missingSecretSentence,
  noModelSentence,
  revisionSentence,
  shutDownSentence,
  spendCapSentence,
  stopRuleSentence,
} from './reasonSentences.ts'

/**
 * Adds to the facts of a failure one sentence for a person and the one action that helps next. Whoever shows a reason in another
 * language words it again from its facts: a reason that comes over the wire is in English.
 */
export function explainReason(facts: ReasonFacts, language: Language = english): Reason {
  return { ...facts, message: tellReason(facts, language), action: nextAction(facts, language) }
}

/** The sentence alone. */
export function tellReason(facts: ReasonFacts, language: Language): string {
  const { t } = language
  switch (facts.code) {
    case 'no_route':
      return facts.problem
        ? t(
            'The route of {0} cannot be used: {1}.',
            taskIn(language, facts.task),
            tellIn(language, facts.told, facts.problem),
          )
        : t(
            'No provider is chosen for {0}{1}.',
            taskIn(language, facts.task),
            suggestionHint(language, facts.suggestion),
          )
    case 'provider_unconfigured':
      return t('The provider "{0}" is not set up.', facts.provider)
    case 'provider_disabled':
      return t('The provider "{0}" is switched off.', facts.provider)
    case 'provider_unknown':
      return t('This version does not know the kind "{0}" of the provider "{1}".', facts.kind, facts.provider)
    case 'config_invalid':
      return t('The settings of "{0}" are not valid: {1}.', facts.provider, listProblems(language, facts.problems))
    case 'model_unconfigured':
      return noModelSentence(facts, language)
    case 'secret_missing':
      return missingSecretSentence(facts, language)
    case 'policy_denied':
      return t('Nothing was sent to "{0}": {1}.', facts.provider, tellIn(language, facts.told, facts.detail))
    case 'provider_unreachable':
      return facts.cause
        ? t(
            '"{0}" cannot be reached at {1} ({2}).',
            facts.provider,
            facts.endpoint,
            tellIn(language, facts.told, facts.cause),
          )
        : t('"{0}" cannot be reached at {1}.', facts.provider, facts.endpoint)
    case 'timeout':
      return facts.afterMs === null
        ? t('"{0}" did not answer in time.', facts.provider)
        : t(
            '"{0}" did not answer in time ({1}, {2} ms).',
            facts.provider,
            phaseIn(language, facts.phase),
            facts.afterMs,
          )
    case 'auth_failed':
      return t('"{0}" does not accept the key.', facts.provider)
    case 'quota_exceeded':
      return t('The account of "{0}" has no credit or quota left.', facts.provider)
    case 'rate_limited':
      return t('"{0}" asks to slow down{1}.', facts.provider, waitHint(language, facts.retryAfterMs))
    case 'overloaded':
      return t('"{0}" is overloaded or failing{1}.', facts.provider, waitHint(language, facts.retryAfterMs))
    case 'model_missing':
      return facts.alternatives.length > 0
        ? t(
            '"{0}" has no model "{1}"; it has {2}.',
            facts.provider,
            facts.model,
            facts.alternatives.slice(0, 3).join(', '),
          )
        : t('"{0}" has no model "{1}".', facts.provider, facts.model)
    case 'model_deprecated':
      return shutDownSentence(facts, language)
    case 'context_too_long':
      return facts.limitTokens
        ? t('The text is too long for "{0}" (limit {1} tokens).', facts.model, facts.limitTokens)
        : t('The text is too long for "{0}".', facts.model)
    case 'invalid_response':
      return t(
        '"{0}" gave an answer that cannot be used: {1}.',
        facts.provider,
        tellIn(language, facts.told, facts.detail),
      )
    case 'content_filtered':
      return t('"{0}" refused the content: {1}.', facts.provider, tellIn(language, facts.told, facts.detail))
    case 'cancelled':
      return t('Cancelled.')
    case 'spend_cap':
      return spendCapSentence(facts, language)
    case 'stop_rule':
      return stopRuleSentence(facts, language)
    case 'not_found':
      return t('There is no {0} "{1}".', thingIn(language, facts.what), facts.id)
    case 'already_exists':
      return t('There is a {0} "{1}" already.', thingIn(language, facts.what), facts.id)
    case 'has_dependents':
      return t(
        'The {0} "{1}" is used by {2}.',
        thingIn(language, facts.what),
        facts.id,
        listDependents(language, facts.dependents),
      )
    case 'conflict':
      return t('The {0} "{1}" was changed elsewhere in the meantime.', thingIn(language, facts.what), facts.id)
    case 'label_invalid':
      return t('The label is not valid: {0}.', listProblems(language, facts.problems))
    case 'labels_failed':
      return t('The labels in {0} cannot be used: {1}.', facts.file, tellIn(language, facts.told, facts.detail))
    case 'category_invalid':
      return t('The category is not valid: {0}.', listProblems(language, facts.problems))
    case 'prompt_invalid':
      return t(
        'The prompt of {0} is not valid: {1}.',
        taskIn(language, facts.task),
        listProblems(language, facts.problems),
      )
    case 'profile_invalid':
      return t('The profile {0} is not valid: {1}.', facts.file, listProblems(language, facts.problems))
    case 'source_invalid':
      return facts.line
        ? t('{0}, line {1}: {2}.', facts.source, facts.line, tellIn(language, facts.told, facts.detail))
        : t('{0}: {1}.', facts.source, tellIn(language, facts.told, facts.detail))
    case 'output_invalid':
      return t('Results cannot be written to {0}: {1}.', facts.path, tellIn(language, facts.told, facts.detail))
    case 'run_not_resumable':
      return t('The run {0} cannot be resumed: {1}.', facts.runId, tellIn(language, facts.told, facts.detail))
    case 'run_busy':
      return facts.unanswered === undefined
        ? t('The run {0} is being worked on by process {1}.', facts.runId, facts.pid)
        : t('The run {0} goes on: process {1}, which works on it, does not answer.', facts.runId, facts.pid)
    case 'revision_invalid':
      return revisionSentence(facts, language)
    case 'store_read_only':
      return t('The data can only be read: {0}.', tellIn(language, facts.told, facts.why))
    case 'store_failed':
      return t('The change was not saved: {0}.', tellIn(language, facts.told, facts.detail))
    case 'store_invalid':
      return t('The stored data cannot be used: {0}.', tellIn(language, facts.told, facts.detail))
    case 'usage_invalid':
      return `${tellIn(language, facts.told, facts.detail)}.`
    case 'internal_error':
      return t('Something went wrong inside LLM Providers: {0}.', tellIn(language, facts.told, facts.detail))
    default:
      return assertNever(facts)
  }
}

/** How a task is called in running text. */
export const taskLabels: Record<Task, string> = { categorization: 'Categorization', scoring: 'Scoring' }
