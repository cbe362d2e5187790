import { type CategoryRow, rowId, type Selection, type TreeActions } from './categoryRows.ts'

export interface TreeKeys {
  rows: readonly CategoryRow[]
  actions: TreeActions
  selection: Selection
  focusRow(slug: string | undefined): void
  /** Puts the row, or all that are selected with it, under the root above it, or to the top. */
  moveUnder(row: CategoryRow): void
  moveOut(row: CategoryRow): void
  /** As a click on its box with Shift would. */
  selectTo(slug: string, from: string): void
}

/** What a key does to a row that has the focus, or within one of its cells; undefined: nothing of ours. */
export function keyOfTree(event: KeyboardEvent, row: CategoryRow, tree: TreeKeys): (() => void) | undefined {
  const inCell = event.target !== event.currentTarget
  if (event.altKey) {
    if (inCell) return undefined
    return { ArrowLeft: () => tree.moveOut(row), ArrowRight: () => tree.moveUnder(row) }[event.key]
  }
  if (event.ctrlKey || event.metaKey) return inCell || event.key !== 'a' ? undefined : () => selectAll(tree)
  if (event.shiftKey && !inCell) return selectOn(event.key, row, tree)
  return inCell ? keyInCell(event, row, tree) : keyOnRow(event.key, row, tree)
}

function selectAll({ rows, selection }: TreeKeys): void {
  selection.onSelect(
    rows.map(({ category }) => category.slug),
    true,
  )
}

/** One row further, and both are selected. */
function selectOn(key: string, { category }: CategoryRow, tree: TreeKeys): (() => void) | undefined {
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined
  return () => {
    const next = neighbour(tree.rows, category.slug, key === 'ArrowDown' ? 1 : -1)
    tree.selectTo(next ?? category.slug, category.slug)
    tree.focusRow(next)
  }
}

function keyOnRow(key: string, row: CategoryRow, tree: TreeKeys): (() => void) | undefined {
  const { rows, actions, selection, focusRow } = tree
  const { category, isOpen, level } = row
  const keys: Record<string, (() => void) | undefined> = {
    ArrowDown: () => focusRow(neighbour(rows, category.slug, 1)),
    ArrowUp: () => focusRow(neighbour(rows, category.slug, -1)),
    Home: () => focusRow(rows[0]?.category.slug),
    End: () => focusRow(rows.at(-1)?.category.slug),
    ArrowRight: () => (isOpen === false ? actions.onOpen(category.slug, true) : focusCell(category.slug)),
    ArrowLeft: () => {
      if (isOpen) actions.onOpen(category.slug, false)
      else if (level === 2 && category.parent) focusRow(category.parent)
    },
    Enter: () => actions.onEdit(category.slug),
    ' ': () => selection.onSelect([category.slug], !selection.isSelected(category.slug)),
    Escape: selection.chosen.length > 0 ? selection.onClear : undefined,
  }
  return keys[key]
}

function keyInCell(event: KeyboardEvent, { category }: CategoryRow, tree: TreeKeys): (() => void) | undefined {
  // Among the weights of a strip, left and right choose.
  const isInStrip = event.target instanceof HTMLInputElement && event.target.type === 'radio'
  const keys: Record<string, (() => void) | undefined> = {
    ArrowDown: () => tree.focusRow(neighbour(tree.rows, category.slug, 1)),
    ArrowUp: () => tree.focusRow(neighbour(tree.rows, category.slug, -1)),
    ArrowLeft: isInStrip ? undefined : () => tree.focusRow(category.slug),
    Escape: () => tree.focusRow(category.slug),
  }
  return keys[event.key]
}

function neighbour(rows: readonly CategoryRow[], slug: string, by: 1 | -1): string | undefined {
  const place = rows.findIndex(({ category }) => category.slug === slug)
  return rows[place + by]?.category.slug
}

function focusCell(slug: string): void {
  const cells = document.getElementById(rowId(slug))
  const stop =
    cells?.querySelector<HTMLElement>('input[type=radio]:checked') ??
    cells?.querySelector<HTMLElement>('.weight-inherited input')
  stop?.focus()
}
