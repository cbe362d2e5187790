import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import * as z from 'zod'
import { assertNever } from '../../protocol/names.ts'
import { ResultChange, type RevisionDiff, type RevisionFilter } from '../../protocol/revisions.ts'
import { SearchField } from '../parts/filterFields.tsx'
import { formatNumber } from '../parts/language.ts'
import { Button, Checkbox } from '../toolkit.tsx'
import { CategoryChoice } from './filterParts.tsx'
import { useAnswer } from './resultsContext.ts'

const names = z.array(z.string().max(200)).max(100)

/** Which items of two revisions are wanted, as it is typed and ticked; the empty name: fits nowhere. */
export const DiffDraft = z.object({
  search: z.string().max(200),
  only: z.array(ResultChange),
  fromCategories: names,
  toCategories: names,
})
export type DiffDraft = z.infer<typeof DiffDraft>

export const noDiffFilter: DiffDraft = { search: '', only: [], fromCategories: [], toCategories: [] }

/** What the server is asked for, without the words. */
export function revisionFilterOf({ only, fromCategories, toCategories }: DiffDraft): RevisionFilter {
  return {
    ...(only.length > 0 && { only }),
    ...(fromCategories.length > 0 && { fromCategories }),
    ...(toCategories.length > 0 && { toCategories }),
  }
}

export interface DiffFilterBarProps {
  from: string
  to: string
  version: number
  diff: RevisionDiff
  draft: DiffDraft
  onDraft(draft: DiffDraft): void
}

/** Which changes are wanted: words, kinds of change, and the category before and after. */
export function DiffFilterBar({ from, to, version, diff, draft, onDraft }: DiffFilterBarProps) {
  const id = useId()
  const comparison = useAnswer('revision/compare', { from, to }, version)
  const cells = comparison.kind === 'there' ? comparison.value.categories : []
  const change = (part: Partial<DiffDraft>) => onDraft({ ...draft, ...part })
  const isFiltered = draft.search !== '' || Object.keys(revisionFilterOf(draft)).length > 0
  return (
    <search class="filter" aria-label={l10n.t('Filter of the changes')}>
      <div class="filter-line">
        <SearchField value={draft.search} mostCharacters={200} onInput={(search) => change({ search })} />
        <fieldset class="choices">
          <legend>{l10n.t('Changes ({0} items are as they were)', formatNumber(diff.same))}</legend>
          {ResultChange.options.map((each) => (
            <Checkbox
              key={each}
              id={`${id}-${each}`}
              checked={draft.only.includes(each)}
              onChange={(isOn) =>
                change({ only: isOn ? [...draft.only, each] : draft.only.filter((one) => one !== each) })
              }
            >
              {l10n.t('{0} ({1})', describeChange(each), formatNumber(diff.counts[each]))}
            </Checkbox>
          ))}
        </fieldset>
        {isFiltered ? <Button onClick={() => onDraft(noDiffFilter)}>{l10n.t('Show all')}</Button> : null}
      </div>
      <CategoryChoice
        title={l10n.t('First category before')}
        offered={sumOf(cells.map(({ from: category, items }) => ({ category, items })))}
        chosen={draft.fromCategories}
        onChange={(fromCategories) => change({ fromCategories })}
      />
      <CategoryChoice
        title={l10n.t('First category after')}
        offered={sumOf(cells.map(({ to: category, items }) => ({ category, items })))}
        chosen={draft.toCategories}
        onChange={(toCategories) => change({ toCategories })}
      />
    </search>
  )
}

interface Counted {
  category: string | null
  items: number
}

/** The most frequent first. */
function sumOf(parts: readonly Counted[]): Counted[] {
  const sums = new Map<string | null, number>()
  for (const { category, items } of parts) sums.set(category, (sums.get(category) ?? 0) + items)
  return [...sums].map(([category, items]) => ({ category, items })).sort((one, other) => other.items - one.items)
}

export function describeChange(change: ResultChange): string {
  switch (change) {
    case 'new':
      return l10n.t('new')
    case 'gone':
      return l10n.t('gone')
    case 'status':
      return l10n.t('other status')
    case 'labels':
      return l10n.t('other categories')
    case 'score':
      return l10n.t('other score')
    case 'text':
      return l10n.t('other text')
    default:
      return assertNever(change)
  }
}
