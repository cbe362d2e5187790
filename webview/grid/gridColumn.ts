import type { ComponentChildren } from 'preact'

export interface GridColumn<Row> {
  id: string
  heading: string
  /** As a track of a grid: `80px`, `minmax(120px, 2fr)`. */
  width: string
  cell(row: Row): ComponentChildren
  isFigure?: boolean
  /** It can be sorted by. */
  isSortable?: boolean
  /** What its menu holds; absent: it has none. */
  menu?: ColumnMenu
}

export interface ColumnMenu {
  isOpen: boolean
  /** Something of it narrows what is shown. */
  isFiltered: boolean
  /** `anchor`: the button that it belongs to. */
  onOpen(anchor: HTMLElement): void
}

/** What the heads of all columns do. */
export interface GridHeads {
  sort?: { by: string; descending: boolean } | undefined
  onSort?: ((by: string) => void) | undefined
  /** Absent: columns have the width that they have. */
  onResize?: ((column: string, pixels: number) => void) | undefined
}
