import type { Evidence } from '../../protocol/results.ts'
import type { Language } from '../language.ts'

/** What the item's words were quoted for, and the words; null: they do not stand in the item. */
export function evidenceParts(
  language: Language,
  evidence: Evidence | undefined,
): [of: string, passage: string | null][] {
  const { categories, criteria = {} } = evidence ?? {}
  return [
    ...(categories === undefined ? [] : [[language.t('Categories'), categories] as [string, string | null]]),
    ...Object.entries(criteria),
  ]
}
