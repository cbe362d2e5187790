import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import * as z from 'zod'
import type { Category, CategoryChange } from '../../../protocol/profile.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { JudgeAgain } from '../../parts/judgeAgain.tsx'
import { Notice } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { useKept } from '../../state/kept.ts'
import { usePage } from '../../state/pageContext.ts'
import { Button, TextField } from '../../toolkit.tsx'
import { addCategoryId } from './categoryIds.ts'
import { categoryRows } from './categoryRows.ts'
import { CategoryTree } from './categoryTree.tsx'
import { Suggestions } from './suggestions.tsx'
import type { TreeActions } from './treeActions.ts'
import { weightName } from './weightStrip.tsx'

export interface CategoryListProps {
  categories: readonly Category[]
  onAdd(): void
  onEdit(slug: string): void
}

/** What was changed last, and the change that takes it back. */
interface LastChange {
  sentence: string
  undo: CategoryChange
}

export function CategoryList({ categories, onAdd, onEdit }: CategoryListProps) {
  const { host, announce } = usePage()
  const id = useId()
  const [search, keepSearch] = useKept('categories.search', z.string(), '')
  const [closed, keepClosed] = useKept('categories.closed', z.array(z.string()), [])
  const [last, setLast] = useState<LastChange | null>(null)
  const [reason, setReason] = useState<Reason | null>(null)

  async function save(change: CategoryChange, sentence: string, undo: CategoryChange | null) {
    const saved = await host.request('category/save', change)
    setReason(saved.ok ? null : saved.reason)
    if (!saved.ok) return
    announce(sentence)
    setLast(undo && { sentence, undo: { ...undo, ifUpdatedAt: saved.value.updatedAt } })
  }
  const make = (category: Category, change: Omit<CategoryChange, 'slug'>, sentence: string) => {
    const { slug, weight, hidden, parent, updatedAt } = category
    const before = {
      ...('weight' in change ? { weight } : {}),
      ...('hidden' in change ? { hidden } : {}),
      ...('parent' in change ? { parent } : {}),
    }
    void save({ slug, ...change, ifUpdatedAt: updatedAt }, sentence, { slug, ...before })
  }
  const nameOf = (slug: string) => categories.find((each) => each.slug === slug)?.name ?? slug
  const actions: TreeActions = {
    onWeigh: (category, weight) =>
      make(
        category,
        { weight },
        weight === null
          ? l10n.t('{0} has no weight of its own now.', category.name)
          : l10n.t('{0} weighs {1} now.', category.name, weightName(weight)),
      ),
    onHide: (category, hidden) =>
      make(
        category,
        { hidden },
        hidden ? l10n.t('{0} is hidden now.', category.name) : l10n.t('{0} is shown now.', category.name),
      ),
    onMove: (category, parent) =>
      make(
        category,
        { parent },
        parent === null
          ? l10n.t('{0} stands at the top now.', category.name)
          : l10n.t('{0} stands under {1} now.', category.name, nameOf(parent)),
      ),
    onEdit,
    onOpen: (slug, isOpen) => keepClosed(isOpen ? closed.filter((each) => each !== slug) : [...closed, slug]),
  }
  const rows = categoryRows(categories, new Set(closed), search)
  const approved = categories.filter((category) => category.approved)
  const found = rows.length
  return (
    <>
      <Suggestions categories={categories} onEdit={onEdit} />
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
          ? l10n.t('{0} categories', approved.length)
          : l10n.t('{0} found of {1} categories', found, approved.length)}
      </p>
      {reason ? <ReasonNotice reason={reason} /> : null}
      {last && !reason ? (
        <Notice
          look="pass"
          actions={<Button onClick={() => void save(last.undo, l10n.t('Taken back.'), null)}>{l10n.t('Undo')}</Button>}
        >
          {last.sentence}
        </Notice>
      ) : null}
      {approved.length === 0 ? (
        <Notice look="info">{l10n.t('There are no categories yet: models have nothing to choose from.')}</Notice>
      ) : (
        <CategoryTree rows={rows} actions={actions} />
      )}
      <p class="field-hint">
        {l10n.t(
          'Arrow keys go through the tree, Enter edits, Alt+Right and Alt+Left move a category under the one above or to the top. A weight that is chosen once more is given up: then the one above counts.',
        )}
      </p>
      <JudgeAgain />
    </>
  )
}
