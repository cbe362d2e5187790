import type { CriteriaValues, CriterionValue } from '../protocol/criteria.ts'
import type { ScoreParts } from '../protocol/resultQueries.ts'
import { formatNumberIn } from './format.ts'
import type { Language } from './language.ts'

/** `14.4 = (2 × 0.75 Severity + 1 × 1 true positive) / 3 × 0.87 × 20` */
export function describeScoreIn(language: Language, score: number, { criteria, factor, to }: ScoreParts): string {
  const figure = (value: number) => formatNumberIn(language, value, { least: 0, most: 2 })
  const sum = criteria.map(({ name, share, weight }) => `${figure(weight)} × ${figure(share)} ${name}`).join(' + ')
  const weights = criteria.reduce((all, { weight }) => all + weight, 0)
  const whole = formatNumberIn(language, score, { least: 1, most: 1 })
  const made = `${whole} = (${sum}) / ${figure(weights)} × ${figure(factor)} × ${figure(to)}`
  const uncapped = (criteria.reduce((all, { share, weight }) => all + share * weight, 0) / weights) * factor * to
  // Else it would read as if the sum were wrong.
  return uncapped > to + 0.05 ? language.t('{0}, at most {1}', made, figure(to)) : made
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

/** What `criteriaCell` wrote, as a person may have edited it: numbers, yes and no are such, anything else is a name. */
export function readCriteriaCell(cell: string): CriteriaValues {
  return Object.fromEntries(
    cell.split(';').flatMap((part): [string, CriterionValue][] => {
      const at = part.indexOf('=')
      const text = part.slice(at + 1).trim()
      return at < 1 || text === '' ? [] : [[part.slice(0, at).trim(), readCriterion(text)]]
    }),
  )
}

/** An answer as a person writes it. */
export function readCriterion(text: string): CriterionValue {
  if (/^(?:yes|true)$/i.test(text)) return true
  if (/^(?:no|false)$/i.test(text)) return false
  return /^-?\d+$/.test(text) ? Number(text) : text
}

/** All names that occur, in the order in which they do. */
export function criteriaNames(results: Iterable<{ criteria?: CriteriaValues | null | undefined }>): string[] {
  const names = new Set<string>()
  for (const { criteria } of results) for (const name of Object.keys(criteria ?? {})) names.add(name)
  return [...names]
}
