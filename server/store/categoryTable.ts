import * as z from 'zod'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { CategorySlug, Instant } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { type Category, type CategoryChange, Weight } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName, freeSlug } from '../domain/categoryNames.ts'
import { effectiveWeight } from '../domain/compositeScore.ts'
import { type Merge, type MergePlan, planMerge } from '../domain/planMerge.ts'
import type { Database, ReadableDatabase, SqlRow } from './database.ts'
import { booleanColumn, decodeRow, saveRow } from './rows.ts'

/** Suggestions that may wait at once. More are not kept: nobody reads them, and a model can make them without end. */
export const maxSuggestions = 200

const Row = z.object({
  slug: CategorySlug,
  name: z.string(),
  description: z.string().nullable(),
  parent: CategorySlug.nullable(),
  weight: Weight.nullable(),
  parent_weight: Weight.nullable(),
  review_below: z.number().nullable(),
  hidden: booleanColumn,
  approved: booleanColumn,
  updated_at: Instant,
})

function decode(row: SqlRow): Category {
  const { parent_weight, updated_at, ...category } = decodeRow('categories', Row, row)
  return { ...category, effectiveWeight: effectiveWeight(category.weight, parent_weight), updatedAt: updated_at }
}

const select = `
  SELECT own.slug, own.name, own.description, own.parent, own.weight, above.weight AS parent_weight,
    own.review_below, own.hidden, own.approved, own.updated_at
  FROM categories AS own LEFT JOIN categories AS above ON above.slug = own.parent`

/** Roots in the order in which they were made, each followed by its children. Hidden and waiting ones are among them. */
export function listCategories(database: ReadableDatabase): Category[] {
  return database
    .all(`${select} ORDER BY coalesce(above.id, own.id), own.parent IS NOT NULL, own.id`)
    .map((row) => decode(row))
}

export function findCategory(database: ReadableDatabase, slug: string): Category | undefined {
  const row = database.get(`${select} WHERE own.slug = ?`, [slug])
  return row && decode(row)
}

/** Creates (without a slug) or changes; absent fields stay as they are. */
export function saveCategory(database: Database, change: CategoryChange, updatedAt: string): Outcome<Category> {
  const before = change.slug === undefined ? undefined : findCategory(database, change.slug)
  if (change.slug !== undefined && !before) return fail({ code: 'not_found', what: 'category', id: change.slug })
  if (before && change.ifUpdatedAt && before.updatedAt !== change.ifUpdatedAt)
    return fail({ code: 'conflict', what: 'category', id: before.slug })
  const name = change.name ?? before?.name
  if (name === undefined) return invalid('name', localizable('a new category needs a name'))
  const namesake = findByName(database, name)
  if (namesake && namesake !== before?.slug) return fail({ code: 'already_exists', what: 'category', id: name })
  const parent = change.parent === undefined ? (before?.parent ?? null) : change.parent
  const misplaced = checkParent(database, before?.slug ?? null, parent)
  if (misplaced) return invalid('parent', misplaced)
  const slug = before?.slug ?? makeSlug(database, name)
  write(database, updatedAt, {
    slug,
    name,
    parent,
    description: change.description === undefined ? (before?.description ?? null) : change.description,
    weight: change.weight === undefined ? (before?.weight ?? null) : change.weight,
    review_below: change.review_below === undefined ? (before?.review_below ?? null) : change.review_below,
    hidden: change.hidden ?? before?.hidden ?? false,
    approved: change.approved ?? before?.approved ?? true,
  })
  return succeed(expectCategory(database, slug))
}

function write(database: Database, updatedAt: string, category: Omit<Category, 'effectiveWeight' | 'updatedAt'>): void {
  const { slug, name, description, parent, weight, review_below, hidden, approved } = category
  const row = { slug, name, description, parent, weight, review_below, hidden, approved, updated_at: updatedAt }
  saveRow(database, 'categories', ['slug'], row)
}

/** Removes one category; its children stay and become roots. False when there was none. */
export function removeCategory(database: Database, slug: string, updatedAt: string): boolean {
  database.run('UPDATE categories SET parent = NULL, updated_at = ? WHERE parent = ?', [updatedAt, slug])
  return database.run('DELETE FROM categories WHERE slug = ?', [slug]) > 0
}

