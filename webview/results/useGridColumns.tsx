import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { ResultRecord } from '../../protocol/results.ts'
import type { GridColumn } from '../grid/gridColumn.ts'
import { ColumnMenu, type ColumnMenuParts, isColumnFiltered } from './columnMenu.tsx'
import { resultColumns, type ShownParts } from './resultColumns.tsx'

interface GridColumnsParts {
  parts: ShownParts
  menuParts: ColumnMenuParts
}

/** The columns as a person has set them up, each with its menu, and the menu that is open. */
export function useGridColumns({ parts, menuParts }: GridColumnsParts): {
  columns: GridColumn<ResultRecord>[]
  menu: ComponentChildren
} {
  const [open, setOpen] = useState<{ column: string; anchor: HTMLElement } | null>(null)
  const { widths, hidden } = menuParts.layout
  const columns = resultColumns(parts)
    .filter(({ id }) => !hidden.includes(id))
    .map((column): GridColumn<ResultRecord> => {
      const { id } = column
      const width = widths[id]
      return {
        ...column,
        ...(width === undefined ? {} : { width: `${width}px` }),
        menu: {
          isOpen: open?.column === id,
          isFiltered: isColumnFiltered(id, menuParts.draft),
          onOpen: (anchor) => setOpen(open?.column === id ? null : { column: id, anchor }),
        },
      }
    })
  const shown = columns.find(({ id }) => id === open?.column)
  const menu =
    open && shown ? (
      <ColumnMenu key={shown.id} column={shown} anchor={open.anchor} onClose={() => setOpen(null)} {...menuParts} />
    ) : null
  return { columns, menu }
}
