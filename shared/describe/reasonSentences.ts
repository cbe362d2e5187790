import type { Surface } from '../../protocol/home.ts'
import { assertNever } from '../../protocol/names.ts'
import type { ReadoutProblem, ReasonFacts } from '../../protocol/reasons.ts'
import { formatDayIn, formatNumberIn, formatPercentIn, formatUsdIn } from '../format.ts'
import type { Language } from '../language.ts'
import { localizeOr } from '../message.ts'
import { suggestionHint } from './reasonParts.ts'
import { taskName } from './task.ts'

type NoModel = Extract<ReasonFacts, { code: 'model_unconfigured' }>

export function noModelSentence(language: Language, { provider, task, inactive, suggestion }: NoModel): string {
  const { t } = language
  const hint = suggestionHint(language, suggestion)
  if (inactive) return t('The model "{0}" of "{1}" is disabled{2}.', inactive, provider, hint)
  return task
    ? t('No model of "{0}" is chosen for {1}{2}.', provider, taskName(language, task), hint)
    : t('No model of "{0}" is chosen{1}.', provider, hint)
}

type ShutDown = Extract<ReasonFacts, { code: 'model_deprecated' }>

export function shutDownSentence(language: Language, { provider, model, shutdownAt, replacement }: ShutDown): string {
  const { t } = language
  const instead = replacement ? t('; its replacement is "{0}"', replacement) : ''
  return shutdownAt
    ? t(
        'The model "{0}" of "{1}" was shut down on {2}{3}.',
        model,
        provider,
        formatDayIn(language, shutdownAt),
        instead,
      )
    : t('The model "{0}" of "{1}" was shut down{2}.', model, provider, instead)
}

export function missingSecretSentence(language: Language, facts: SecretMissing): string {
  const { t } = language
  const { provider, header, boundTo, origin, variable } = facts
  if (header) return missingHeaderSentence(language, { ...facts, header })
  if (boundTo) {
    const where = origin ?? t('another origin')
    return t(
      'The key of "{0}" was entered for {1} and is not sent to {2} until you confirm it.',
      provider,
      boundTo,
      where,
    )
  }
  if (facts.source === 'environment') {
    const name = variable ?? t('(unnamed)')
    return t('The key of "{0}" is missing: the environment variable {1} is not set.', provider, name)
  }
  return facts.keptBy
    ? keptElsewhereSentence(language, provider, facts.keptBy)
    : secretStoreSentence(language, provider, facts.store)
}

/** Each of the two says it to the other: keys never go from one secret store to the other by themselves. */
function keptElsewhereSentence({ t }: Language, provider: string, keptBy: Surface): string {
  switch (keptBy) {
    case 'editor':
      return t('Only the editor has the key of "{0}", in its secret store, which the terminal cannot read.', provider)
    case 'terminal':
      return t('Only the terminal has the key of "{0}", in the keyring, which the editor does not read.', provider)
    default:
      return assertNever(keptBy)
  }
}

function missingHeaderSentence(
  { t }: Language,
  { provider, header, variable, boundTo, origin }: SecretMissing & { header: string },
): string {
  return boundTo
    ? t(
        'The header "{0}" of "{1}" was set up for {2} and is not sent to {3} until you name its variable again.',
        header,
        provider,
        boundTo,
        origin ?? t('another origin'),
      )
    : t(
        'The header "{0}" of "{1}" cannot be sent: the environment variable {2} is not set.',
        header,
        provider,
        variable ?? t('(unnamed)'),
      )
}

type SecretMissing = Extract<ReasonFacts, { code: 'secret_missing' }>

function secretStoreSentence({ t }: Language, provider: string, store: SecretMissing['store']): string {
  switch (store) {
    case undefined:
      return t('The key of "{0}" is missing.', provider)
    case 'absent':
      return t('No keyring is available here for the key of "{0}": use an environment variable.', provider)
    case 'failed':
      return t('The keyring is locked, or it refused access to the key of "{0}".', provider)
    case 'slow':
      return t('The keyring did not answer in time for the key of "{0}".', provider)
    case 'damaged':
      return t('The key of "{0}" in the keyring cannot be read: set it again.', provider)
    default:
      return assertNever(store)
  }
}

export function revisionSentence(
  { t }: Language,
  { runId, problem }: Extract<ReasonFacts, { code: 'revision_invalid' }>,
): string {
  switch (problem) {
    case 'no_source':
      return t('The run {0} was not over a file, so it is not a revision of any results.', runId)
    case 'no_results':
      return t('The run {0} has no results to keep.', runId)
    case 'nothing_before':
      return t('There is no earlier revision to return to before the run {0}.', runId)
    default:
      return assertNever(problem)
  }
}

type SpendCap = Extract<ReasonFacts, { code: 'spend_cap' }>

export function spendCapSentence(
  language: Language,
  { provider, model, scope, capUsd, spentUsd, neededUsd }: SpendCap,
): string {
  const { t } = language
  const usd = (amount: number) => formatUsdIn(language, amount)
  const cap =
    scope === 'run'
      ? t('the cap of {0} for this run', usd(capUsd))
      : t('the cap of {0} a day for "{1}"', usd(capUsd), provider)
  if (neededUsd === null) {
    return t('Nothing is sent: the price of "{0}" is unknown, so {1} cannot be enforced.', model, cap)
  }
  return t(
    'Stopped before exceeding {0}: {1} spent, and the next call may cost {2}.',
    cap,
    usd(spentUsd),
    usd(neededUsd),
  )
}

