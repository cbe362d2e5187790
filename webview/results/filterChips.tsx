import * as l10n from '@vscode/l10n'
import { Icon } from '../parts/icon.tsx'
import { Button } from '../toolkit.tsx'
import { describeStatus, formatCategory, formatScore, formatShare, formatValue } from './describeResult.ts'
import {
  type CriterionDraft,
  type FilterDraft,
  filterOf,
  noFilter,
  readAnswer,
  readConfidence,
  readScore,
} from './filterDraft.ts'

interface FilterChipsProps {
  draft: FilterDraft
  onChange(draft: FilterDraft): void
}

/** What narrows the table, each with a button that takes it away. Nothing is drawn where nothing does. */
export function FilterChips({ draft, onChange }: FilterChipsProps) {
  if (!filterOf(draft)) return null
  return (
    <search class="filter-chips" aria-label={l10n.t('Filter')}>
      {partsOf(draft).map(({ text, without }) => (
        <button
          key={text}
          type="button"
          class="filter-chip"
          aria-label={l10n.t('Remove the filter: {0}', text)}
          onClick={() => onChange({ ...draft, ...without })}
        >
          {text} <Icon name="close" />
        </button>
      ))}
      <Button onClick={() => onChange(noFilter)}>{l10n.t('Show all')}</Button>
    </search>
  )
}

/** What narrows the results, in words, part by part. */
export function describeFilter(draft: FilterDraft): string[] {
  return partsOf(draft).map(({ text }) => text)
}

/** What is asked of one criterion; its name is a person's own word. */
function answersOf({ criteria }: FilterDraft, name: string, said: CriterionDraft): FilterPart[] {
  const { min, max, values } = said
  const without = (part: Partial<CriterionDraft>) => ({ criteria: { ...criteria, [name]: { ...said, ...part } } })
  return [
    ...(readAnswer(min) === null
      ? []
      : [{ text: l10n.t('{0} at least {1}', name, min.trim()), without: without({ min: '' }) }]),
    ...(readAnswer(max) === null
      ? []
      : [{ text: l10n.t('{0} at most {1}', name, max.trim()), without: without({ max: '' }) }]),
    ...values.map((value) => ({
      text: l10n.t('{0}: {1}', name, formatValue(value)),
      without: without({ values: values.filter((other) => other !== value) }),
    })),
  ]
}

interface FilterPart {
  text: string
  without: Partial<FilterDraft>
}

/** What is typed and is no figure narrows nothing, and so is not among them. */
function partsOf(draft: FilterDraft): FilterPart[] {
  const { search, status, categories, minScore, maxScore, belowConfidence, changedByHuman, waits, disagree } = draft
  const [least, most, bound] = [readScore(minScore), readScore(maxScore), readConfidence(belowConfidence)]
  const words = search.trim()
  return [
    ...(words ? [{ text: l10n.t('Search: {0}', words), without: { search: '' } }] : []),
    ...status.map((each) => ({
      text: l10n.t('Status: {0}', describeStatus(each)),
      without: { status: status.filter((other) => other !== each) },
    })),
    ...(changedByHuman ? [{ text: l10n.t('Corrected by a person'), without: { changedByHuman: false } }] : []),
    ...(waits ? [{ text: l10n.t('Waiting in the review'), without: { waits: false } }] : []),
    ...(draft.addressesJudge ? [{ text: l10n.t('Speaks to the judge'), without: { addressesJudge: false } }] : []),
    ...(disagree ? [{ text: l10n.t('A second model differs'), without: { disagree: false } }] : []),
    ...categories.map((each) => ({
      text: l10n.t('Category: {0}', formatCategory(each || null)),
      without: { categories: categories.filter((other) => other !== each) },
    })),
    ...(least === null ? [] : [{ text: l10n.t('Score from {0}', formatScore(least)), without: { minScore: '' } }]),
    ...(most === null ? [] : [{ text: l10n.t('Score to {0}', formatScore(most)), without: { maxScore: '' } }]),
    ...(bound === null
      ? []
      : [{ text: l10n.t('Confidence below {0}', formatShare(bound)), without: { belowConfidence: '' } }]),
    ...Object.entries(draft.criteria).flatMap(([name, said]) => answersOf(draft, name, said)),
  ]
}
