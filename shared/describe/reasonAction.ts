import { assertNever } from '../../protocol/names.ts'
import type { Action, ReasonFacts } from '../../protocol/reasons.ts'
import type { Language } from '../language.ts'
import { connectionAction } from './connection.ts'
import { gatewayEntryAction, unusableGatewayAction } from './gatewayReasons.ts'
import { githubAction } from './githubReasons.ts'

/** The one action that helps next. */
export function nextAction(language: Language, facts: ReasonFacts): Action {
  // The compiler cannot see that the row and the facts have the same code.
  const choose = actions[facts.code] as (language: Language, facts: ReasonFacts) => Action
  return choose(language, facts)
}

type Actions = {
  [Code in ReasonFacts['code']]: (language: Language, facts: Extract<ReasonFacts, { code: Code }>) => Action
}

const actions: Actions = {
  no_route: ({ t }) => ({ id: 'setRoute', label: t('Choose a provider and model') }),
  provider_unconfigured: ({ t }) => ({ id: 'addProvider', label: t('Add the provider') }),
  provider_disabled: ({ t }) => ({ id: 'enableProvider', label: t('Enable it') }),
  provider_unknown: ({ t }) => ({ id: 'updateProduct', label: t('Update LLM Providers') }),
  config_invalid: ({ t }) => ({ id: 'editProvider', label: t('Correct the settings') }),
  model_unconfigured: ({ t }) => ({ id: 'chooseModel', label: t('Choose a model') }),
  model_missing: ({ t }) => ({ id: 'chooseModel', label: t('Choose a model') }),
  model_deprecated: ({ t }) => ({ id: 'chooseModel', label: t('Choose a model') }),
  secret_missing: ({ t }, facts) =>
    facts.header ? { id: 'editProvider', label: t('Correct the headers') } : { id: 'setKey', label: t('Set the key') },
  auth_failed: ({ t }, facts) =>
    facts.behindGateway ? { id: 'chooseModel', label: t('Choose a model') } : { id: 'setKey', label: t('Set the key') },
  policy_denied: ({ t }, facts) => {
    if (facts.rule === 'workspace_rules') return { id: 'fixFile', label: t('Show the rules') }
    return facts.rule === 'invalid_key'
      ? { id: 'setKey', label: t('Set the key') }
      : { id: 'editProvider', label: t('Change the base URL') }
  },
  provider_unreachable: connectionAction,
  timeout: ({ t }) => ({ id: 'testConnection', label: t('Test the connection') }),
  quota_exceeded: ({ t }) => ({ id: 'checkAccount', label: t('Check the account') }),
  rate_limited: ({ t }) => ({ id: 'waitAndRetry', label: t('Wait and try again') }),
  overloaded: ({ t }) => ({ id: 'waitAndRetry', label: t('Wait and try again') }),
  context_too_long: ({ t }, { remedy }) => {
    if (remedy === 'shorter_question') return { id: 'shortenContent', label: t('Ask with less text') }
    return remedy === undefined
      ? { id: 'shortenContent', label: t('Send less text per item') }
      : { id: 'widenContext', label: t('Give the model a larger window') }
  },
  invalid_response: ({ t }, facts) =>
    facts.problem === 'not_the_api' || facts.otherAddress !== undefined
      ? { id: 'editProvider', label: t('Correct the base URL') }
      : { id: 'chooseModel', label: t('Check the base URL or choose another model') },
  content_filtered: ({ t }) => ({ id: 'changeContent', label: t('Show the item') }),
  lane_unsupported: ({ t }) => ({ id: 'chooseModel', label: t('Run without batches, or choose another model') }),
  ask_unsupported: ({ t }, { ask, why }) => {
    if (ask === 'decisions' && why === 'version') return { id: 'updateServer', label: t('Update the server') }
    return {
      id: 'chooseModel',
      label: ask === 'readout' ? t('Ask by text, or choose another model') : t('Choose a model'),
    }
  },
  learn_failed: ({ t }) => ({ id: 'showHelp', label: t('Show how a model is learned') }),
  learned_unfit: ({ t }) => ({ id: 'chooseModel', label: t('Choose another model, or learn it anew') }),
  proxy_unfit: ({ t }) => ({ id: 'chooseModel', label: t('Choose another model to decide') }),
  editor_absent: ({ t }) => ({ id: 'setRoute', label: t('Choose another provider') }),
  consent_missing: ({ t }) => ({ id: 'chooseModel', label: t('Choose another model') }),
  cancelled: ({ t }, facts) =>
    facts.doing === 'test' ? { id: 'testConnection', label: t('Test again') } : { id: 'resumeRun', label: t('Resume') },
  run_not_resumable: ({ t }) => ({ id: 'resumeRun', label: t('Show the runs') }),
  gate_unmet: ({ t }) => ({ id: 'measureModel', label: t('Measure it …') }),
  kb_unbuilt: ({ t }) => ({ id: 'buildKnowledge', label: t('Build it') }),
  kb_locked: ({ t }) => ({ id: 'confirm', label: t('Build it again with the other model') }),
  kb_busy: ({ t }) => ({ id: 'waitAndRetry', label: t('Wait and try again') }),
  vectors_changed: ({ t }) => ({ id: 'buildKnowledge', label: t('Build it again') }),
  gateway_unusable: unusableGatewayAction,
  github_failed: githubAction,
  gateway_entry: gatewayEntryAction,
  gateway_keys_unconfirmed: ({ t }) => ({ id: 'confirm', label: t('Send the keys') }),
  gateway_busy: ({ t }) => ({ id: 'waitAndRetry', label: t('Wait and try again') }),
  thread_busy: ({ t }) => ({ id: 'waitAndRetry', label: t('Wait and try again') }),
  run_busy: ({ t }) => ({ id: 'resumeRun', label: t('Show the runs') }),
  revision_invalid: ({ t }) => ({ id: 'resumeRun', label: t('Show the runs') }),
  spend_cap: spendCapAction,
  questions_unfit: ({ t }) => ({ id: 'setRoute', label: t('Choose another model or way to ask') }),
  stop_rule: ({ t }) => ({ id: 'resumeRun', label: t('Look at the results, then resume') }),
  no_default_model: ({ t }) => ({ id: 'list', label: t('Show the models') }),
  not_found: (language, { what }) =>
    what === 'item'
      ? { id: 'buildKnowledge', label: language.t('Build it again') }
      : { id: 'list', label: showThings(language, what) },
  already_exists: (language, facts) => ({ id: 'list', label: showThings(language, facts.what) }),
  has_dependents: ({ t }) => ({ id: 'confirm', label: t('Confirm') }),
  conflict: ({ t }) => ({ id: 'reload', label: t('Reload') }),
  category_invalid: ({ t }) => ({ id: 'fixFile', label: t('Correct the category') }),
  prompt_invalid: ({ t }) => ({ id: 'fixFile', label: t('Correct the prompt') }),
  questions_invalid: ({ t }) => ({ id: 'fixFile', label: t('Correct the questions') }),
  key_refused: ({ t }) => ({ id: 'addProvider', label: t('Connect a provider') }),
  label_invalid: ({ t }) => ({ id: 'fixFile', label: t('Correct the label') }),
  labels_failed: ({ t }) => ({ id: 'fixFile', label: t('Correct the labels') }),
  profile_invalid: ({ t }) => ({ id: 'fixFile', label: t('Correct the profile') }),
  source_invalid: (language, facts) =>
    nothingInside.has(facts.problem)
      ? { id: 'chooseSource', label: language.t('Choose another file') }
      : { id: 'fixFile', label: sourceFix(language, facts) },
  output_invalid: ({ t }) => ({ id: 'chooseOutput', label: t('Choose another location') }),
  store_read_only: (language, facts) => folderAction(language, facts.cause),
  store_failed: (language, facts) => folderAction(language, facts.cause),
  store_invalid: ({ t }) => ({ id: 'showLog', label: t('Show the log') }),
  internal_error: ({ t }) => ({ id: 'showLog', label: t('Show the log') }),
  usage_invalid: ({ t }) => ({ id: 'showHelp', label: t('Show the help') }),
}

