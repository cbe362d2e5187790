import * as l10n from '@vscode/l10n'
import { useEffect, useRef, useState } from 'preact/hooks'
import { rowId } from './categoryIds.ts'
import type { CategoryRow } from './categoryRows.ts'
import { CategoryTreeRow } from './categoryTreeRow.tsx'
import type { TreeActions } from './treeActions.ts'

/**
 * A treegrid as the ARIA patterns have it: one row is where Tab stops; arrows go from row to row, open and close; Right goes into
 * a row's cells. Alt+Right puts a category under the root above it, Alt+Left makes it a root; both can be dragged.
 */
export function CategoryTree({ rows, actions }: { rows: readonly CategoryRow[]; actions: TreeActions }) {
  const [active, setActive] = useState<string | null>(null)
  const [dragged, setDragged] = useState<string | null>(null)
  const slugs = rows.map(({ category }) => category.slug)
  const current = active !== null && slugs.includes(active) ? active : (slugs[0] ?? null)
  // A row that went away with the focus on it leaves the focus to the row that stands there now.
  const hadFocus = useRef(false)
  useEffect(() => {
    if (hadFocus.current && document.activeElement === document.body && current) focusRow(current)
  })

  const focusRow = (slug: string | undefined) => {
    if (slug === undefined) return
    setActive(slug)
    document.getElementById(rowId(slug))?.focus()
  }
  const go = (from: string, by: number) =>
    focusRow(slugs[Math.min(slugs.length - 1, Math.max(0, slugs.indexOf(from) + by))])

  function onKey(event: KeyboardEvent, row: CategoryRow) {
    const { category, isOpen } = row
    const inCell = event.target !== event.currentTarget
    // Among the weights of a strip, these two choose.
    const isInStrip = event.target instanceof HTMLInputElement
    if (event.altKey && !inCell && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
      event.preventDefault()
      return event.key === 'ArrowLeft' ? moveOut(row) : moveUnder(row)
    }
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const handle: Record<string, (() => void) | undefined> = {
      ArrowDown: () => go(category.slug, 1),
      ArrowUp: () => go(category.slug, -1),
      Home: inCell ? undefined : () => go(category.slug, -slugs.length),
      End: inCell ? undefined : () => go(category.slug, slugs.length),
      ArrowRight: inCell
        ? undefined
        : () => (isOpen === false ? actions.onOpen(category.slug, true) : focusCell(category.slug)),
      ArrowLeft: isInStrip
        ? undefined
        : () => {
            if (inCell) focusRow(category.slug)
            else if (isOpen) actions.onOpen(category.slug, false)
            else if (row.level === 2 && category.parent) focusRow(category.parent)
          },
      Enter: inCell ? undefined : () => actions.onEdit(category.slug),
      Escape: inCell ? () => focusRow(category.slug) : undefined,
    }
    const act = handle[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  function moveOut({ category }: CategoryRow) {
    if (category.parent !== null) actions.onMove(category, null)
  }

  /** Under the root that stands above it; a root with children stays one. */
  function moveUnder({ category, level, isOpen }: CategoryRow) {
    const above = rows.slice(0, slugs.indexOf(category.slug)).findLast((row) => row.level === 1)
    if (level === 1 && isOpen === null && above) actions.onMove(category, above.category.slug)
  }

  const moving = rows.find(({ category }) => category.slug === dragged)
  const canDrop = (row: CategoryRow) =>
    moving !== undefined && row.level === 1 && moving.isOpen === null && row.category.slug !== dragged
  return (
    <>
      <table
        class="tree"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is gone through by keys is a treegrid
        role="treegrid"
        aria-label={l10n.t('Categories')}
        onFocusIn={() => {
          hadFocus.current = true
        }}
        onFocusOut={(event) => {
          hadFocus.current = event.relatedTarget === null
        }}
      >
        <tbody>
          {rows.map((row) => (
            <CategoryTreeRow
              key={row.category.slug}
              row={row}
              actions={actions}
              isActive={row.category.slug === current}
              onKey={(event) => onKey(event, row)}
              onFocus={() => setActive(row.category.slug)}
              drag={{
                isTarget: canDrop(row),
                onStart: () => setDragged(row.category.slug),
                onEnd: () => setDragged(null),
                onDrop: () => {
                  if (moving && canDrop(row)) actions.onMove(moving.category, row.category.slug)
                  setDragged(null)
                },
              }}
            />
          ))}
        </tbody>
      </table>
      {moving && moving.category.parent !== null ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: a place for the mouse; the keyboard has Alt+Left
        <div
          class="drop-root"
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault()
            actions.onMove(moving.category, null)
            setDragged(null)
          }}
        >
          {l10n.t('Drop here to make "{0}" a category at the top', moving.category.name)}
        </div>
      ) : null}
    </>
  )
}

function focusCell(slug: string) {
  const cells = document.getElementById(rowId(slug))
  const stop =
    cells?.querySelector<HTMLElement>('input:checked') ?? cells?.querySelector<HTMLElement>('.weight-inherited input')
  stop?.focus()
}
