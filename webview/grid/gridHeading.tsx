// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold a million rows.
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and says which row is active.
import * as l10n from '@vscode/l10n'
import { useRef } from 'preact/hooks'
import type { GridColumn, GridHeads } from './gridColumn.ts'

export const narrowestColumn = 40
export const widestColumn = 1_600

type GridHeadingProps<Row> = { column: GridColumn<Row> } & GridHeads

const paths = {
  filter: 'M1.5 3h13L9.5 8.8V13l-3 1.5V8.8L1.5 3Z',
  down: 'M8 10.6 3.6 6.2l.7-.7L8 9.2l3.7-3.7.7.7L8 10.6Z',
}

/** The head of a column: its name sorts, its button opens its menu, its edge is pulled. */
export function GridHeading<Row>({ column, sort, onSort, onResize }: GridHeadingProps<Row>) {
  const { id, heading, isFigure, isSortable, menu } = column
  const cell = useRef<HTMLDivElement>(null)
  const direction = sort?.by === id ? (sort.descending ? 'descending' : 'ascending') : undefined
  const canSort = isSortable && onSort !== undefined
  return (
    <div
      ref={cell}
      role="columnheader"
      class={isFigure ? 'grid-cell grid-heading figure' : 'grid-cell grid-heading'}
      aria-sort={canSort ? (direction ?? 'none') : undefined}
    >
      {canSort ? (
        <button type="button" class="grid-sort" onClick={() => onSort(id)}>
          {heading}
          <span aria-hidden="true">{direction ? (direction === 'descending' ? ' ▼' : ' ▲') : ''}</span>
        </button>
      ) : (
        <span class="grid-name">{heading}</span>
      )}
      {menu ? (
        <button
          type="button"
          id={`menu-${id}`}
          class={menu.isFiltered ? 'grid-menu grid-menu-on' : 'grid-menu'}
          aria-label={
            menu.isFiltered ? l10n.t('Menu of {0}, which is filtered', heading) : l10n.t('Menu of {0}', heading)
          }
          aria-haspopup="dialog"
          aria-expanded={menu.isOpen}
          onClick={(event) => menu.onOpen(event.currentTarget)}
        >
          <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d={menu.isFiltered ? paths.filter : paths.down} fill="currentColor" />
          </svg>
        </button>
      ) : null}
      {onResize ? <Edge of={cell} onResize={(pixels) => onResize(id, pixels)} /> : null}
    </div>
  )
}

/** For the mouse; the menu of the column has the same for keys. */
function Edge({ of, onResize }: { of: { current: HTMLElement | null }; onResize(pixels: number): void }) {
  const pulled = useRef<{ from: number; width: number } | null>(null)
  return (
    <span
      class="grid-edge"
      aria-hidden="true"
      onPointerDown={(event) => {
        pulled.current = { from: event.clientX, width: of.current?.getBoundingClientRect().width ?? 0 }
        event.currentTarget.setPointerCapture(event.pointerId)
        event.preventDefault()
      }}
      onPointerMove={({ clientX }) => {
        if (!pulled.current) return
        const { from, width } = pulled.current
        onResize(Math.round(Math.min(Math.max(width + clientX - from, narrowestColumn), widestColumn)))
      }}
      onPointerUp={() => {
        pulled.current = null
      }}
      onPointerCancel={() => {
        pulled.current = null
      }}
    />
  )
}
