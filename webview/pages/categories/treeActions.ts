import type { Category, Weight } from '../../../protocol/profile.ts'

/** What can be done with a row of the tree. */
export interface TreeActions {
  onWeigh(category: Category, weight: Weight | null): void
  onMove(category: Category, parent: string | null): void
  onHide(category: Category, hidden: boolean): void
  onEdit(slug: string): void
  onOpen(slug: string, isOpen: boolean): void
}
