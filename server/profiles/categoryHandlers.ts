import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Category, CategoryChange, CategoryEdit } from '../../protocol/profile.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { checkCurrent, describeCategoryEdit, planCategoryEdit } from '../domain/planCategoryEdit.ts'
import { describeMerge } from '../domain/planMerge.ts'
import type { SuggestedName } from '../engine/runTally.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { recordAudit } from '../store/auditTable.ts'
import {
  addSuggestion,
  findCategory,
  listCategories,
  mergeCategories,
  removeCategory,
  replaceCategories,
  saveCategory,
} from '../store/categoryTable.ts'
import type { StoredData } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { loadProfile } from './loadProfile.ts'

type CategoryRequest = Extract<keyof Handlers, `category/${string}`>

export function categoryHandlers({ store, change, now }: StoredData): Pick<Handlers, CategoryRequest> {
  return {
    'category/list': () => succeed(store.read(listCategories)),
    'category/save': (params) => change(['categories', 'audit'], (database) => saveOne(database, params, now())),
    'category/saveAll': ({ changes }) =>
      change(['categories', 'audit'], (database) => {
        const saved: Category[] = []
        for (const each of changes) {
          const outcome = saveOne(database, each, now())
          if (!outcome.ok) return outcome
          saved.push(outcome.value)
        }
        return succeed(saved)
      }),
    'category/edit': ({ edit, ifCurrent = [] }) =>
      change(['categories', 'audit'], (database) => {
        const before = listCategories(database)
        const planned = planEdit(before, edit, ifCurrent)
        if (!planned.ok) return planned
        replaceCategories(database, planned.value, now())
        const after = listCategories(database)
        auditEdit(database, now(), { edit, before, after })
        return succeed({ before, after })
      }),
    'category/describeEdit': ({ edit, ifCurrent = [] }) => {
      const before = store.read(listCategories)
      const planned = planEdit(before, edit, ifCurrent)
      return planned.ok ? succeed(describeCategoryEdit(before, planned.value)) : planned
    },
    'category/remove': ({ slug, confirm }) =>
      change(['categories', 'audit'], (database) => {
        const before = findCategory(database, slug)
        if (!before) return fail({ code: 'not_found', what: 'category', id: slug })
        const children = listCategories(database).filter((category) => category.parent === slug)
        if (children.length > 0 && !confirm) {
          const dependents = children.map((child) => ({ what: 'category' as const, id: child.slug }))
          return fail({ code: 'has_dependents', what: 'category', id: slug, dependents })
        }
        removeCategory(database, slug, now())
        const action = before.approved ? 'remove' : 'refuse'
        auditCategory(database, now(), { action, before, after: null })
        auditMoves(database, children, now())
        return succeed(null)
      }),
    'category/describeMerge': (merge) => describeMerge(store.read(listCategories), merge),
    'category/merge': ({ from, into }) =>
      change(['categories', 'audit'], (database) => {
        const before = findCategory(database, into)
        const merged = mergeCategories(database, { from, into }, now())
        if (!merged.ok) return merged
        auditCategory(database, now(), { action: `merge into ${into}`, before: merged.value.from, after: null })
        const wasMoved = before && before.parent !== merged.value.into.parent
        auditMoves(database, [...merged.value.moves, ...(wasMoved ? [before] : [])], now())
        return succeed(merged.value.into)
      }),
  }
}

function planEdit(
  categories: readonly Category[],
  edit: CategoryEdit,
  ifCurrent: readonly Pick<Category, 'slug' | 'updatedAt'>[],
): Outcome<Category[]> {
  const current = checkCurrent(categories, ifCurrent)
  return current.ok ? planCategoryEdit(categories, edit) : current
}

/** A list that is replaced, added to or restored is one entry; what is removed or merged has one each. */
function auditEdit(
  database: Database,
  at: string,
  { edit, before, after }: { edit: CategoryEdit; before: readonly Category[]; after: readonly Category[] },
): void {
  if (edit.kind === 'remove' || edit.kind === 'merge') {
    const left = new Map(after.map((category) => [category.slug, category]))
    for (const category of before) {
      const now = left.get(category.slug) ?? null
      const gone = edit.kind === 'merge' ? `merge into ${edit.into}` : category.approved ? 'remove' : 'refuse'
      if (now === null) auditCategory(database, at, { action: gone, before: category, after: null })
      else if (now.parent !== category.parent)
        auditCategory(database, at, { action: 'move', before: category, after: now })
    }
    return
  }
  const action = { replace: 'replace all', add: 'add list', restore: 'restore' }[edit.kind]
  const names = (categories: readonly Category[]): object => ({ categories: categories.map(({ name }) => name) })
  recordAudit(database, { at, what: 'category', target: '', action, before: names(before), after: names(after) })
}

function saveOne(database: Database, params: CategoryChange, at: string): Outcome<Category> {
  const before = params.slug ? (findCategory(database, params.slug) ?? null) : null
  const saved = saveCategory(database, params, at)
  if (saved.ok) auditCategory(database, at, { action: actionOf(before, saved.value), before, after: saved.value })
  return saved
}

function actionOf(before: Category | null, after: Category): string {
  if (!before) return 'create'
  return !before.approved && after.approved ? 'approve' : 'change'
}

/** Categories that stand elsewhere because another one went. */
function auditMoves(database: Database, before: readonly Category[], at: string): void {
  for (const category of before) {
    const after = findCategory(database, category.slug) ?? null
    auditCategory(database, at, { action: 'move', before: category, after })
  }
}

/** A suggestion that only one or two items made is noise; a person reads only so many. */
const suggestionsKept = 20

/** Names wait for approval only where they could be approved: in the stored profile. */
export async function keepSuggestions(
  { store, change, now }: StoredData,
  suggestions: readonly SuggestedName[],
  request: RunRequest,
): Promise<void> {
  if (suggestions.length === 0) return
  const profile = await loadProfile(store, request)
  if (!profile.ok || profile.value.from.origin !== 'stored') return
  await change(['categories', 'audit'], (database) => {
    for (const { name, parent } of suggestions.slice(0, suggestionsKept)) {
      const kept = addSuggestion(database, { name, parent }, now())
      if (kept) auditCategory(database, now(), { action: 'suggest', before: null, after: kept })
    }
    return succeed(null)
  })
}

interface CategoryAudit {
  action: string
  before: Category | null
  after: Category | null
}

/** Call it in the same change as what it records. */
function auditCategory(database: Database, at: string, { action, before, after }: CategoryAudit): void {
  const target = (after ?? before)?.slug ?? ''
  recordAudit(database, { at, what: 'category', target, action, before: told(before), after: told(after) })
}

/** What was decided, and not what follows from it. */
function told(category: Category | null): object | null {
  if (!category) return null
  const { effectiveWeight: _, updatedAt: __, ...decided } = category
  return decided
}
