import { assertNever, type Task } from './names.ts'
import type { Action, Dependent, Problem, Reason, ReasonFacts } from './reasons.ts'

/** Adds to the facts of a failure one sentence for a person and the one action that helps next. */
export function explainReason(facts: ReasonFacts): Reason {
  return { ...facts, message: sentence(facts), action: nextAction(facts) }
}

function sentence(facts: ReasonFacts): string {
  switch (facts.code) {
    case 'no_route':
      return facts.problem
        ? `The route of ${facts.task} cannot be used: ${facts.problem}.`
        : `No provider is chosen for ${facts.task}${suggestionHint(facts.suggestion)}.`
    case 'provider_unconfigured':
      return `The provider "${facts.provider}" is not set up.`
    case 'provider_disabled':
      return `The provider "${facts.provider}" is switched off.`
    case 'provider_unknown':
      return `This version does not know the kind "${facts.kind}" of the provider "${facts.provider}".`
    case 'config_invalid':
      return `The settings of "${facts.provider}" are not valid: ${listProblems(facts.problems)}.`
    case 'model_unconfigured':
      return facts.inactive
        ? `The model "${facts.inactive}" of "${facts.provider}" is switched off${suggestionHint(facts.suggestion)}.`
        : `No model of "${facts.provider}" is chosen${facts.task ? ` for ${facts.task}` : ''}${suggestionHint(facts.suggestion)}.`
    case 'secret_missing':
      return missingSecretSentence(facts)
    case 'policy_denied':
      return `Nothing was sent to "${facts.provider}": ${facts.detail}.`
    case 'provider_unreachable':
      return `"${facts.provider}" cannot be reached at ${facts.endpoint}${facts.cause ? ` (${facts.cause})` : ''}.`
    case 'timeout':
      return `"${facts.provider}" did not answer in time${facts.afterMs === null ? '' : ` (${timeoutPhases[facts.phase]}, ${facts.afterMs} ms)`}.`
    case 'auth_failed':
      return `"${facts.provider}" does not accept the key.`
    case 'quota_exceeded':
      return `The account of "${facts.provider}" has no credit or quota left.`
    case 'rate_limited':
      return `"${facts.provider}" asks to slow down${waitHint(facts.retryAfterMs)}.`
    case 'overloaded':
      return `"${facts.provider}" is overloaded or failing${waitHint(facts.retryAfterMs)}.`
    case 'model_missing':
      return `"${facts.provider}" has no model "${facts.model}"${facts.alternatives.length > 0 ? `; it has ${facts.alternatives.slice(0, 3).join(', ')}` : ''}.`
    case 'model_deprecated':
      return `The model "${facts.model}" of "${facts.provider}" was shut down${facts.shutdownAt ? ` on ${facts.shutdownAt.slice(0, 10)}` : ''}${facts.replacement ? `; its replacement is "${facts.replacement}"` : ''}.`
    case 'context_too_long':
      return `The text is too long for "${facts.model}"${facts.limitTokens ? ` (limit ${facts.limitTokens} tokens)` : ''}.`
    case 'invalid_response':
      return `"${facts.provider}" gave an answer that cannot be used: ${facts.detail}.`
    case 'content_filtered':
      return `"${facts.provider}" refused the content: ${facts.detail}.`
    case 'cancelled':
      return 'Cancelled.'
    case 'spend_cap':
      return spendCapSentence(facts)
    case 'stop_rule':
      return stopRuleSentence(facts)
    case 'not_found':
      return `There is no ${facts.what} "${facts.id}".`
    case 'already_exists':
      return `There is a ${facts.what} "${facts.id}" already.`
    case 'has_dependents':
      return `The ${facts.what} "${facts.id}" is used by ${listDependents(facts.dependents)}.`
    case 'conflict':
      return `The ${facts.what} "${facts.id}" was changed elsewhere in the meantime.`
    case 'category_invalid':
      return `The category is not valid: ${listProblems(facts.problems)}.`
    case 'prompt_invalid':
      return `The prompt of ${facts.task} is not valid: ${listProblems(facts.problems)}.`
    case 'label_invalid':
      return `The label is not valid: ${listProblems(facts.problems)}.`
    case 'labels_failed':
      return `The labels in ${facts.file} cannot be used: ${facts.detail}.`
    case 'profile_invalid':
      return `The profile ${facts.file} is not valid: ${listProblems(facts.problems)}.`
    case 'source_invalid':
      return `${facts.source}${facts.line ? `, line ${facts.line}` : ''}: ${facts.detail}.`
    case 'output_invalid':
      return `Results cannot be written to ${facts.path}: ${facts.detail}.`
    case 'run_not_resumable':
      return `The run ${facts.runId} cannot be resumed: ${facts.detail}.`
    case 'run_busy':
      return `The run ${facts.runId} is being worked on by process ${facts.pid}.`
    case 'revision_invalid':
      return revisionSentences[facts.problem](facts.runId)
    case 'store_read_only':
      return `The data can only be read: ${facts.why}.`
    case 'store_failed':
      return `The change was not saved: ${facts.detail}.`
    case 'store_invalid':
      return `The stored data cannot be used: ${facts.detail}.`
    case 'usage_invalid':
      return `${facts.detail}.`
    case 'internal_error':
      return `Something went wrong inside LLM Providers: ${facts.detail}.`
    default:
      return assertNever(facts)
  }
}

