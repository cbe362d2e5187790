import { fail, succeed } from '../../protocol/outcome.ts'
import type { Category } from '../../protocol/profile.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { change, type Services } from '../services.ts'
import { recordAudit } from '../store/auditTable.ts'
import { findCategory, listCategories, mergeCategories, removeCategory, saveCategory } from '../store/categoryTable.ts'
import type { Database } from '../store/database.ts'
import { readPreferences, savePreferences } from '../store/preferencesTable.ts'
import { findProvider } from '../store/providerTable.ts'

type ProfileRequest = Extract<keyof Handlers, `preferences/${string}` | `category/${string}`>

export function profileHandlers(services: Services): Pick<Handlers, ProfileRequest> {
  const { store, now } = services
  return {
    'preferences/read': () => succeed(store.read(readPreferences)),
    'preferences/save': (params) =>
      change(services, ['preferences', 'audit'], (database) => {
        const provider = params.active_llm_provider
        if (provider && !findProvider(database, provider)) return fail({ code: 'provider_unconfigured', provider })
        const before = readPreferences(database)
        const after = savePreferences(database, params, now())
        recordAudit(database, {
          at: now(),
          what: 'preferences',
          target: 'preferences',
          action: 'change',
          before,
          after,
        })
        return succeed(after)
      }),

    'category/list': () => succeed(store.read(listCategories)),
    'category/save': (params) =>
      change(services, ['categories', 'audit'], (database) => {
        const before = params.slug ? (findCategory(database, params.slug) ?? null) : null
        const saved = saveCategory(database, params, now())
        if (saved.ok) auditCategory(database, before ? 'change' : 'create', before, saved.value)
        return saved
      }),
    'category/remove': ({ slug, confirm }) =>
      change(services, ['categories', 'audit'], (database) => {
        const before = findCategory(database, slug)
        if (!before) return fail({ code: 'not_found', what: 'category', id: slug })
        const children = listCategories(database).filter((category) => category.parent === slug)
        if (children.length > 0 && !confirm) {
          const dependents = children.map((child) => ({ what: 'category' as const, id: child.slug }))
          return fail({ code: 'has_dependents', what: 'category', id: slug, dependents })
        }
        removeCategory(database, slug, now())
        auditCategory(database, 'remove', before, null)
        return succeed(null)
      }),
    'category/merge': ({ from, into }) =>
      change(services, ['categories', 'audit'], (database) => {
        const before = findCategory(database, from) ?? null
        const merged = mergeCategories(database, { from, into }, now())
        if (merged.ok) auditCategory(database, `merge into ${into}`, before, null)
        return merged
      }),
  }

  function auditCategory(database: Database, action: string, before: Category | null, after: Category | null): void {
    const target = (after ?? before)?.slug ?? ''
    recordAudit(database, { at: now(), what: 'category', target, action, before, after })
  }
}
