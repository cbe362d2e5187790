import { assertNever } from '../../protocol/names.ts'
import type { Action, ReasonFacts } from '../../protocol/reasons.ts'
import type { Language } from '../language.ts'

/** The one action that helps next. */
export function nextAction(facts: ReasonFacts, language: Language): Action {
  const { t } = language
  switch (facts.code) {
    case 'no_route':
      return { id: 'setRoute', label: t('Choose a provider and model') }
    case 'provider_unconfigured':
      return { id: 'addProvider', label: t('Add the provider') }
    case 'provider_disabled':
      return { id: 'enableProvider', label: t('Switch it on') }
    case 'provider_unknown':
      return { id: 'updateProduct', label: t('Update LLM Providers') }
    case 'config_invalid':
      return { id: 'editProvider', label: t('Correct the settings') }
    case 'model_unconfigured':
    case 'model_missing':
    case 'model_deprecated':
      return { id: 'chooseModel', label: t('Choose a model') }
    case 'secret_missing':
      return facts.header
        ? { id: 'editProvider', label: t('Correct the headers') }
        : { id: 'setKey', label: t('Set the key') }
    case 'auth_failed':
      return { id: 'setKey', label: t('Set the key') }
    case 'policy_denied':
      return facts.rule === 'invalid_key'
        ? { id: 'setKey', label: t('Set the key') }
        : { id: 'editProvider', label: t('Change the endpoint') }
    case 'provider_unreachable':
    case 'timeout':
      return { id: 'testConnection', label: t('Test the connection') }
    case 'quota_exceeded':
      return { id: 'checkAccount', label: t('Check the account') }
    case 'rate_limited':
    case 'overloaded':
      return { id: 'waitAndRetry', label: t('Wait and try again') }
    case 'context_too_long':
      return { id: 'shortenContent', label: t('Send less text an item') }
    case 'invalid_response':
      return facts.problem === 'not_the_api'
        ? { id: 'editProvider', label: t('Correct the endpoint') }
        : { id: 'chooseModel', label: t('Check the endpoint or choose another model') }
    case 'content_filtered':
      return { id: 'changeContent', label: t('Look at the item') }
    case 'cancelled':
      return facts.doing === 'test'
        ? { id: 'testConnection', label: t('Test again') }
        : { id: 'resumeRun', label: t('Resume') }
    case 'run_not_resumable':
    case 'run_busy':
    case 'revision_invalid':
      return { id: 'resumeRun', label: t('Look at the runs') }
    case 'spend_cap':
      return spendCapAction(facts, language)
    case 'stop_rule':
      return { id: 'resumeRun', label: t('Look at the results, then resume') }
    case 'not_found':
    case 'already_exists':
      return { id: 'list', label: showThings(language, facts.what) }
    case 'has_dependents':
      return { id: 'confirm', label: t('Confirm') }
    case 'conflict':
      return { id: 'reload', label: t('Load it again') }
    case 'category_invalid':
    case 'prompt_invalid':
    case 'label_invalid':
    case 'labels_failed':
    case 'profile_invalid':
    case 'source_invalid':
      return { id: 'fixFile', label: t('Correct it') }
    case 'output_invalid':
      return { id: 'chooseOutput', label: t('Choose another place') }
    case 'store_read_only':
    case 'store_failed':
      return folderAction(facts.cause, language)
    case 'store_invalid':
    case 'internal_error':
      return { id: 'showLog', label: t('Show the log') }
    case 'usage_invalid':
      return { id: 'showHelp', label: t('Show the help') }
    default:
      return assertNever(facts)
  }
}

function showThings({ t }: Language, what: Extract<ReasonFacts, { code: 'not_found' }>['what']): string {
  switch (what) {
    case 'provider':
      return t('Show the providers')
    case 'model':
      return t('Show the models')
    case 'category':
      return t('Show the categories')
    case 'run':
      return t('Show the runs')
    case 'route':
      return t('Show the routes')
    case 'label':
      return t('Show the labels')
    case 'evaluation':
      return t('Show the evaluations')
    default:
      return assertNever(what)
  }
}

type SpendCap = Extract<ReasonFacts, { code: 'spend_cap' }>

function spendCapAction({ scope, neededUsd }: SpendCap, { t }: Language): Action {
  if (scope === 'day') return { id: 'editProvider', label: t('Change the daily cap') }
  return neededUsd === null
    ? { id: 'chooseModel', label: t('Choose a model whose price is known') }
    : { id: 'resumeRun', label: t('Resume with a higher cap') }
}

type FolderCause = Extract<ReasonFacts, { code: 'store_read_only' | 'store_failed' }>['cause']

function folderAction(cause: FolderCause, { t }: Language): Action {
  switch (cause) {
    case 'newer_version':
      return { id: 'updateProduct', label: t('Update LLM Providers') }
    case 'older_copy':
    case 'on_request':
      return { id: 'reload', label: t('Open it again') }
    case 'no_permission':
    case 'read_only_disk':
      return { id: 'fixFolder', label: t('Make the folder writable') }
    case 'disk_full':
      return { id: 'fixFolder', label: t('Make room on the disk') }
    case 'other_data':
    case 'disk_error':
    case undefined:
      return { id: 'showLog', label: t('Show the log') }
    default:
      return assertNever(cause)
  }
}