function nextAction(facts: ReasonFacts): Action {
  switch (facts.code) {
    case 'no_route':
      return { id: 'setRoute', label: 'Choose a provider and model' }
    case 'provider_unconfigured':
      return { id: 'addProvider', label: 'Add the provider' }
    case 'provider_disabled':
      return { id: 'enableProvider', label: 'Switch it on' }
    case 'provider_unknown':
      return { id: 'updateProduct', label: 'Update LLM Providers' }
    case 'config_invalid':
      return { id: 'editProvider', label: 'Correct the settings' }
    case 'model_unconfigured':
    case 'model_missing':
    case 'model_deprecated':
      return { id: 'chooseModel', label: 'Choose a model' }
    case 'secret_missing':
      return facts.header
        ? { id: 'editProvider', label: 'Correct the headers' }
        : { id: 'setKey', label: 'Set the key' }
    case 'auth_failed':
      return { id: 'setKey', label: 'Set the key' }
    case 'policy_denied':
      return facts.rule === 'invalid_key'
        ? { id: 'setKey', label: 'Set the key' }
        : { id: 'editProvider', label: 'Change the endpoint' }
    case 'provider_unreachable':
    case 'timeout':
      return { id: 'testConnection', label: 'Test the connection' }
    case 'quota_exceeded':
      return { id: 'checkAccount', label: 'Check the account' }
    case 'rate_limited':
    case 'overloaded':
      return { id: 'waitAndRetry', label: 'Wait and try again' }
    case 'context_too_long':
      return { id: 'shortenContent', label: 'Send less text an item' }
    case 'invalid_response':
      return facts.problem === 'not_the_api'
        ? { id: 'editProvider', label: 'Correct the endpoint' }
        : { id: 'chooseModel', label: 'Check the endpoint or choose another model' }
    case 'content_filtered':
      return { id: 'changeContent', label: 'Look at the item' }
    case 'cancelled':
    case 'run_not_resumable':
    case 'run_busy':
    case 'revision_invalid':
      return { id: 'resumeRun', label: facts.code === 'cancelled' ? 'Resume' : 'Look at the runs' }
    case 'spend_cap':
      return spendCapAction(facts)
    case 'stop_rule':
      return { id: 'resumeRun', label: 'Look at the results, then resume' }
    case 'not_found':
    case 'already_exists':
      return { id: 'list', label: `Show the ${facts.what === 'category' ? 'categories' : `${facts.what}s`}` }
    case 'has_dependents':
      return { id: 'confirm', label: 'Confirm' }
    case 'conflict':
      return { id: 'reload', label: 'Load it again' }
    case 'category_invalid':
    case 'prompt_invalid':
    case 'label_invalid':
    case 'labels_failed':
    case 'profile_invalid':
    case 'source_invalid':
      return { id: 'fixFile', label: 'Correct it' }
    case 'output_invalid':
      return { id: 'chooseOutput', label: 'Choose another place' }
    case 'store_read_only':
    case 'store_failed':
      return folderAction(facts.cause)
    case 'store_invalid':
    case 'internal_error':
      return { id: 'showLog', label: 'Show the log' }
    case 'usage_invalid':
      return { id: 'showHelp', label: 'Show the help' }
    default:
      return assertNever(facts)
  }
}

const timeoutPhases = {
  connect: 'no connection',
  first_byte: 'no first byte',
  idle: 'silence',
  total: 'in all',
  server: 'said by the server',
}

function missingSecretSentence(facts: SecretMissing): string {
  if (facts.header) return missingHeaderSentence({ ...facts, header: facts.header })
  if (facts.boundTo) {
    return `The key of "${facts.provider}" was entered for ${facts.boundTo} and is not sent to ${facts.origin ?? 'another origin'} until you confirm it.`
  }
  if (facts.source === 'environment') {
    return `The key of "${facts.provider}" is missing: the environment variable ${facts.variable ?? '(unnamed)'} is not set.`
  }
  return facts.store ? secretStoreSentences[facts.store](facts.provider) : `The key of "${facts.provider}" is missing.`
}

function missingHeaderSentence({ provider, header, variable, boundTo, origin }: SecretMissing & { header: string }) {
  const what = `The header "${header}" of "${provider}"`
  return boundTo
    ? `${what} was set up for ${boundTo} and is not sent to ${origin ?? 'another origin'} until its variable is named again.`
    : `${what} cannot be sent: the environment variable ${variable ?? '(unnamed)'} is not set.`
}

