import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Category, MergeDescription } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { effectiveWeight } from './compositeScore.ts'

export interface Merge {
  from: string
  into: string
}

export interface MergePlan {
  from: Category
  /** As it is after the merge. */
  into: Category
  /** Children of `from`, as they are before. */
  moves: Category[]
  /** Every category after the merge. */
  after: Category[]
}

/** What a merge makes of the categories. A category that is merged into its own child gives it its place. */
export function planMerge(categories: readonly Category[], merge: Merge): Outcome<MergePlan> {
  if (merge.from === merge.into) return refuse(localizable('a category cannot be merged into itself'))
  const from = categories.find(({ slug }) => slug === merge.from)
  const into = categories.find(({ slug }) => slug === merge.into)
  if (!from) return fail({ code: 'not_found', what: 'category', id: merge.from })
  if (!into) return fail({ code: 'not_found', what: 'category', id: merge.into })
  if (from.approved && !into.approved)
    return refuse(localizable('"{0}" is only suggested; approve it first', into.name))
  const moves = categories.filter(({ slug, parent }) => parent === from.slug && slug !== into.slug)
  if (moves.length > 0 && into.parent !== null && into.parent !== from.slug)
    return refuse(describeThirdLevel(from, into, moves, categories))
  const after = withWeights(
    categories
      .filter(({ slug }) => slug !== from.slug)
      .map((category) => {
        if (category.slug === into.slug) return { ...category, parent: into.parent === from.slug ? null : into.parent }
        return category.parent === from.slug ? { ...category, parent: into.slug } : category
      }),
  )
  const merged = after.find(({ slug }) => slug === into.slug) ?? into
  return succeed({ from, into: merged, moves, after })
}

/** The plan as a person is asked about it. */
export function describeMerge(categories: readonly Category[], merge: Merge): Outcome<MergeDescription> {
  const plan = planMerge(categories, merge)
  if (!plan.ok) return plan
  const { from, into, moves, after } = plan.value
  const before = new Map(categories.map((category) => [category.slug, category]))
  const changes = after.flatMap((category) => {
    const was = before.get(category.slug)
    return was ? [{ slug: category.slug, name: category.name, was, is: category }] : []
  })
  return succeed({
    from,
    into,
    moves: moves.map(({ slug, name }) => ({ slug, name })),
    weights: changes
      .filter(({ was, is }) => was.effectiveWeight !== is.effectiveWeight)
      .map(({ slug, name, was, is }) => ({ slug, name, before: was.effectiveWeight, after: is.effectiveWeight })),
    offers: changes
      .filter(({ was, is }) => isOffered(was, categories) !== isOffered(is, after))
      .map(({ slug, name, is }) => ({ slug, name, isOffered: isOffered(is, after) })),
  })
}

/** As `profileFromStore` and `compileProfile` see it: a hidden root hides its children, a suggested one does not count. */
export function isOffered({ approved, hidden, parent }: Category, all: readonly Category[]): boolean {
  const root = all.find(({ slug }) => slug === parent)
  return approved && !hidden && !(root?.approved && root.hidden)
}

export function withWeights(categories: readonly Category[]): Category[] {
  const own = new Map(categories.map(({ slug, weight }) => [slug, weight]))
  return categories.map((category) => ({
    ...category,
    effectiveWeight: effectiveWeight(category.weight, category.parent === null ? null : own.get(category.parent)),
  }))
}

function describeThirdLevel(
  from: Category,
  into: Category,
  moves: readonly Category[],
  all: readonly Category[],
): LocalizableMessage {
  const children = moves.map(({ name }) => name).join(', ')
  const above = all.find(({ slug }) => slug === into.parent)?.name ?? '?'
  return localizable(
    '"{0}" has children ({1}), and "{2}" is itself under "{3}"; there are two levels only, so merge into a top-level category, or move the children first',
    ...[from.name, children, into.name, above],
  )
}

function refuse(sentence: LocalizableMessage): Outcome<never> {
  return fail({ code: 'category_invalid', problems: [{ path: 'into', ...withMessage('message', sentence) }] })
}
