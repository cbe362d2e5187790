import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import * as z from 'zod'
import type { Category } from '../../../protocol/profile.ts'
import { storedListText } from '../../parts/categoryListText.ts'
import { SearchField } from '../../parts/filterFields.tsx'
import { formatNumber, plural } from '../../parts/language.ts'
import { Notice, ReasonNotice } from '../../parts/notice.tsx'
import { RerunSection } from '../../parts/rerun.tsx'
import { usePage } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, TextArea } from '../../toolkit.tsx'
import type { CategoryChanges } from './categoryChanges.ts'
import { addCategoryId, categoryRows, type Selection, type TreeActions, useListId } from './categoryRows.ts'
import { CategoryTree } from './categoryTree.tsx'
import { describeChange } from './describeCategory.ts'
import { SelectionBar } from './selectionBar.tsx'
import { Suggestions } from './suggestions.tsx'

export interface CategoryListProps {
  categories: readonly Category[]
  changes: CategoryChanges
  onAdd(): void
  onUseList(): void
  onEdit(slug: string): void
}

export function CategoryList({ categories, changes, onAdd, onUseList, onEdit }: CategoryListProps) {
  const [search, setSearch] = usePersistedState('categories.search', z.string(), '')
  const [closed, setClosed] = usePersistedState('categories.closed', z.array(z.string()), [])
  const selection = useSelection(categories)
  const clearSelection = () => {
    selection.onClear()
    focusTree()
  }
  const change: TreeActions['onChange'] = (chosen, wanted) =>
    void changes.make(chosen, wanted, describeChange(chosen, wanted, categories))
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
      <Suggestions categories={categories} changes={changes} selection={selection} onEdit={onEdit} />
      <search class="toolbar">
        <SearchField value={search} onInput={setSearch} />
        <Button id={useListId} onClick={onUseList}>
          {l10n.t('Use a list …')}
        </Button>
        <CopyList categories={categories} />
        <Button id={addCategoryId} look="primary" onClick={onAdd}>
          {l10n.t('Add category')}
        </Button>
      </search>
      <p class="count" aria-live="polite">
        {search.trim() === ''
          ? plural(approved.length, '{0} category', '{0} categories')
          : plural(approved.length, '{1} found of {0} category', '{1} found of {0} categories', formatNumber(found))}
      </p>
      <LastChange changes={changes} />
      {approved.length === 0 ? (
        <Notice look="info">{l10n.t('There are no categories yet, so models have nothing to choose from.')}</Notice>
      ) : (
        <CategoryTree categories={categories} rows={rows} actions={actions} selection={selection} />
      )}
      <p class="field-hint">
        {l10n.t(
          'Keys: arrows move, Enter edits, Space selects, Shift with the arrows extends the selection. Right goes to the weight of a row. Alt+Right moves a category under the one above, Alt+Left to the top level. Choosing the chosen weight again clears it, and the weight of the parent counts.',
        )}
      </p>
      {selection.chosen.length > 0 ? (
        <SelectionBar
          categories={categories}
          chosen={selection.chosen}
          unseen={selection.chosen.filter(({ slug }) => !shown.has(slug)).length}
          onChange={change}
          changes={changes}
          onGone={clearSelection}
          onClear={clearSelection}
        />
      ) : null}
      <RerunSection />
    </>
  )
}

/** How the last change went, and what takes it back. */
function LastChange({ changes: { last, reason, undo, dismiss } }: { changes: CategoryChanges }) {
  return (
    <>
      {reason ? <ReasonNotice reason={reason} /> : null}
      {last ? (
        <Notice
          look="pass"
          actions={
            <>
              <Button onClick={() => void undo()}>{l10n.t('Undo')}</Button>
              <Button onClick={dismiss} label={l10n.t('Dismiss: {0}', last.sentence)}>
                {l10n.t('Dismiss')}
              </Button>
            </>
          }
        >
          {last.sentence}
        </Notice>
      ) : null}
    </>
  )
}

/** The list as text, to keep or to use elsewhere: `Use a list …` reads it back. */
function CopyList({ categories }: { categories: readonly Category[] }) {
  const { announce } = usePage()
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle')
  const copy = async () => {
    const isCopied = await navigator.clipboard.writeText(storedListText(categories)).then(
      () => true,
      () => false,
    )
    setState(isCopied ? 'copied' : 'refused')
    announce(isCopied ? l10n.t('The list is copied.') : l10n.t('The clipboard is not available here.'))
  }
  return (
    <>
      <Button onClick={() => void copy()} disabled={!categories.some(({ approved }) => approved)}>
        {state === 'copied' ? l10n.t('Copied') : l10n.t('Copy as text')}
      </Button>
      {state === 'refused' ? (
        <TextArea
          id="categories-as-text"
          label={l10n.t('The clipboard is not available here. Copy the list from this field:')}
          value={storedListText(categories)}
          onInput={() => {}}
        />
      ) : null}
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
