import * as l10n from '@vscode/l10n'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Category } from '../../../protocol/profile.ts'
import { type CategoryRow, rowId, type Selection, type TreeActions } from './categoryRows.ts'
import { CategoryTreeRow } from './categoryTreeRow.tsx'
import { nameOrCount } from './describeCategory.ts'
import { rangeBetween, rootsThatStay } from './severalCategories.ts'
import { keyOfTree, type TreeKeys } from './treeKeys.ts'

export interface CategoryTreeProps {
  /** All of them, also those that are not shown now. */
  categories: readonly Category[]
  rows: readonly CategoryRow[]
  actions: TreeActions
  selection: Selection
}

/**
 * A treegrid as the ARIA patterns have it: one row is where Tab stops; arrows go from row to row, open and close; Right goes into
 * a row's cells; Space selects. Alt+Right puts a category under the root above it, Alt+Left makes it a root; both can be dragged.
 * What moves a row that is selected moves all that are.
 */
export function CategoryTree({ categories, rows, actions, selection }: CategoryTreeProps) {
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
  const movedWith = ({ category }: CategoryRow) => (selection.isSelected(category.slug) ? selection.chosen : [category])
  const canMove = (moving: readonly Category[], under: string) =>
    rootsThatStay(categories, moving).length === 0 && !moving.some(({ slug }) => slug === under)
  const selectTo = (slug: string, from: string | null) => selection.onSelect(rangeBetween(slugs, from, slug), true)

  const keys: TreeKeys = {
    rows,
    actions,
    selection,
    focusRow,
    selectTo,
    moveOut: (row) => {
      const moving = movedWith(row)
      if (moving.some(({ parent }) => parent !== null)) actions.onChange(moving, { parent: null })
    },
    moveUnder: (row) => {
      const moving = movedWith(row)
      const above = rows.slice(0, rows.indexOf(row)).findLast(({ level }) => level === 1)?.category.slug
      if (above !== undefined && row.category.parent !== above && canMove(moving, above)) {
        actions.onChange(moving, { parent: above })
      }
    },
  }
  const movedRow = rows.find(({ category }) => category.slug === dragged)
  const moving = movedRow ? movedWith(movedRow) : []
  const canDrop = ({ level, category }: CategoryRow) =>
    moving.length > 0 && level === 1 && canMove(moving, category.slug)
  return (
    <>
      <table
        class="tree"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that is gone through by keys is a treegrid
        role="treegrid"
        aria-label={l10n.t('Categories')}
        aria-multiselectable="true"
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
              isSelected={selection.isSelected(row.category.slug)}
              onSelect={(isSelected, isRange) =>
                isRange ? selectTo(row.category.slug, current) : selection.onSelect([row.category.slug], isSelected)
              }
              onKey={(event) => {
                const act = keyOfTree(event, row, keys)
                if (!act) return
                event.preventDefault()
                act()
              }}
              onFocus={() => setActive(row.category.slug)}
              drag={{
                isMoving: moving.includes(row.category),
                isTarget: canDrop(row),
                onStart: () => setDragged(row.category.slug),
                onEnd: () => setDragged(null),
                onDrop: () => {
                  if (canDrop(row)) actions.onChange(moving, { parent: row.category.slug })
                  setDragged(null)
                },
              }}
            />
          ))}
        </tbody>
      </table>
      {moving.some(({ parent }) => parent !== null) ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: a place for the mouse; the keyboard has Alt+Left
        <div
          class="drop-root"
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault()
            actions.onChange(moving, { parent: null })
            setDragged(null)
          }}
        >
          {l10n.t('Drop here to move to the top level: {0}', nameOrCount(moving))}
        </div>
      ) : null}
    </>
  )
}
