import { CategorySlug } from '../../protocol/names.ts'
import type { Category } from '../../protocol/profile.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { matching } from './execute.ts'

export const slug = matching(CategorySlug, 'the slug of a category', 'lower-case letters, digits or "-"')

export function categoriesText({ terminal }: Invocation, all: readonly Category[]): string {
  if (all.length === 0) return 'There are no categories.'
  const isFloored = all.some(({ review_below }) => review_below !== null)
  const shown = isFloored ? columns : columns.filter((column) => column !== floorColumn)
  return renderTable(terminal.stdout, shown, asTree(all))
}

/** Roots in their order, each with its children behind it. */
function asTree(all: readonly Category[]): Category[] {
  const slugs = new Set(all.map((each) => each.slug))
  const roots = all.filter(({ parent }) => parent === null || !slugs.has(parent))
  return roots.flatMap((root) => [root, ...all.filter(({ parent }) => parent === root.slug)])
}

/** Only where one of them has a floor. */
const floorColumn: Column<Category> = {
  heading: 'review below',
  text: ({ review_below }) => (review_below === null ? '' : String(review_below)),
}

const columns: Column<Category>[] = [
  { heading: 'category', text: ({ slug: id, parent }) => (parent === null ? id : `· ${id}`), most: 34 },
  { heading: 'name', text: ({ name }) => name, most: 34 },
  {
    heading: 'weight',
    text: ({ weight, effectiveWeight }) => weight ?? (effectiveWeight === 'normal' ? '' : `(${effectiveWeight})`),
  },
  floorColumn,
  {
    heading: 'state',
    text: ({ approved, hidden }) => (approved ? (hidden ? 'hidden' : '') : 'waits for approval'),
    paint: (text, { approved }, colours) => (approved ? text : colours.careful(text)),
  },
  { heading: 'description', text: ({ description }) => description ?? '', share: 1 },
]
