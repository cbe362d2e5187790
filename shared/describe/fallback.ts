import { assertNever } from '../../protocol/names.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { FellBack } from '../../protocol/runs.ts'
import type { Language } from '../language.ts'
import { formatPluralIn } from '../plural.ts'

/** Why a fallback was asked, such as `the fallback, because the text did not fit llama3.2:3b`. */
export function fallbackReason({ t }: Language, fallbackFor: NonNullable<ResolvedRoute['fallbackFor']>): string {
  const { provider, model, when } = fallbackFor
  const name = model ?? provider
  switch (when) {
    case 'not_ready':
      return t('the fallback, because {0} was not ready', name)
    case 'failing':
      return t('the fallback, because {0} was failing', name)
    case 'too_long':
      return t('the fallback, because the text did not fit {0}', name)
    case 'filtered':
      return t('the fallback, because {0} refused the content', name)
    case 'over_cap':
      return t('the fallback, because the spending cap of {0} was reached', name)
    default:
      return assertNever(when)
  }
}

/** What a run's fallbacks were asked while it went on, such as `3 items: gpt-5-mini of work (scoring, too_long)`. */
export function fellBackText(language: Language, { items, provider, model, task, when }: FellBack): string {
  const count = formatPluralIn(language, items, '{0} item', '{0} items')
  return language.t('{0}: {1} of {2} ({3}, {4})', count, model, provider, task, when)
}
