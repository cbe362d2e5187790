import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import * as z from 'zod'
import type { Category } from '../../../protocol/profile.ts'
import { JudgeAgain } from '../../parts/judgeAgain.tsx'
import { plural, tellNumber } from '../../parts/language.ts'
import { Notice } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, TextField } from '../../toolkit.tsx'
import { addCategoryId } from './categoryIds.ts'
import { categoryRows } from './categoryRows.ts'
import { CategoryTree } from './categoryTree.tsx'
import { changeSentence } from './changeWords.ts'
import { SelectionBar } from './selectionBar.tsx'
import { Suggestions } from './suggestions.tsx'
import type { TreeActions } from './treeActions.ts'
import { useCategoryChanges } from './useCategoryChanges.ts'
import { useSelection } from './useSelection.ts'

export interface CategoryListProps {
  categories: readonly Category[]
  onAdd(): void
  onEdit(slug: string): void
}

export function CategoryList({ categories, onAdd, onEdit }: CategoryListProps) {
  const id = useId()
  const [search, keepSearch] = usePersistedState('categories.search', z.string(), '')
  const [closed, keepClosed] = usePersistedState('categories.closed', z.array(z.string()), [])
  const selection = useSelection(categories)
  const clearSelection = () => {
    selection.onClear()
    focusTree()
  }
  const { last, reason, make, takeBack } = useCategoryChanges()
  const change: TreeActions['onChange'] = (chosen, wanted) =>
    void make(chosen, wanted, changeSentence(chosen, wanted, categories))
  const actions: TreeActions = {
    onChange: change,
    onEdit,
    onOpen: (slug, isOpen) => keepClosed(isOpen ? closed.filter((each) => each !== slug) : [...closed, slug]),
  }
  const rows = categoryRows(categories, new Set(closed), search)
  const approved = categories.filter((category) => category.approved)
  const found = rows.length
  const shown = new Set([...rows.map(({ category }) => category.slug), ...waitingOf(categories)])
  return (
    <>
      <Suggestions categories={categories} selection={selection} onEdit={onEdit} />
      <search class="toolbar">
        <TextField
          id={`${id}-search`}
          label={l10n.t('Search')}
          value={search}
          onInput={keepSearch}
          inputMode="search"
        />
        <Button id={addCategoryId} look="primary" onClick={onAdd}>
          {l10n.t('Add category')}
        </Button>
      </search>
      <p class="count" aria-live="polite">
        {search.trim() === ''
          ? plural(approved.length, '{0} category', '{0} categories')
          : plural(approved.length, '{1} found of {0} category', '{1} found of {0} categories', tellNumber(found))}
      </p>
      {reason ? <ReasonNotice reason={reason} /> : null}
      {last && !reason ? (
        <Notice
          look="pass"
          actions={<Button onClick={() => void takeBack(last, l10n.t('Taken back.'))}>{l10n.t('Undo')}</Button>}
        >
          {last.sentence}
        </Notice>
      ) : null}
      {approved.length === 0 ? (
        <Notice look="info">{l10n.t('There are no categories yet: models have nothing to choose from.')}</Notice>
      ) : (
        <CategoryTree categories={categories} rows={rows} actions={actions} selection={selection} />
      )}
      <p class="field-hint">
        {l10n.t(
          'Arrow keys go through the tree, Enter edits, Space selects, Shift with the arrows selects on, Alt+Right and Alt+Left move a category under the one above or to the top. A weight that is chosen once more is given up: then the one above counts.',
        )}
      </p>
      {selection.chosen.length > 0 ? (
        <SelectionBar
          categories={categories}
          chosen={selection.chosen}
          unseen={selection.chosen.filter(({ slug }) => !shown.has(slug)).length}
          onChange={change}
          onClear={clearSelection}
        />
      ) : null}
      <JudgeAgain />
    </>
  )
}

/** The bar with what was pressed goes away. */
function focusTree(): void {
  const stop = document.querySelector<HTMLElement>('.tree-row[tabindex="0"]') ?? document.getElementById(addCategoryId)
  stop?.focus()
}

function waitingOf(categories: readonly Category[]): string[] {
  return categories.flatMap(({ slug, approved }) => (approved ? [] : [slug]))
}
