import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import { assertNever } from '../../protocol/names.ts'
import { ResultChange, type RevisionDiff } from '../../protocol/revisions.ts'
import { tellNumber } from '../parts/language.ts'
import { Button, Checkbox, TextField } from '../toolkit.tsx'
import { CategoryChoice } from './categoryChoice.tsx'
import { type DiffDraft, noDiffFilter, revisionFilterOf } from './diffDraft.ts'
import { useAnswer } from './resultsContext.ts'

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
        <TextField
          id={`${id}-search`}
          label={l10n.t('Search')}
          value={draft.search}
          mostCharacters={200}
          inputMode="search"
          onInput={(search) => change({ search })}
        />
        <fieldset class="choices">
          <legend>{l10n.t('Changes ({0} items are as they were)', tellNumber(diff.same))}</legend>
          {ResultChange.options.map((each) => (
            <Checkbox
              key={each}
              id={`${id}-${each}`}
              checked={draft.only.includes(each)}
              onChange={(isOn) =>
                change({ only: isOn ? [...draft.only, each] : draft.only.filter((one) => one !== each) })
              }
            >
              {l10n.t('{0} ({1})', tellChange(each), tellNumber(diff.counts[each]))}
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

export function tellChange(change: ResultChange): string {
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
