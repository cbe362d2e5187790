import { assertNever } from '../../protocol/names.ts'
import type { Dependent, Problem, ReasonFacts } from '../../protocol/reasons.ts'
import { formatNumberIn } from '../format.ts'
import type { Language } from '../language.ts'
import { localizeOr } from '../message.ts'

/** How things are called within a sentence. A kind of thing that this version does not know keeps its own name. */
export function thingName(language: Language, what: string): string {
  const { t } = language
  switch (what) {
    case 'provider':
      return t('provider')
    case 'model':
      return t('model')
    case 'category':
      return t('category')
    case 'run':
      return t('run')
    case 'route':
      return t('route')
    case 'fallback':
      return t('fallback')
    case 'default':
      return t('default')
    case 'prompt':
      return t('prompt')
    case 'label':
      return t('label')
    case 'evaluation':
      return t('evaluation')
    case 'knowledge_base':
      return t('knowledge base')
    case 'gateway':
      return t('gateway')
    case 'alias':
      return t('alias')
    case 'item':
      return t('item')
    case 'thread':
      return t('conversation')
    case 'message':
      return t('message')
    case 'profile':
      return t('profile')
    default:
      return what
  }
}

export function phaseName({ t }: Language, phase: Extract<ReasonFacts, { code: 'timeout' }>['phase']): string {
  switch (phase) {
    case 'connect':
      return t('no connection')
    case 'first_byte':
      return t('no first byte')
    case 'idle':
      return t('silence')
    case 'total':
      return t('in all')
    case 'server':
      return t('said by the server')
    default:
      return assertNever(phase)
  }
}

export function suggestionHint({ t }: Language, suggestion: { provider: string; model: string } | undefined): string {
  return suggestion ? t('; the default model is "{0}" of "{1}"', suggestion.model, suggestion.provider) : ''
}

export function waitHint(language: Language, retryAfterMs: number | null): string {
  return retryAfterMs === null ? '' : language.t(' (for {0} s)', Math.ceil(retryAfterMs / 1000))
}

export function listProblems(language: Language, problems: readonly Problem[]): string {
  const { t } = language
  const shown = problems.slice(0, 3).map(({ line, path, message, localizable }) => {
    const place = line ? `${t('line {0}', line)}: ` : ''
    const sentence = localizeOr(language, localizable, message)
    return `${place}${path ? `${path}: ` : ''}${sentence}`
  })
  return problems.length > 3
    ? t('{0}; and {1} more', shown.join('; '), formatNumberIn(language, problems.length - 3))
    : shown.join('; ')
}

/** Nobody reads a longer list in a sentence; the facts hold them all. */
const dependentsShown = 5

export function listDependents(language: Language, dependents: readonly Dependent[]): string {
  const { t } = language
  const shown = dependents
    .slice(0, dependentsShown)
    .map(({ what, id }) => t('the {0} {1}', thingName(language, what), id))
  const more = dependents.length - shown.length
  return more > 0 ? t('{0} and {1} more', shown.join(', '), formatNumberIn(language, more)) : shown.join(', ')
}
