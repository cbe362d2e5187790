import type { Category } from '../../../protocol/profile.ts'
import type { SharedChange } from './severalCategories.ts'

/** Where the focus comes back to. */
export const addCategoryId = 'add-category'
export const useListId = 'use-list'
export const editId = (slug: string) => `edit-category-${slug}`
export const rowId = (slug: string) => `category-${slug}`

/** A row of the tree as it is shown. Positions count from 1 among the rows of its level that are shown. */
export interface CategoryRow {
  category: Category
  level: 1 | 2
  position: number
  siblings: number
  /** Null: nothing stands under it. */
  isOpen: boolean | null
  /** The name of the root that its weight is taken from; null: the weight is its own, or there is none. */
  inheritsFrom: string | null
  /** It is not offered because its root is hidden. */
  isHiddenByRoot: boolean
}

/** What is shown of the tree. A search opens what it finds, and shows a root for the sake of its children. */
export function categoryRows(
  categories: readonly Category[],
  closed: ReadonlySet<string>,
  search: string,
): CategoryRow[] {
  const approved = categories.filter((category) => category.approved)
  const slugs = new Set(approved.map(({ slug }) => slug))
  const roots = approved.filter(({ parent }) => parent === null || !slugs.has(parent))
  const families = roots.flatMap((root) => {
    const children = approved.filter(({ parent }) => parent === root.slug)
    const found = children.filter((child) => isFound(child, search))
    if (isFound(root, search)) return [{ root, all: children.length, children: search === '' ? children : found }]
    return found.length > 0 ? [{ root, all: children.length, children: found }] : []
  })
  return families.flatMap(({ root, all, children }, index): CategoryRow[] => {
    const isOpen = all === 0 ? null : search !== '' ? children.length > 0 : !closed.has(root.slug)
    const own: CategoryRow = {
      category: root,
      level: 1,
      position: index + 1,
      siblings: families.length,
      isOpen,
      inheritsFrom: null,
      isHiddenByRoot: false,
    }
    const below = children.map(
      (category, place): CategoryRow => ({
        category,
        level: 2,
        position: place + 1,
        siblings: children.length,
        isOpen: null,
        inheritsFrom: category.weight === null && root.weight !== null ? root.name : null,
        isHiddenByRoot: root.hidden,
      }),
    )
    return [own, ...(isOpen ? below : [])]
  })
}

function isFound({ name, slug, description }: Category, search: string): boolean {
  const wanted = search.trim().toLowerCase()
  return wanted === '' || [name, slug, description ?? ''].some((text) => text.toLowerCase().includes(wanted))
}

/** Roots that a category may stand under: approved ones, and not itself; none where it has children of its own. */
export function possibleParents(categories: readonly Category[], slug: string | null): Category[] {
  if (slug !== null && categories.some(({ parent }) => parent === slug)) return []
  return categories.filter((each) => each.approved && each.parent === null && each.slug !== slug)
}

/** What can be done with rows of the tree. */
export interface TreeActions {
  onChange(categories: readonly Category[], change: SharedChange): void
  onEdit(slug: string): void
  onOpen(slug: string, isOpen: boolean): void
}

/** Which categories are chosen, to do one thing to all of them. */
export interface Selection {
  /** As many as are there still, in the order of the tree. */
  chosen: readonly Category[]
  isSelected(slug: string): boolean
  onSelect(slugs: readonly string[], isSelected: boolean): void
  onClear(): void
}
