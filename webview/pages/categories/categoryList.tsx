import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import * as z from 'zod'
import type { Category, CategoryChange } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { SearchField } from '../../parts/filterFields.tsx'
import { formatNumber, plural } from '../../parts/language.ts'
import { Notice, ReasonNotice } from '../../parts/notice.tsx'
import { RerunSection } from '../../parts/rerun.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button } from '../../toolkit.tsx'
import { addCategoryId, categoryRows, type Selection, type TreeActions } from './categoryRows.ts'
import { CategoryTree } from './categoryTree.tsx'
import { describeChange } from './describeCategory.ts'
import { SelectionBar } from './selectionBar.tsx'
import { changesOf, type SharedChange, undoOf } from './severalCategories.ts'
import { Suggestions } from './suggestions.tsx'

export interface CategoryListProps {
  categories: readonly Category[]
  onAdd(): void
  onEdit(slug: string): void
}

export function CategoryList({ categories, onAdd, onEdit }: CategoryListProps) {
  const [search, setSearch] = usePersistedState('categories.search', z.string(), '')
  const [closed, setClosed] = usePersistedState('categories.closed', z.array(z.string()), [])
  const selection = useSelection(categories)
  const clearSelection = () => {
    selection.onClear()
    focusTree()
  }
  const { last, reason, make, takeBack } = useCategoryChanges()
  const change: TreeActions['onChange'] = (chosen, wanted) =>
    void make(chosen, wanted, describeChange(chosen, wanted, categories))
  const actions: TreeActions = {
    onChange: change,
    onEdit,
    onOpen: (slug, isOpen) => setClosed(isOpen ? closed.filter((each) => each !== slug) : [...closed, slug]),
  }
  const rows = categoryRows(categories, new Set(closed), search)
  const approved = categories.filter((category) => category.approved)
  const found = rows.length
  const shown = new Set([...rows.map(({ category }) => category.slug), ...waitingOf(categories)])
  return (
    <>
      <Suggestions categories={categories} selection={selection} onEdit={onEdit} />
      <search class="toolbar">
        <SearchField value={search} onInput={setSearch} />
        <Button id={addCategoryId} look="primary" onClick={onAdd}>
          {l10n.t('Add category')}
        </Button>
      </search>
      <p class="count" aria-live="polite">
        {search.trim() === ''
          ? plural(approved.length, '{0} category', '{0} categories')
          : plural(approved.length, '{1} found of {0} category', '{1} found of {0} categories', formatNumber(found))}
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
      <RerunSection />
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

/** Stored while the panel is hidden. What was removed meanwhile is no longer among the chosen. */
function useSelection(categories: readonly Category[]): Selection {
  const [slugs, setSlugs] = usePersistedState('categories.selected', z.array(z.string()), [])
  const selected = new Set(slugs)
  return {
    chosen: categories.filter(({ slug }) => selected.has(slug)),
    isSelected: (slug) => selected.has(slug),
    onSelect: (changed, isSelected) => {
      const others = slugs.filter((slug) => !changed.includes(slug))
      setSlugs(isSelected ? [...others, ...changed] : others)
    },
    onClear: () => setSlugs(undefined),
  }
}

/** What was changed last, and what takes it back. */
interface LastChange {
  sentence: string
  undo: CategoryChange[]
}

/** Changes categories, all of those that are chosen or none, and takes the last change back. */
function useCategoryChanges() {
  const { host, announce } = usePage()
  const [last, setLast] = useState<LastChange | null>(null)
  const [reason, setReason] = useState<Reason | null>(null)

  async function save(changes: CategoryChange[], sentence: string): Promise<Category[] | null> {
    const saved = await host.request('category/saveAll', { changes })
    setReason(saved.ok ? null : saved.reason)
    if (!saved.ok) return null
    announce(sentence)
    return saved.value
  }
  return {
    last,
    reason,
    async make(chosen: readonly Category[], change: SharedChange, sentence: string): Promise<void> {
      const saved = await save(changesOf(chosen, change), sentence)
      if (saved) setLast({ sentence, undo: undoOf(chosen, change, saved) })
    },
    async takeBack({ undo }: LastChange, sentence: string): Promise<void> {
      if (await save(undo, sentence)) setLast(null)
    },
  }
}
