import type { Reason, ReasonFacts } from '../../protocol/reasons.ts'
import { formatNumberIn } from '../format.ts'
import { english, type Language } from '../language.ts'
import { localizeOr } from '../message.ts'
import { authSentence, missingModelSentence, quotaSentence } from './accountSentences.ts'
import { connectionSentence, unusableSentence } from './connection.ts'
import { gateSentence } from './gate.ts'
import { gatewayEntrySentence, unconfirmedKeysSentence, unusableGatewaySentence } from './gatewayReasons.ts'
import { githubSentence } from './githubReasons.ts'
import { learnedUnfitSentence, learnFailedSentence, proxyUnfitSentence } from './learned.ts'
import { nextAction } from './reasonAction.ts'
import { listDependents, listProblems, phaseName, suggestionHint, thingName, waitHint } from './reasonParts.ts'
import {
  missingSecretSentence,
  noModelSentence,
  revisionSentence,
  shutDownSentence,
  spendCapSentence,
  stopRuleSentence,
  tooLongSentence,
  unfitSentence,
  unsupportedWaySentence,
} from './reasonSentences.ts'
import { taskName } from './task.ts'

/**
 * Adds to the facts of a failure one sentence for a person and the one action that helps next. A surface in another
 * language describes it again from its facts: a reason that comes over the wire is in English.
 */
export function explainReason(facts: ReasonFacts, language: Language = english): Reason {
  return { ...facts, message: describeReason(language, facts), action: nextAction(language, facts) }
}

/** The sentence alone. */
export function describeReason(language: Language, facts: ReasonFacts): string {
  // The compiler cannot see that the row and the facts have the same code.
  const describe = sentences[facts.code] as (language: Language, facts: ReasonFacts) => string
  return describe(language, facts)
}

type Sentences = {
  [Code in ReasonFacts['code']]: (language: Language, facts: Extract<ReasonFacts, { code: Code }>) => string
}

