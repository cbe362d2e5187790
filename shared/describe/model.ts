import type { ModelLifecycle } from '../../protocol/providers.ts'
import { dayIn } from '../format.ts'
import type { Language } from '../language.ts'
import { pluralIn } from '../plural.ts'

export function countModels(language: Language, count: number): string {
  return pluralIn(language, count, '{0} model', '{0} models')
}

/** "ends on 2026-12-01", "deprecated since 2026-06-01": the end of a model in a few words. */
export function describeModelEnd(
  language: Language,
  { shutdownAt, deprecatedAt }: Partial<Pick<ModelLifecycle, 'shutdownAt' | 'deprecatedAt'>>,
  now: number,
): string {
  const { t } = language
  const isOver = (instant: string) => Date.parse(instant) <= now
  if (shutdownAt) {
    const day = dayIn(language, shutdownAt)
    return isOver(shutdownAt) ? t('shut down on {0}', day) : t('ends on {0}', day)
  }
  if (!deprecatedAt) return t('deprecated')
  const day = dayIn(language, deprecatedAt)
  return isOver(deprecatedAt) ? t('deprecated since {0}', day) : t('deprecated from {0} on', day)
}
