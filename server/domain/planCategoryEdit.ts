import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Category, CategoryEdit, CategoryEditDescription, ProfileCategory } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName, freeSlug } from './categoryNames.ts'
import { isOffered, planMerge, withWeights } from './planMerge.ts'

type Leaf = Omit<ProfileCategory, 'children'>
type Seen = Pick<Category, 'slug' | 'updatedAt'>

/** As a profile has it; a model could not choose well among more. */
const mostRoots = 200

/** The list after the edit, roots before what stands under them; `updatedAt` of what is new or changed is left to whoever writes it. */
export function planCategoryEdit(categories: readonly Category[], edit: CategoryEdit): Outcome<Category[]> {
  const planned = planOf(categories, edit)
  if (!planned.ok) return planned
  const after = withWeights(inTreeOrder(planned.value))
  const names = new Set<string>()
  for (const { name } of after) {
    if (names.has(foldName(name))) return fail({ code: 'already_exists', what: 'category', id: name })
    names.add(foldName(name))
  }
  if (after.filter(({ parent, approved }) => approved && parent === null).length > mostRoots) {
    const sentence = localizable('there would be more than {0} categories at the top level', mostRoots)
    return fail({ code: 'category_invalid', problems: [{ path: 'categories', ...withMessage('message', sentence) }] })
  }
  return succeed(after)
}

function planOf(categories: readonly Category[], edit: CategoryEdit): Outcome<readonly Category[]> {
  switch (edit.kind) {
    case 'replace':
      return succeed(new ListPlan(categories, edit.categories).replaced())
    case 'add':
      return succeed(new ListPlan(categories, edit.categories).added())
    case 'remove':
      return planRemoval(categories, edit.slugs)
    case 'merge':
      return planMerges(categories, edit.from, edit.into)
    case 'restore':
      return planRestore(categories, edit)
  }
}

/** Whether all of these are still as somebody saw them. */
export function checkCurrent(categories: readonly Category[], seen: readonly Seen[]): Outcome<null> {
  const current = new Map(categories.map(({ slug, updatedAt }) => [slug, updatedAt]))
  const changed = seen.find(({ slug, updatedAt }) => current.get(slug) !== updatedAt)
  return changed ? fail({ code: 'conflict', what: 'category', id: changed.slug }) : succeed(null)
}

/** Brings a list as a profile has it together with the stored one: categories are the same by name. */
class ListPlan {
  readonly #stored: readonly Category[]
  readonly #list: readonly ProfileCategory[]
  readonly #byName: ReadonlyMap<string, Category>
  readonly #slugs: Set<string>

  constructor(stored: readonly Category[], list: readonly ProfileCategory[]) {
    this.#stored = stored
    this.#list = list
    this.#byName = new Map(stored.map((category) => [foldName(category.name), category]))
    this.#slugs = new Set(stored.map(({ slug }) => slug))
  }

  replaced(): Category[] {
    return this.#list.flatMap(({ children = [], ...root }) => {
      const above = this.#merged(root, null)
      return [above, ...children.map((child) => this.#merged(child, above.slug))]
    })
  }

  added(): Category[] {
    const after = new Map(this.#stored.map((category) => [category.slug, category]))
    for (const { children = [], ...root } of this.#list) {
      const above = this.#kept(root) ?? this.#merged(root, null)
      after.set(above.slug, above)
      for (const child of children) {
        const below = this.#kept(child) ?? this.#merged(child, above.parent ?? above.slug)
        after.set(below.slug, below)
      }
    }
    return [...after.values()]
  }

  #kept({ name }: Leaf): Category | null {
    const stored = this.#byName.get(foldName(name))
    return stored?.approved ? stored : null
  }

  #merged({ name, description, weight, hidden = false, review_below }: Leaf, parent: string | null): Category {
    const stored = this.#byName.get(foldName(name))
    const slug = stored?.slug ?? freeSlug(name, (taken) => this.#slugs.has(taken))
    this.#slugs.add(slug)
    return {
      slug,
      name: name.trim(),
      description: description || stored?.description || null,
      parent,
      weight: weight ?? stored?.weight ?? null,
      effectiveWeight: 'normal',
      review_below: review_below ?? stored?.review_below ?? null,
      hidden,
      approved: true,
      updatedAt: stored?.updatedAt ?? '',
    }
  }
}