const sentences: Sentences = {
  no_route: (language, facts) =>
    facts.problem
      ? language.t(
          'The route of {0} cannot be used: {1}.',
          taskName(language, facts.task),
          localizeOr(language, facts.localizable, facts.problem),
        )
      : language.t(
          'No provider is chosen for {0}{1}.',
          taskName(language, facts.task),
          suggestionHint(language, facts.suggestion),
        ),
  provider_unconfigured: ({ t }, { provider, valid }) =>
    valid?.length
      ? t('The provider "{0}" is not set up. These are: {1}.', provider, valid.join(', '))
      : t('The provider "{0}" is not set up.', provider),
  provider_disabled: ({ t }, { provider, valid }) =>
    valid?.length
      ? t('The provider "{0}" is disabled. These are enabled: {1}.', provider, valid.join(', '))
      : t('The provider "{0}" is disabled.', provider),
  provider_unknown: ({ t }, facts) =>
    t('This version does not know the kind "{0}" of the provider "{1}".', facts.kind, facts.provider),
  config_invalid: (language, facts) =>
    language.t('The settings of "{0}" are not valid: {1}.', facts.provider, listProblems(language, facts.problems)),
  model_unconfigured: noModelSentence,
  secret_missing: missingSecretSentence,
  policy_denied: (language, facts) =>
    language.t(
      'Nothing was sent to "{0}": {1}.',
      facts.provider,
      localizeOr(language, facts.localizable, facts.detail),
    ),
  provider_unreachable: connectionSentence,
  timeout: (language, facts) =>
    facts.afterMs === null
      ? language.t('"{0}" did not answer in time.', facts.provider)
      : facts.phase === 'first_byte' || facts.phase === 'idle'
        ? language.t(
            '"{0}" did not answer in time ({1}, {2} ms; the limit is timeout_seconds of the model).',
            facts.provider,
            phaseName(language, facts.phase),
            facts.afterMs,
          )
        : language.t(
            '"{0}" did not answer in time ({1}, {2} ms).',
            facts.provider,
            phaseName(language, facts.phase),
            facts.afterMs,
          ),
  auth_failed: authSentence,
  quota_exceeded: quotaSentence,
  rate_limited: (language, facts) =>
    language.t('"{0}" asks to slow down{1}.', facts.provider, waitHint(language, facts.retryAfterMs)),
  overloaded: (language, facts) => {
    if (facts.isLoading) return language.t('"{0}" is loading its model.', facts.provider)
    const wait = waitHint(language, facts.retryAfterMs)
    return facts.detail === undefined
      ? language.t('"{0}" is overloaded or failing{1}.', facts.provider, wait)
      : language.t(
          '"{0}" is overloaded or failing{1}: {2}.',
          facts.provider,
          wait,
          localizeOr(language, facts.localizable, facts.detail),
        )
  },
  model_missing: missingModelSentence,
  model_deprecated: shutDownSentence,
  context_too_long: tooLongSentence,
  invalid_response: unusableSentence,
  content_filtered: (language, facts) =>
    language.t(
      '"{0}" refused the content: {1}.',
      facts.provider,
      localizeOr(language, facts.localizable, facts.detail),
    ),
  ask_unsupported: unsupportedWaySentence,
  lane_unsupported: ({ t }, { provider, model, why }) =>
    why === 'kind'
      ? t('"{0}" has no batch API.', provider)
      : t('"{0}" is not asked by text, and batches hold nothing else.', model),
  learn_failed: learnFailedSentence,
  learned_unfit: learnedUnfitSentence,
  proxy_unfit: proxyUnfitSentence,
  editor_absent: ({ t }, { provider, why }) =>
    why === 'untrusted'
      ? t('"{0}" asks the models of VS Code, and does so only in workspaces that are trusted.', provider)
      : t('"{0}" asks the models of VS Code, which only the editor can do.', provider),
  consent_missing: ({ t }, { model }) =>
    t(
      'VS Code was not allowed to ask "{0}" for LLM Providers. The account menu has "Manage Language Model Access", where it can be allowed.',
      model,
    ),
  cancelled: ({ t }) => t('Cancelled.'),
  spend_cap: spendCapSentence,
  stop_rule: stopRuleSentence,
  no_default_model: ({ t }, { unfit }) =>
    unfit
      ? t(
          '{0}, the default model for generation, writes no text: make another one the default.',
          `${unfit.provider}/${unfit.model}`,
        )
      : t('No model is the default for generation: make one of the registered models the default.'),
  questions_unfit: unfitSentence,
  not_found: (language, facts) => language.t('There is no {0} "{1}".', thingName(language, facts.what), facts.id),
  already_exists: (language, facts) =>
    language.t('The {0} "{1}" already exists.', thingName(language, facts.what), facts.id),
  has_dependents: (language, facts) =>
    language.t(
      'The {0} "{1}" is used by {2}.',
      thingName(language, facts.what),
      facts.id,
      listDependents(language, facts.dependents),
    ),
  conflict: (language, facts) =>
    language.t('The {0} "{1}" was changed elsewhere in the meantime.', thingName(language, facts.what), facts.id),
  questions_invalid: (language, facts) =>
    language.t('The questions cannot be asked: {0}.', listProblems(language, facts.problems)),
  key_refused: (language, facts) => language.t('Nothing was saved: {0}.', listProblems(language, facts.problems)),
  label_invalid: (language, facts) =>
    language.t('The label is not valid: {0}.', listProblems(language, facts.problems)),
  labels_failed: (language, facts) =>
    language.t(
      'The labels in {0} cannot be used: {1}.',
      facts.file,
      localizeOr(language, facts.localizable, facts.detail),
    ),
  category_invalid: (language, facts) =>
    language.t('The category is not valid: {0}.', listProblems(language, facts.problems)),
  prompt_invalid: (language, facts) =>
    language.t(
      'The prompt of {0} is not valid: {1}.',
      taskName(language, facts.task),
      listProblems(language, facts.problems),
    ),
  profile_invalid: (language, facts) =>
    language.t('The profile {0} is not valid: {1}.', facts.file, listProblems(language, facts.problems)),
  source_invalid: (language, facts) =>
    facts.line
      ? language.t(
          '{0}, line {1}: {2}.',
          facts.source,
          facts.line,
          localizeOr(language, facts.localizable, facts.detail),
        )
      : language.t('{0}: {1}.', facts.source, localizeOr(language, facts.localizable, facts.detail)),
  output_invalid: (language, facts) =>
    language.t(
      'Results cannot be written to {0}: {1}.',
      facts.path,
      localizeOr(language, facts.localizable, facts.detail),
    ),
  run_not_resumable: (language, facts) =>
    language.t(
      'The run {0} cannot be resumed: {1}.',
      facts.runId,
      localizeOr(language, facts.localizable, facts.detail),
    ),
  gate_unmet: gateSentence,
  kb_unbuilt: ({ t }, { name }) => t('There is nothing in the knowledge base "{0}" yet: build it.', name),
  kb_locked: (language, { name, chunks }) =>
    language.t(
      'The knowledge base "{0}" has vectors of its present model ({1} chunks), which another model cannot use.',
      name,
      formatNumberIn(language, chunks),
    ),
  kb_busy: ({ t }, { name }) => t('Another process is building the knowledge base "{0}".', name),
  vectors_changed: ({ t }, { name, model, found, expected }) =>
    t(
      '"{0}" makes vectors of {1} numbers now; those of the knowledge base "{2}" have {3}.',
      model,
      String(found),
      name,
      String(expected),
    ),
  gateway_unusable: unusableGatewaySentence,
  github_failed: githubSentence,
  gateway_entry: gatewayEntrySentence,
  gateway_keys_unconfirmed: unconfirmedKeysSentence,
  gateway_busy: ({ t }, { gateway }) => t('Another process is syncing the gateway "{0}".', gateway),
  thread_busy: ({ t }) => t('A question is being answered in this conversation: wait for it, or stop it.'),
  run_busy: ({ t }, facts) =>
    facts.unanswered === undefined
      ? t('The run {0} is in progress in process {1}.', facts.runId, facts.pid)
      : t('The run {0} is still in progress, but its process {1} does not respond.', facts.runId, facts.pid),
  revision_invalid: revisionSentence,
  store_read_only: (language, facts) =>
    language.t('The data is read-only: {0}.', localizeOr(language, facts.localizable, facts.why)),
  store_failed: (language, facts) =>
    language.t('The change was not saved: {0}.', localizeOr(language, facts.localizable, facts.detail)),
  store_invalid: (language, facts) =>
    language.t('The stored data cannot be used: {0}.', localizeOr(language, facts.localizable, facts.detail)),
  usage_invalid: (language, facts) => `${localizeOr(language, facts.localizable, facts.detail)}.`,
  internal_error: (language, facts) =>
    language.t(
      'Something went wrong inside LLM Providers: {0}.',
      localizeOr(language, facts.localizable, facts.detail),
    ),
}
