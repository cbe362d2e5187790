// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold a million rows.
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus, and says which row is active.
import * as l10n from '@vscode/l10n'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { GridColumn, GridHeads } from './gridColumn.ts'
import { GridHeading } from './gridHeading.tsx'
import { keyStep } from './gridKeys.ts'
import { type GridChoosing, isChoosingClick, useRowChooser } from './rowChooser.ts'
import { type Geometry, lookingAt, type Place, rowsAt, scrolledTo, scrollerHeight, showingRow } from './rowWindow.ts'

const rowHeight = 26
const spareRows = 8

export interface VirtualGridProps<Row> extends GridHeads {
  label: string
  columns: readonly GridColumn<Row>[]
  total: number
  /** Undefined: not read yet. */
  rowAt(index: number): Row | undefined
  /** These rows are seen, `last` not included. */
  onSeen(first: number, last: number): void
  /** The row that the keys work on. */
  active: number
  onActive(index: number): void
  onOpen(index: number): void
  onLeave?: () => void
  /** F2, as everywhere where something is changed in place. */
  onEdit?: (index: number) => void
  /** Keys that are the owner's go first: true, if it was one. */
  onKey?: (event: KeyboardEvent, active: number) => boolean
  /** Several rows can be chosen. Absent: one is looked at, and that is all. */
  choosing?: GridChoosing
  /** Says more of the keys: the id of an element. */
  describedBy?: string | undefined
}