export function stopRuleSentence(language: Language, facts: Extract<ReasonFacts, { code: 'stop_rule' }>): string {
  const { t } = language
  const { rule, limit, measured, items, category, last } = facts
  const cause = last === undefined ? '' : localizeOr(language, facts.localizable, last)
  const share = formatPercentIn(language, measured)
  const most = formatPercentIn(language, limit)
  const all = formatNumberIn(language, items)
  switch (rule) {
    case 'time':
      return t('Stopped after {0} s, as requested.', Math.round(limit))
    case 'failed':
      return t('Stopped: {0} of {1} items failed (the limit is {2}).', share, all, most)
    case 'invalid':
      return t('Stopped: {0} of {1} answers could not be used (the limit is {2}).', share, all, most)
    case 'same_category':
      return t('Stopped: {0} of {1} items got the category "{2}" (the limit is {3}).', share, all, category ?? '', most)
    case 'unusable':
      return t('Stopped: none of the first {0} answers could be used ({1}).', formatNumberIn(language, measured), cause)
    case 'failed_in_row':
      return t('Stopped: {0} items in a row failed ({1}).', formatNumberIn(language, measured), cause)
    default:
      return assertNever(rule)
  }
}

type Unfit = Extract<ReasonFacts, { code: 'questions_unfit' }>

/** What is too much for a request, and what would do instead. */
export function unfitSentence(language: Language, facts: Unfit): string {
  const { t } = language
  const { model, problem } = facts
  const task = taskName(language, facts.task)
  const wanted = formatNumberIn(language, facts.wanted ?? 0)
  const most = formatNumberIn(language, facts.most ?? 0)
  switch (problem) {
    case 'options':
      return t(
        'The profile has {0} options on one level, but "{1}" takes {2}: group some under a parent, or ask by text.',
        wanted,
        model,
        most,
      )
    case 'levels':
      return t('The bands of {0} make {1} levels, but "{2}" takes {3}.', task, wanted, model, most)
    case 'too_large':
      return t('The questions of {0} leave no room for a text in a request to "{1}".', task, model)
    default:
      return assertNever(problem)
  }
}

function noReadoutSentence({ t }: Language, { provider, model }: UnsupportedWay, problem: ReadoutProblem): string {
  switch (problem) {
    case 'no_logprobs':
      return t('"{0}" gives no log probabilities for the model "{1}", so no decision can be read out.', provider, model)
    case 'label_tokens':
      return t(
        'The answers of the model "{0}" do not begin with a label of one token, so no decision can be read out.',
        model,
      )
    case 'thinks':
      return t('Thinking cannot be turned off for the model "{0}", so no decision can be read out.', model)
    case 'too_few':
      return t(
        '"{0}" gives too few log probabilities for the model "{1}" to cover the options of a question, so no decision can be read out.',
        provider,
        model,
      )
    default:
      return assertNever(problem)
  }
}

type TooLong = Extract<ReasonFacts, { code: 'context_too_long' }>

/** With both figures, where they are known: what was needed or sent, and the window that a call gets or what of it was read. */
export function tooLongSentence(language: Language, facts: TooLong): string {
  const { t } = language
  const { model, limitTokens, neededTokens, readTokens, sentTokens, writtenTokens } = facts
  if (readTokens !== undefined && sentTokens !== undefined) {
    return t(
      'The text is too long for "{0}": it read {1} of at least {2} tokens.',
      model,
      formatNumberIn(language, readTokens),
      formatNumberIn(language, sentTokens),
    )
  }
  if (writtenTokens !== undefined) return fullContextSentence(language, model, limitTokens, writtenTokens)
  if (!limitTokens) return t('The text is too long for "{0}".', model)
  const limit = formatNumberIn(language, limitTokens)
  return neededTokens
    ? t(
        'The text is too long for "{0}": it needs {1} tokens, and a call gets {2}.',
        model,
        formatNumberIn(language, neededTokens),
        limit,
      )
    : t('The text is too long for "{0}" (limit {1} tokens).', model, limit)
}

function fullContextSentence(language: Language, model: string, limit: number | null, written: number): string {
  const { t } = language
  const tokens = formatNumberIn(language, written)
  return limit === null
    ? t('The context of "{0}" was full after {1} tokens of the answer.', model, tokens)
    : t(
        'The context of "{0}" ({1} tokens) was full after {2} tokens of the answer.',
        model,
        formatNumberIn(language, limit),
        tokens,
      )
}

type UnsupportedWay = Extract<ReasonFacts, { code: 'ask_unsupported' }>

/** `: what the server said`, where it said something. */
export function unsupportedWaySentence(language: Language, facts: UnsupportedWay): string {
  const { t } = language
  const { provider, model, ask, why, needs = '', detail, localizable } = facts
  const said = detail === undefined ? '' : `: ${localizeOr(language, localizable, detail)}`
  if (ask === 'text')
    return t('The model "{0}" of "{1}" only makes decisions and writes no text{2}.', model, provider, said)
  if (ask === 'readout') {
    return facts.readout === undefined
      ? t('No decisions can be read out of the model "{0}" of "{1}"{2}.', model, provider, said)
      : noReadoutSentence(language, facts, facts.readout)
  }
  switch (why) {
    case 'model':
      return t('The model "{0}" of "{1}" does not make decisions{2}.', model, provider, said)
    case 'server':
      return t('"{0}" does not offer decisions at its base URL{1}.', provider, said)
    case 'version':
      return t('"{0}" is too old for decisions: {1} or later is needed.', provider, needs)
    default:
      return assertNever(why)
  }
}
