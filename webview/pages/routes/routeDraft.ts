import * as z from 'zod'
import { Instant, type Task, tasks } from '../../../protocol/names.ts'
import { listOfText, parametersOfForm, routeOptionShapes } from '../../../protocol/parameterShapes.ts'
import type { ProviderConfig } from '../../../protocol/providers.ts'
import type { RouteToSave } from '../../../protocol/requests/routeRequests.ts'
import { type Route, RouteOptions } from '../../../protocol/routing.ts'
import { readFallback, writeFallback } from '../../../shared/routeFallbacks.ts'
import { configOf, Draft, draftOf } from '../../form/draft.ts'
import type { FormField } from '../../form/field.tsx'

const Name = z.string().max(256)

/** A route as it is typed. No provider: the task has no route yet; no model: the provider's own default. */
export const RouteDraft = z.object({
  provider: Name,
  model: Name,
  /** The name that provider and model were chosen by; empty: by none. */
  alias: Name,
  options: Draft,
  /** No provider: there is no fallback. */
  fallbackProvider: Name,
  fallbackModel: Name,
  /** What it began from; null: there was no route. */
  updatedAt: Instant.nullable(),
})
export type RouteDraft = z.infer<typeof RouteDraft>

/** Both routes are one form: with one model for both, they are saved together or not at all. */
export const RoutesDraft = z.object({
  isShared: z.boolean(),
  categorization: RouteDraft,
  scoring: RouteDraft,
})
export type RoutesDraft = z.infer<typeof RoutesDraft>

export function draftOfRoutes(routes: readonly Route[], fields: readonly FormField[]): RoutesDraft {
  const draftOfTask = (task: Task) => draftOfRoute(routeOf(routes, task), fields)
  const [categorization, scoring] = [draftOfTask('categorization'), draftOfTask('scoring')]
  const isShared = categorization.provider !== '' && isSameTarget(categorization, scoring)
  return { isShared, categorization, scoring }
}

export function routeOf(routes: readonly Route[], task: Task): Route | undefined {
  return routes.find((route) => route.task === task)
}

function draftOfRoute(route: Route | undefined, fields: readonly FormField[]): RouteDraft {
  const { fallback, fallbacks = [], ...others } = route?.options ?? {}
  const options = { ...others, ...(fallbacks.length > 0 ? { fallbacks: fallbacks.map(writeFallback).join(', ') } : {}) }
  return {
    provider: route?.provider ?? '',
    model: route?.model ?? '',
    alias: route?.alias ?? '',
    options: draftOf(fields, options as ProviderConfig),
    fallbackProvider: fallback?.provider ?? '',
    fallbackModel: fallback?.model ?? '',
    updatedAt: route?.updatedAt ?? null,
  }
}

function isSameTarget(one: RouteDraft, other: RouteDraft): boolean {
  return one.provider === other.provider && one.model === other.model && one.alias === other.alias
}

/** Sharing lets both go where categorization goes; parting leaves both where they are. */
export function withSharing(draft: RoutesDraft, isShared: boolean): RoutesDraft {
  const { provider, model, alias } = draft.categorization
  return isShared
    ? { ...draft, isShared, scoring: { ...draft.scoring, provider, model, alias } }
    : { ...draft, isShared }
}

/** What is typed for one task; provider and model count for both while they share them. */
export function withChange(draft: RoutesDraft, task: Task, change: Partial<RouteDraft>): RoutesDraft {
  const changed = { ...draft, [task]: { ...draft[task], ...change } }
  if (!draft.isShared) return changed
  const { provider, model, alias } = changed[task]
  const target = { provider, model, alias }
  return {
    ...changed,
    categorization: { ...changed.categorization, ...target },
    scoring: { ...changed.scoring, ...target },
  }
}

/** The tasks whose route says something else than what is saved. */
export function changedTasks(draft: RoutesDraft, routes: readonly Route[], fields: readonly FormField[]): Task[] {
  const before = draftOfRoutes(routes, fields)
  return tasks.filter((task) => draft[task].provider !== '' && !isSaidAlready(draft[task], before[task]))
}

function isSaidAlready({ updatedAt: _, ...said }: RouteDraft, { updatedAt: __, ...saved }: RouteDraft): boolean {
  return JSON.stringify(said) === JSON.stringify(saved)
}

/** As they are typed: what is no JSON stays a text. */
export function optionsOf(options: Draft, fields: readonly FormField[]): Record<string, z.core.util.JSONType> {
  const { fallbacks, ...said } = parametersOfForm(routeOptionShapes(), configOf(fields, options, {}))
  return typeof fallbacks === 'string' ? { ...said, fallbacks: listOfText(fallbacks).map(readFallback) } : said
}

/** Only of a draft that has no problems: what is typed may be anything before that. */
export function routeToSave(task: Task, draft: RouteDraft, fields: readonly FormField[]): RouteToSave {
  const { provider, model, alias, fallbackProvider, fallbackModel, updatedAt } = draft
  const fallback = { provider: fallbackProvider, model: fallbackModel.trim() || null }
  return {
    task,
    provider,
    model: model.trim() || null,
    alias: alias || null,
    options: RouteOptions.parse({
      ...optionsOf(draft.options, fields),
      ...(fallbackProvider === '' ? {} : { fallback }),
    }),
    ifUpdatedAt: updatedAt,
  }
}