/** Makes the list this one, in this order; roots stand before what is under them. What differs from what was there gets `updatedAt`. */
export function replaceCategories(database: Database, after: readonly Category[], updatedAt: string): void {
  const before = new Map(listCategories(database).map((category) => [category.slug, category]))
  database.run('UPDATE categories SET parent = NULL')
  database.run('DELETE FROM categories')
  for (const category of after) {
    const was = before.get(category.slug)
    const isAsItWas = was !== undefined && isSame(was, category)
    write(database, isAsItWas ? was.updatedAt : updatedAt, category)
  }
}

/** In what is stored of it; `updatedAt` apart. */
function isSame(one: Category, other: Category): boolean {
  const keys = ['name', 'description', 'parent', 'weight', 'review_below', 'hidden', 'approved'] as const
  return keys.every((key) => one[key] === other[key])
}

/** Moves the children of `from` under `into` and removes `from`, as `planMerge` has it. */
export function mergeCategories(database: Database, merge: Merge, updatedAt: string): Outcome<MergePlan> {
  const plan = planMerge(listCategories(database), merge)
  if (!plan.ok) return plan
  const { into, moves } = plan.value
  database.run('UPDATE categories SET parent = NULL, updated_at = ? WHERE slug = ? AND parent = ?', [
    updatedAt,
    merge.into,
    merge.from,
  ])
  for (const { slug } of moves)
    database.run('UPDATE categories SET parent = ?, updated_at = ? WHERE slug = ?', [into.slug, updatedAt, slug])
  database.run('DELETE FROM categories WHERE slug = ?', [merge.from])
  return succeed({ ...plan.value, into: expectCategory(database, merge.into) })
}

/**
 * Keeps a name that a model suggested until a person approves or removes it. `parent` is the name or slug of an approved root;
 * any other is ignored. Null when the name is known already, or too many wait.
 */
export function addSuggestion(
  database: Database,
  suggestion: { name: string; parent: string | null },
  updatedAt: string,
): Category | null {
  const name = suggestion.name.trim().slice(0, 80).trim()
  if (name === '' || findByName(database, name) !== undefined) return null
  const waiting = database.get('SELECT count(*) AS count FROM categories WHERE approved = 0')
  if (Number(waiting?.count) >= maxSuggestions) return null
  const slug = makeSlug(database, name)
  write(database, updatedAt, {
    slug,
    name,
    parent: findApprovedRoot(database, suggestion.parent),
    description: null,
    weight: null,
    review_below: null,
    hidden: false,
    approved: false,
  })
  return expectCategory(database, slug)
}

function findApprovedRoot(database: ReadableDatabase, nameOrSlug: string | null): string | null {
  if (nameOrSlug === null) return null
  const slug = findByName(database, nameOrSlug.trim()) ?? nameOrSlug.trim()
  const category = findCategory(database, slug)
  return category?.parent === null && category.approved ? slug : null
}

/** The slug of the category of that name. SQLite folds ASCII letters only, and a category may have any letters. */
function findByName(database: ReadableDatabase, name: string): string | undefined {
  const wanted = foldName(name)
  const row = database
    .all('SELECT slug, name FROM categories')
    .find((candidate) => foldName(String(candidate.name)) === wanted)
  return row && String(row.slug)
}

/** What is wrong with the parent, in words; null: nothing. */
function checkParent(
  database: ReadableDatabase,
  slug: string | null,
  parent: string | null,
): LocalizableMessage | null {
  if (parent === null) return null
  if (parent === slug) return localizable('a category cannot be its own parent')
  const above = findCategory(database, parent)
  if (!above) return localizable('there is no category "{0}"', parent)
  if (above.parent !== null) return localizable('"{0}" is a child itself; there are two levels only', above.name)
  if (slug !== null && hasChildren(database, slug))
    return localizable('a category with children stays a root; there are two levels only')
  return null
}

function hasChildren(database: ReadableDatabase, slug: string): boolean {
  return database.get('SELECT 1 AS found FROM categories WHERE parent = ? LIMIT 1', [slug]) !== undefined
}

function makeSlug(database: ReadableDatabase, name: string): string {
  return freeSlug(name, (slug) => findCategory(database, slug) !== undefined)
}

function expectCategory(database: ReadableDatabase, slug: string): Category {
  const category = findCategory(database, slug)
  if (!category) throw new Error(`The category ${slug} is gone within its own change`)
  return category
}

function invalid(path: string, sentence: LocalizableMessage): Outcome<never> {
  return fail({ code: 'category_invalid', problems: [{ path, ...withMessage('message', sentence) }] })
}
