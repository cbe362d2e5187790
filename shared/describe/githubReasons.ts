import { assertNever } from '../../protocol/names.ts'
import type { Action, ReasonFacts } from '../../protocol/reasons.ts'
import type { Language } from '../language.ts'
import { localizeOr } from '../message.ts'
import { waitHint } from './reasonParts.ts'

type Failed = Extract<ReasonFacts, { code: 'github_failed' }>

export function githubSentence(language: Language, facts: Failed): string {
  const sentence = whatIsWrong(language, facts)
  if (facts.detail === undefined) return `${sentence}.`
  const said = localizeOr(language, facts.localizable, facts.detail)
  return language.t('{0}: {1}.', sentence, said.replace(/\.+$/, ''))
}

function whatIsWrong(language: Language, { repo, api, problem, retryAfterMs }: Failed): string {
  const { t } = language
  switch (problem) {
    case 'token_refused':
      return t('GitHub does not accept the token for {0}', repo)
    case 'forbidden':
      return t('The token may not do this in {0}', repo)
    case 'not_found':
      return t('There is no {0}, or the token does not show it', repo)
    case 'moved':
      return t('"{0}" has moved, and redirects are not followed: name where it is now', repo)
    case 'limited':
      return t('GitHub asks to slow down{0}', waitHint(language, retryAfterMs))
    case 'failing':
      return t('GitHub answers with an error of its own')
    case 'unreachable':
      return t('GitHub cannot be reached at {0}', api)
    case 'timeout':
      return t('GitHub did not answer in time at {0}', api)
    case 'not_github':
      return t('What answers at {0} is not GitHub’s API', api)
    case 'refused':
      return t('GitHub does not take what was asked of {0}', repo)
    default:
      return assertNever(problem)
  }
}

export function githubAction({ t }: Language, { problem }: Failed): Action {
  const label = problem === 'token_refused' ? t('Sign in, or give another token') : t('Wait and try again')
  return { id: 'waitAndRetry', label }
}
