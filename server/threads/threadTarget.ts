import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import type { Directory } from '../directory/directory.ts'
import type { ReadableDatabase } from '../store/database.ts'
import { findKnowledgeBase } from '../store/knowledgeBaseTable.ts'
import { findDefault } from '../store/modelTable.ts'
import { readPreferences } from '../store/preferencesTable.ts'
import { listRoutes } from '../store/routeTable.ts'
import type { Store } from '../store/store.ts'
import type { StoredThread } from '../store/threadTable.ts'

export interface TargetParts {
  store: Pick<Store, 'read'>
  directory: Pick<Directory, 'resolve' | 'open' | 'views'>
}

interface Target {
  provider: string
  model?: string | undefined
}

/** Where the next question of a thread goes: to what it is bound to, and to nothing else. */
export function resolveThread(
  parts: TargetParts,
  { provider, model, about }: Pick<StoredThread, 'provider' | 'model' | 'about'>,
): Outcome<ResolvedRoute> {
  const target =
    provider === null ? defaultTarget(parts, about) : succeed(targetAt(parts, provider, model ?? undefined))
  if (!target.ok) return target
  // Both tasks resolve an override alike, but for the provider's own default model.
  const resolved = parts.directory.resolve('categorization', target.value)
  if (!resolved.ok) return { ok: false, reason: resolved.reason }
  const { provider: asked, model: by } = resolved.value
  return canConverse(parts, asked)
    ? succeed(resolved.value)
    : fail({ code: 'ask_unsupported', provider: asked, model: by, ask: 'text', why: 'model' })
}

/**
 * The model that a knowledge base names for itself; else the active provider, where its models hold conversations, with the model that is the default for generation there, or that its settings
 * or a route to it name; else the default model for generation. `no_default_model`: there is neither.
 */
function defaultTarget(parts: TargetParts, about: StoredThread['about']): Outcome<Target> {
  const own = about?.kind === 'kb' ? parts.store.read((database) => findKnowledgeBase(database, about.name)) : undefined
  if (own?.generation) return succeed(own.generation)
  const { active, chosen } = parts.store.read((database) => ({
    active: readPreferences(database).active_llm_provider,
    chosen: findDefault(database, 'generation'),
  }))
  if (active !== null && canConverse(parts, active)) return succeed(targetAt(parts, active, undefined))
  if (!chosen) return fail({ code: 'no_default_model', type: 'generation' })
  return succeed({ provider: chosen.provider, model: chosen.model })
}

function targetAt({ store, directory }: TargetParts, provider: string, model: string | undefined): Target {
  if (model !== undefined) return { provider, model }
  const known = store.read((database) => modelAt(database, provider))
  const open = directory.open(provider)
  const own = open?.ok ? open.value.adapter.defaultModel(open.value.config, 'categorization') : null
  return { provider, model: known.asDefault ?? own ?? known.inRoute ?? undefined }
}

function modelAt(database: ReadableDatabase, provider: string): { asDefault?: string; inRoute?: string } {
  const chosen = findDefault(database, 'generation')
  const route = listRoutes(database).find((each) => each.provider === provider && each.model !== null)
  return {
    ...(chosen?.provider === provider ? { asDefault: chosen.model } : {}),
    ...(route?.model ? { inRoute: route.model } : {}),
  }
}

function canConverse({ directory }: Pick<TargetParts, 'directory'>, provider: string): boolean {
  const open = directory.open(provider)
  return open?.ok === true && open.value.adapter.stream !== undefined
}

/** Refuses a provider that cannot be bound to a thread, with those that could be. */
export function checkProvider({ directory }: Pick<TargetParts, 'directory'>, provider: string): Outcome<null> {
  const views = directory.views()
  const view = views.find((each) => each.provider === provider)
  const valid = views
    .filter((each) => each.enabled && canConverse({ directory }, each.provider))
    .map((each) => each.provider)
  if (view === undefined) return fail({ code: 'provider_unconfigured', provider, valid })
  return view.enabled ? succeed(null) : fail({ code: 'provider_disabled', provider, valid })
}
