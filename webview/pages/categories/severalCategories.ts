import type { Category, CategoryChange, Weight } from '../../../protocol/profile.ts'

/** What is done to one or several categories at once. `parent` null: to the top; `weight` null: none of its own. */
export type SharedChange =
  | { weight: Weight | null }
  | { parent: string | null }
  | { hidden: boolean }
  | { approved: boolean }

/** The changes in the order in which each is possible: a root goes under another one after what stands under it has gone there. */
export function changesOf(chosen: readonly Category[], change: SharedChange): CategoryChange[] {
  const goesUnder = 'parent' in change && change.parent !== null
  const ordered = goesUnder ? chosen.toSorted((one, other) => levelOf(other) - levelOf(one)) : chosen
  return ordered.map(({ slug, updatedAt }) => ({ slug, ...change, ifUpdatedAt: updatedAt }))
}

function levelOf({ parent }: Category): number {
  return parent === null ? 1 : 2
}

/** What takes the change back, last first. `saved`: what the server made of `before`. */
export function undoOf(
  before: readonly Category[],
  change: SharedChange,
  saved: readonly Category[],
): CategoryChange[] {
  return saved
    .flatMap((after): CategoryChange[] => {
      const was = before.find(({ slug }) => slug === after.slug)
      return was ? [{ slug: was.slug, ...asItWas(was, change), ifUpdatedAt: after.updatedAt }] : []
    })
    .reverse()
}

function asItWas(was: Category, change: SharedChange): SharedChange {
  if ('weight' in change) return { weight: was.weight }
  if ('parent' in change) return { parent: was.parent }
  return 'hidden' in change ? { hidden: was.hidden } : { approved: was.approved }
}

/** Those that can not go under another category, as something stands under them that does not go there with them: there are two levels only. */
export function rootsThatStay(categories: readonly Category[], chosen: readonly Category[]): Category[] {
  const slugs = new Set(chosen.map(({ slug }) => slug))
  const left = new Set(categories.flatMap(({ slug, parent }) => (parent !== null && !slugs.has(slug) ? [parent] : [])))
  return chosen.filter(({ slug }) => left.has(slug))
}

/** Where they may go together: roots that are not among them. */
export function sharedParents(categories: readonly Category[], chosen: readonly Category[]): Category[] {
  const slugs = new Set(chosen.map(({ slug }) => slug))
  return categories.filter(({ slug, approved, parent }) => approved && parent === null && !slugs.has(slug))
}

/** All from the one to the other, as they are shown; only `to` where `from` is not shown. */
export function rangeBetween(shown: readonly string[], from: string | null, to: string): string[] {
  const ends = [shown.indexOf(from ?? to), shown.indexOf(to)]
  return ends.includes(-1) ? [to] : shown.slice(Math.min(...ends), Math.max(...ends) + 1)
}
