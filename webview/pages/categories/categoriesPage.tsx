import * as l10n from '@vscode/l10n'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import * as z from 'zod'
import { CategorySlug } from '../../../protocol/names.ts'
import type { Category } from '../../../protocol/profile.ts'
import { Notice, Unread } from '../../parts/notice.tsx'
import { WorkspaceProfileNotice } from '../../parts/workspaceProfileNotice.tsx'
import { type PageProps, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button } from '../../toolkit.tsx'
import { useCategoryChanges } from './categoryChanges.ts'
import { CategoryForm } from './categoryForm.tsx'
import { CategoryList } from './categoryList.tsx'
import { addCategoryId, editId, useListId } from './categoryRows.ts'
import { ListForm } from './listForm.tsx'

/** What of the page is open; stored while the panel is hidden. */
const View = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tree') }),
  z.object({ kind: z.literal('add') }),
  z.object({ kind: z.literal('list') }),
  z.object({ kind: z.literal('edit'), slug: CategorySlug }),
])
type View = z.infer<typeof View>

export function CategoriesPage({ target }: PageProps) {
  const categories = useReading('category/list', {})
  if (categories.kind !== 'there') return <Unread answer={categories} />
  return (
    <>
      <WorkspaceProfileNotice />
      <ReadCategories categories={categories.value} target={target} />
    </>
  )
}

function ReadCategories({ categories, target }: PageProps & { categories: readonly Category[] }) {
  const [view, setView] = usePersistedState<View>('categories.view', View, { kind: 'tree' })
  const [focusId, setFocusId] = useState<string | null>(null)
  const changes = useCategoryChanges()
  useLayoutEffect(() => {
    if (target && categories.some(({ slug }) => slug === target.name)) setView({ kind: 'edit', slug: target.name })
  }, [target])
  // Leaving a form by key returns the focus to where it was opened from.
  useEffect(() => {
    if (view.kind !== 'tree' || focusId === null) return
    const there = document.getElementById(focusId) ?? document.getElementById(addCategoryId)
    there?.focus()
    setFocusId(null)
  }, [view.kind, focusId])
  const back = (id: string) => {
    setView(undefined)
    setFocusId(id)
  }
  if (view.kind === 'tree') {
    return (
      <CategoryList
        categories={categories}
        changes={changes}
        onAdd={() => setView({ kind: 'add' })}
        onUseList={() => setView({ kind: 'list' })}
        onEdit={(slug) => setView({ kind: 'edit', slug })}
      />
    )
  }
  if (view.kind === 'list') {
    return (
      <ListForm
        categories={categories}
        onDone={(sentence, edited) => {
          changes.remember(sentence, edited)
          back(useListId)
        }}
        onLeave={() => back(useListId)}
      />
    )
  }
  const category = view.kind === 'edit' ? categories.find(({ slug }) => slug === view.slug) : null
  const opener = view.kind === 'edit' ? editId(view.slug) : addCategoryId
  if (category === undefined) {
    return (
      <Notice look="warning" actions={<Button onClick={() => back(opener)}>{l10n.t('Back to the list')}</Button>}>
        {l10n.t('This category no longer exists: it was removed elsewhere.')}
      </Notice>
    )
  }
  return (
    <CategoryForm
      key={category?.slug ?? ' new'}
      categories={categories}
      category={category}
      changes={changes}
      onDone={(slug) => back(slug === null ? addCategoryId : editId(slug))}
      onLeave={() => back(opener)}
    />
  )
}
