import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type { Criterion } from '../../protocol/criteria.ts'
import type { GridColumn } from '../grid/gridColumn.ts'
import { narrowestColumn, widestColumn } from '../grid/gridHeading.tsx'
import { Popover } from '../parts/popover.tsx'
import { Button } from '../toolkit.tsx'
import { criterionOfColumn, type FilterDraft, filterOf, type StoredSort } from './filterDraft.ts'
import { CategoryBoxes, ConfidenceFilter, CriterionFilter, ScoreFilter, StatusFilter } from './filterParts.tsx'
import { itemColumn } from './resultColumns.tsx'
import type { Layout } from './useLayout.ts'

/** What the menu of a column works on. */
export interface ColumnMenuParts {
  draft: FilterDraft
  onDraft(draft: FilterDraft): void
  /** With how many items have it. */
  categories: readonly { category: string | null; items: number }[]
  /** Of the run's profile; empty: it has none of its own. */
  criteria: readonly Criterion[]
  sort: StoredSort
  onSort(sort: StoredSort): void
  layout: Layout
}

interface ColumnMenuProps extends ColumnMenuParts {
  column: Pick<GridColumn<unknown>, 'id' | 'heading' | 'isSortable'>
  anchor: HTMLElement
  onClose(): void
}

/** Whether something of the filter belongs to the column. */
export function isColumnFiltered(column: string, draft: FilterDraft): boolean {
  const { status, categories, minScore, maxScore, belowConfidence, criteria, ...said } = filterOf(draft) ?? {}
  const criterion = criterionOfColumn(column)
  if (criterion !== null) return criteria !== undefined && Object.hasOwn(criteria, criterion)
  switch (column) {
    case 'status':
      return [status, said.changedByHuman, said.waits, said.disagree, said.addressesJudge].some(
        (each) => each !== undefined,
      )
    case 'category':
      return categories !== undefined
    case 'score':
      return minScore !== undefined || maxScore !== undefined
    case 'confidence':
      return belowConfidence !== undefined
    default:
      return false
  }
}

/** Sorts by a column, filters by it, and sets up how it is shown. */
export function ColumnMenu({ column, anchor, onClose, ...parts }: ColumnMenuProps) {
  const { heading, isSortable } = column
  return (
    <Popover anchor={anchor} label={heading} onClose={onClose}>
      {isSortable ? <SortChoice by={column.id} sort={parts.sort} onSort={parts.onSort} /> : null}
      <ColumnFilter column={column.id} {...parts} />
      <WidthChoice column={column.id} anchor={anchor} layout={parts.layout} />
      {column.id === itemColumn ? null : (
        <Button
          onClick={() => {
            onClose()
            parts.layout.show(column.id, false)
          }}
        >
          {l10n.t('Hide the column')}
        </Button>
      )}
    </Popover>
  )
}

function SortChoice({ by, sort, onSort }: { by: string } & Pick<ColumnMenuParts, 'sort' | 'onSort'>) {
  // What to look at first: also items without a category, and nothing that a person has checked.
  const doubt = { label: l10n.t('Most doubtful first'), wanted: { by: 'doubt', descending: true } }
  const choices = [
    ...(by === 'confidence' ? [doubt] : []),
    { label: l10n.t('Ascending'), wanted: { by, descending: false } },
    { label: l10n.t('Descending'), wanted: { by, descending: true } },
    { label: l10n.t('As in the source'), wanted: null },
  ]
  const isNow = (wanted: StoredSort) => wanted?.by === sort?.by && wanted?.descending === sort?.descending
  return (
    <fieldset class="choices">
      <legend>{l10n.t('Sort')}</legend>
      {choices.map(({ label, wanted }) => (
        <button
          key={label}
          type="button"
          class="plain-button"
          aria-pressed={isNow(wanted)}
          onClick={() => onSort(wanted)}
        >
          {label}
        </button>
      ))}
    </fieldset>
  )
}

function ColumnFilter({
  column,
  draft,
  onDraft,
  categories,
  criteria,
}: { column: string } & Pick<ColumnMenuParts, 'draft' | 'onDraft' | 'categories' | 'criteria'>) {
  const id = useId()
  const change = (part: Partial<FilterDraft>) => onDraft({ ...draft, ...part })
  const criterion = criteria.find(({ name }) => name === criterionOfColumn(column))
  if (criterion) return <CriterionFilter id={id} draft={draft} change={change} criterion={criterion} />
  switch (column) {
    case 'status':
      return <StatusFilter id={id} draft={draft} change={change} />
    case 'category':
      return (
        <CategoryBoxes
          title={l10n.t('Categories')}
          offered={categories}
          chosen={draft.categories}
          onChange={(chosen) => change({ categories: chosen })}
        />
      )
    case 'score':
      return <ScoreFilter id={id} draft={draft} change={change} />
    case 'confidence':
      return <ConfidenceFilter id={id} draft={draft} change={change} />
    default:
      return null
  }
}

const widthStep = 40

/** What the edge of the head is for the mouse. */
function WidthChoice({ column, anchor, layout }: { column: string; anchor: HTMLElement; layout: Layout }) {
  const by = (step: number) => () => {
    const now = anchor.closest('[role=columnheader]')?.getBoundingClientRect().width ?? 0
    layout.resize(column, Math.round(Math.min(Math.max(now + step, narrowestColumn), widestColumn)))
  }
  return (
    <fieldset class="choices">
      <legend>{l10n.t('Width')}</legend>
      <button type="button" class="plain-button" onClick={by(widthStep)}>
        {l10n.t('Wider')}
      </button>
      <button type="button" class="plain-button" onClick={by(-widthStep)}>
        {l10n.t('Narrower')}
      </button>
    </fieldset>
  )
}