/** Opening such a file would show nothing that could be corrected. */
const nothingInside: ReadonlySet<string> = new Set(['missing', 'empty', 'not_a_file'])

function sourceFix({ t }: Language, facts: Extract<ReasonFacts, { code: 'source_invalid' }>): string {
  switch (facts.problem) {
    case 'encrypted':
      return t('Save it without a password')
    case 'locked':
      return t('Close it in the other program')
    case 'no_table':
      if (facts.tables?.setting === 'query') return t('Correct the statement')
      return facts.tables?.setting === 'sheet' ? t('Choose a sheet') : t('Choose a table')
    default:
      return facts.saveAs === undefined ? t('Correct the source') : t('Save it as {0}', facts.saveAs)
  }
}

type Listed = Exclude<Extract<ReasonFacts, { code: 'not_found' | 'already_exists' }>['what'], 'item'>

function showThings({ t }: Language, what: Listed): string {
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
    case 'knowledge_base':
      return t('Show the knowledge bases')
    case 'gateway':
      return t('Show the gateways')
    case 'alias':
      return t('Show the aliases')
    case 'thread':
    case 'message':
      return t('Show the conversations')
    case 'profile':
      return t('Show the profiles')
    default:
      return assertNever(what)
  }
}

type SpendCap = Extract<ReasonFacts, { code: 'spend_cap' }>

function spendCapAction({ t }: Language, { scope, neededUsd }: SpendCap): Action {
  if (scope === 'day') return { id: 'editProvider', label: t('Change the daily cap') }
  return neededUsd === null
    ? { id: 'chooseModel', label: t('Choose a model whose price is known') }
    : { id: 'resumeRun', label: t('Resume with a higher cap') }
}

type FolderCause = Extract<ReasonFacts, { code: 'store_read_only' | 'store_failed' }>['cause']

function folderAction({ t }: Language, cause: FolderCause): Action {
  switch (cause) {
    case 'newer_version':
      return { id: 'updateProduct', label: t('Update LLM Providers') }
    case 'moved':
    case 'older_copy':
    case 'on_request':
      return { id: 'reload', label: t('Reopen it') }
    case 'no_permission':
    case 'read_only_disk':
      return { id: 'fixFolder', label: t('Make the folder writable') }
    case 'disk_full':
      return { id: 'fixFolder', label: t('Free disk space') }
    case 'other_data':
    case 'disk_error':
    case undefined:
      return { id: 'showLog', label: t('Show the log') }
    default:
      return assertNever(cause)
  }
}