type SecretMissing = Extract<ReasonFacts, { code: 'secret_missing' }>
type SecretStore = NonNullable<SecretMissing['store']>

const secretStoreSentences: Record<SecretStore, (provider: string) => string> = {
  absent: (provider) =>
    `There is no keyring here that could hold the key of "${provider}": an environment variable has to hold it.`,
  failed: (provider) => `The keyring is locked or refuses to answer for the key of "${provider}".`,
  slow: (provider) => `The keyring did not answer in time for the key of "${provider}".`,
  damaged: (provider) => `What the keyring holds as the key of "${provider}" cannot be read: set it again.`,
}

function suggestionHint(suggestion: { provider: string; model: string } | undefined): string {
  return suggestion ? `; the default model is "${suggestion.model}" of "${suggestion.provider}"` : ''
}

const revisionSentences: Record<
  Extract<ReasonFacts, { code: 'revision_invalid' }>['problem'],
  (runId: string) => string
> = {
  no_source: (runId) => `The run ${runId} was over no file, so it is no revision of any results.`,
  no_results: (runId) => `The run ${runId} has no results that could be kept.`,
  nothing_before: (runId) => `No other results were kept before those of the run ${runId}.`,
}

type SpendCap = Extract<ReasonFacts, { code: 'spend_cap' }>

function spendCapSentence({ provider, model, scope, capUsd, spentUsd, neededUsd }: SpendCap): string {
  const cap = `the cap of ${tellUsd(capUsd)} ${scope === 'run' ? 'for this run' : `a day for "${provider}"`}`
  if (neededUsd === null) return `Nothing is sent: the price of "${model}" is not known, so ${cap} could not be kept.`
  return `Stopped before ${cap} is passed: ${tellUsd(spentUsd)} spent, and the next call may cost ${tellUsd(neededUsd)}.`
}

function spendCapAction({ scope, neededUsd }: SpendCap): Action {
  if (scope === 'day') return { id: 'editProvider', label: 'Change the daily cap' }
  return neededUsd === null
    ? { id: 'chooseModel', label: 'Choose a model whose price is known' }
    : { id: 'resumeRun', label: 'Resume with a higher cap' }
}

function stopRuleSentence(facts: Extract<ReasonFacts, { code: 'stop_rule' }>): string {
  const { rule, limit, measured, items, category } = facts
  const shares = `${percent(measured)} of ${items} items`
  switch (rule) {
    case 'time':
      return `Stopped after ${Math.round(limit)} s, as asked.`
    case 'failed':
      return `Stopped: ${shares} failed (the limit is ${percent(limit)}).`
    case 'invalid':
      return `Stopped: ${shares} got answers that could not be used (the limit is ${percent(limit)}).`
    case 'same_category':
      return `Stopped: ${shares} got the category "${category ?? ''}" (the limit is ${percent(limit)}).`
    default:
      return assertNever(rule)
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** Prices of one call are small: those below a cent are told to a millionth. */
function tellUsd(amount: number): string {
  return `$${amount.toFixed(amount > 0 && amount < 0.01 ? 6 : 2)}`
}

type FolderCause = Extract<ReasonFacts, { code: 'store_read_only' | 'store_failed' }>['cause']

function folderAction(cause: FolderCause): Action {
  switch (cause) {
    case 'newer_version':
      return { id: 'updateProduct', label: 'Update LLM Providers' }
    case 'older_copy':
    case 'on_request':
      return { id: 'reload', label: 'Open it again' }
    case 'no_permission':
    case 'read_only_disk':
      return { id: 'fixFolder', label: 'Make the folder writable' }
    case 'disk_full':
      return { id: 'fixFolder', label: 'Make room on the disk' }
    case 'other_data':
    case 'disk_error':
    case undefined:
      return { id: 'showLog', label: 'Show the log' }
    default:
      return assertNever(cause)
  }
}

function waitHint(retryAfterMs: number | null): string {
  return retryAfterMs === null ? '' : ` (for ${Math.ceil(retryAfterMs / 1000)} s)`
}

function listProblems(problems: readonly Problem[]): string {
  const shown = problems.slice(0, 3).map((problem) => {
    const place = problem.line ? `line ${problem.line}: ` : ''
    return `${place}${problem.path ? `${problem.path}: ` : ''}${problem.message}`
  })
  return problems.length > 3 ? `${shown.join('; ')}; and ${problems.length - 3} more` : shown.join('; ')
}

/** A person reads only so many; the facts hold them all. */
const dependentsTold = 5

function listDependents(dependents: readonly Dependent[]): string {
  const told = dependents.slice(0, dependentsTold).map((dependent) => `the ${dependent.what} ${dependent.id}`)
  const more = dependents.length - told.length
  return more > 0 ? `${told.join(', ')} and ${more} more` : told.join(', ')
}

/** How a task is called in running text. */
export const taskLabels: Record<Task, string> = { categorization: 'Categorization', scoring: 'Scoring' }