function planRemoval(categories: readonly Category[], slugs: readonly string[]): Outcome<readonly Category[]> {
  const removed = new Set(slugs)
  const unknown = slugs.find((slug) => !categories.some((category) => category.slug === slug))
  if (unknown !== undefined) return fail({ code: 'not_found', what: 'category', id: unknown })
  return succeed(
    categories
      .filter(({ slug }) => !removed.has(slug))
      .map((category) =>
        category.parent !== null && removed.has(category.parent) ? { ...category, parent: null } : category,
      ),
  )
}

/** What stands under others goes first: a root may be merged into a child when nothing stands under it any more. */
function planMerges(
  categories: readonly Category[],
  from: readonly string[],
  into: string,
): Outcome<readonly Category[]> {
  const isChild = (slug: string): boolean => categories.some((each) => each.slug === slug && each.parent !== null)
  const ordered = [...new Set(from)].sort((one, other) => Number(isChild(other)) - Number(isChild(one)))
  let after: readonly Category[] = categories
  for (const slug of ordered) {
    const plan = planMerge(after, { from: slug, into })
    if (!plan.ok) return plan
    after = plan.value.after
  }
  return succeed(after)
}

function planRestore(
  categories: readonly Category[],
  { before, after }: { before: readonly Category[]; after: readonly Seen[] },
): Outcome<readonly Category[]> {
  const current = checkCurrent(categories, after)
  if (!current.ok) return current
  const undone = new Set(after.map(({ slug }) => slug))
  const slugs = new Set(before.map(({ slug }) => slug))
  const later = categories.filter(({ slug }) => !undone.has(slug))
  const clash = later.find(({ slug }) => slugs.has(slug))
  if (clash) return fail({ code: 'conflict', what: 'category', id: clash.slug })
  const roots = new Set([...before, ...later].flatMap(({ slug, parent }) => (parent === null ? [slug] : [])))
  return succeed(
    [...before, ...later].map((category) =>
      category.parent === null || roots.has(category.parent) ? category : { ...category, parent: null },
    ),
  )
}

function inTreeOrder(categories: readonly Category[]): Category[] {
  return categories
    .filter(({ parent }) => parent === null)
    .flatMap((root) => [root, ...categories.filter(({ parent }) => parent === root.slug)])
}

/** What differs between two states of the list, as a person is asked about it. */
export function describeCategoryEdit(before: readonly Category[], after: readonly Category[]): CategoryEditDescription {
  const was = new Map(before.map((category) => [category.slug, category]))
  const is = new Map(after.map((category) => [category.slug, category]))
  const stay = after.flatMap((category) => {
    const earlier = was.get(category.slug)
    return earlier?.approved && category.approved ? [{ was: earlier, is: category, named: nameOf(category) }] : []
  })
  return {
    added: after.filter(({ slug, approved }) => approved && !was.get(slug)?.approved).map(nameOf),
    removed: before.filter(({ slug }) => !is.has(slug)).map(({ approved, ...gone }) => ({ ...nameOf(gone), approved })),
    moves: stay
      .filter((each) => each.was.parent !== each.is.parent)
      .map((each) => ({ ...each.named, parent: is.get(each.is.parent ?? '')?.name ?? null })),
    weights: stay
      .filter((each) => each.was.effectiveWeight !== each.is.effectiveWeight)
      .map((each) => ({ ...each.named, before: each.was.effectiveWeight, after: each.is.effectiveWeight })),
    offers: stay
      .filter((each) => isOffered(each.was, before) !== isOffered(each.is, after))
      .map((each) => ({ ...each.named, isOffered: isOffered(each.is, after) })),
    total: after.filter(({ approved }) => approved).length,
  }
}

function nameOf({ slug, name }: Pick<Category, 'slug' | 'name'>): { slug: string; name: string } {
  return { slug, name }
}