/** A table of any length: only what is seen is there. One stop of the Tab key; arrows, Page and Home keys move the row. */
export function VirtualGrid<Row>(props: VirtualGridProps<Row>) {
  const { label, columns, total, rowAt, onSeen, active, onActive, onOpen, onLeave, onEdit, onKey, choosing } = props
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  const [viewport, setViewport] = useState(400)
  const [place, setPlace] = useState<Place>({ scrollTop: 0, top: 0 })
  const latest = useRef(place)
  latest.current = place
  const geometry: Geometry = { rows: total, rowHeight, viewport }
  const seen = rowsAt(place, geometry, spareRows)
  const tracks = { gridTemplateColumns: columns.map(({ width }) => width).join(' ') }
  const minWidth = `${leastWidth(columns)}px`

  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () => setViewport(Math.max(rowHeight, element.clientHeight - rowHeight))
    measure()
    const sizes = new ResizeObserver(measure)
    sizes.observe(element)
    return () => sizes.disconnect()
  }, [])
  useEffect(() => onSeen(seen.first, seen.last), [seen.first, seen.last, onSeen])
  // Where the person was before the page was hidden, and where a key leads.
  useLayoutEffect(() => {
    if (active < total) go(showingRow(active, latest.current, geometry))
  }, [active, total === 0, viewport])
  // What a filter leaves may be shorter than where one looked.
  useLayoutEffect(() => {
    if (latest.current.top > Math.max(0, total * rowHeight - viewport))
      go(lookingAt(Math.max(0, total * rowHeight - viewport), geometry))
  }, [total])

  function look(next: Place) {
    // Several steps may come before one is drawn.
    latest.current = next
    setPlace(next)
  }

  function go(next: Place) {
    if (next === latest.current) return
    look(next)
    if (scroller.current) scroller.current.scrollTop = next.scrollTop
  }

  const chooser = useRowChooser(choosing, active)

  function press(event: KeyboardEvent) {
    // The headings are buttons of their own.
    if (event.target !== scroller.current) return
    const page = Math.max(1, Math.floor(viewport / rowHeight) - 1)
    const led = chooser.press(event, (key) => keyStep(key, { active, total, page }))
    if (led !== null) {
      event.preventDefault()
      return onActive(led)
    }
    if (onKey?.(event, active)) return event.preventDefault()
    if (event.key === 'Enter' || event.key === ' ') onOpen(active)
    else if (event.key === 'Escape' && choosing?.isEmpty === false) choosing.onChoose({ kind: 'none' })
    else if (event.key === 'Escape' && onLeave) onLeave()
    else if (event.key === 'F2' && onEdit) onEdit(active)
    else {
      const next = keyStep(event.key, { active, total, page })
      if (next === null) return
      chooser.forgetAnchor()
      onActive(next)
      if (next === active) go(showingRow(next, latest.current, geometry))
    }
    event.preventDefault()
  }

  const numbers = Array.from({ length: Math.max(0, seen.last - seen.first) }, (_, index) => seen.first + index)
  const shortcuts = [...(onEdit ? ['F2'] : []), ...(choosing ? ['Shift+Space', 'Control+A'] : [])]
  const isDrawn = active >= seen.first && active < seen.last
  return (
    <div
      ref={scroller}
      role="grid"
      class={choosing?.isEmpty === false ? 'grid grid-choosing' : 'grid'}
      tabIndex={0}
      aria-label={label}
      aria-keyshortcuts={shortcuts.length > 0 ? shortcuts.join(' ') : undefined}
      aria-multiselectable={choosing ? true : undefined}
      aria-describedby={props.describedBy}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-activedescendant={isDrawn ? `${id}-${active}` : undefined}
      onKeyDown={press}
      onScroll={(event) => look(scrolledTo(latest.current, event.currentTarget.scrollTop, geometry))}
    >
      <div role="rowgroup" class="grid-head" style={{ minWidth }}>
        <div role="row" class="grid-row" aria-rowindex={1} style={tracks}>
          {columns.map((column) => (
            <GridHeading
              key={column.id}
              column={column}
              sort={props.sort}
              onSort={props.onSort}
              onResize={props.onResize}
            />
          ))}
        </div>
      </div>
      <div role="presentation" class="grid-body" style={{ height: `${scrollerHeight(geometry)}px`, minWidth }}>
        <div role="rowgroup" class="grid-rows" style={{ transform: `translateY(${seen.y}px)` }}>
          {numbers.map((index) => (
            <GridRow
              key={index}
              id={`${id}-${index}`}
              index={index}
              row={rowAt(index)}
              columns={columns}
              tracks={tracks}
              isActive={index === active}
              isChosen={choosing?.isEmpty === false ? choosing.isChosen(index) : null}
              onClick={(event) => {
                onActive(index)
                if (!chooser.click(event, index)) onOpen(index)
              }}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

/** Narrower than this, it is gone through from side to side. */
function leastWidth(columns: readonly Pick<GridColumn<unknown>, 'width'>[]): number {
  return columns.reduce((sum, { width }) => sum + Number(/(\d+)px/.exec(width)?.[1] ?? 0), 0)
}

interface GridRowProps<Row> {
  id: string
  index: number
  row: Row | undefined
  columns: readonly GridColumn<Row>[]
  tracks: { gridTemplateColumns: string }
  isActive: boolean
  /** Null: nothing is chosen anywhere; the active row is the one that is looked at. */
  isChosen: boolean | null
  onClick(event: MouseEvent): void
}

function GridRow<Row>({ id, index, row, columns, tracks, isActive, isChosen, onClick }: GridRowProps<Row>) {
  const states = ['grid-row', ...(isActive ? ['grid-row-active'] : []), ...(isChosen ? ['grid-row-chosen'] : [])]
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the grid's, which has the focus.
    <div
      role="row"
      id={id}
      class={states.join(' ')}
      aria-rowindex={index + 2}
      aria-selected={isChosen ?? isActive}
      aria-busy={row === undefined ? 'true' : undefined}
      style={tracks}
      // A range is of rows, not of words; then the browser leaves the focus where it was.
      onMouseDown={(event) => {
        if (!isChoosingClick(event)) return
        event.preventDefault()
        event.currentTarget.closest<HTMLElement>('[role=grid]')?.focus()
      }}
      onClick={onClick}
    >
      {columns.map((column, place) => (
        <div key={column.id} role="gridcell" class={column.isFigure ? 'grid-cell figure' : 'grid-cell'}>
          {row === undefined ? (place === 0 ? l10n.t('Reading …') : '') : column.cell(row)}
        </div>
      ))}
    </div>
  )
}
