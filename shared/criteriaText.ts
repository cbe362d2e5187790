import type { CriteriaValues, CriterionValue } from '../protocol/criteria.ts'
import type { RunItem } from '../protocol/resultQueries.ts'
import { formatNumberIn } from './format.ts'
import type { Language } from './language.ts'

/** `14.4 = (2 × 0.75 Severity + 1 × 1 true positive) / 3 × 0.87 × 20` */
export function describeScoreIn(
  language: Language,
  score: number,
  { criteria, factor, to }: NonNullable<RunItem['scoreParts']>,
): string {
  const figure = (value: number) => formatNumberIn(language, value, { least: 0, most: 2 })
  const sum = criteria.map(({ name, share, weight }) => `${figure(weight)} × ${figure(share)} ${name}`).join(' + ')
  const weights = criteria.reduce((all, { weight }) => all + weight, 0)
  const whole = formatNumberIn(language, score, { least: 1, most: 1 })
  return `${whole} = (${sum}) / ${figure(weights)} × ${figure(factor)} × ${figure(to)}`
}

/** A value in English, for people: yes and no instead of true and false. */
export function criterionText(value: CriterionValue): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}

/** `Severity=4; true positive=yes`, in the order of the profile; empty: none. */
export function criteriaCell(values: CriteriaValues | null | undefined): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => `${name}=${criterionText(value)}`)
    .join('; ')
}

/** All names that occur, in the order in which they do. */
export function criteriaNames(results: Iterable<{ criteria?: CriteriaValues | null | undefined }>): string[] {
  const names = new Set<string>()
  for (const { criteria } of results) for (const name of Object.keys(criteria ?? {})) names.add(name)
  return [...names]
}
