import type { Category } from '../../../protocol/profile.ts'
import type { SharedChange } from './severalCategories.ts'

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
