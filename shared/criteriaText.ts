import type { CriteriaValues, CriterionValue } from '../protocol/criteria.ts'

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
