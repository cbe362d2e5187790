import * as z from 'zod'
import { AliasName, Instant, ModelId, ProviderId, Task, tasks } from '../names.ts'
import { PolicyView } from '../policy.ts'
import { Alias, Readiness, Resolution, Route, StoredRouteOptions } from '../routing.ts'
import { confirm, none, nothing, type RequestRow, request } from './request.ts'

const RouteToSave = z.object({
  task: Task,
  provider: ProviderId,
  model: ModelId.nullable(),
  /**
   * The name by which they were chosen: `not_found` where there is none, `conflict` where it stands for another model by now. Null: by
   * none. Absent: as before, as long as provider and model stay.
   */
  alias: AliasName.nullish(),
  /** Replace the stored ones whole; absent: they stay as they are. One that nobody knows is InvalidParams, with its path. */
  options: StoredRouteOptions.strict().optional(),
  /** Refuses (conflict) when the route has changed since; null: when there is one by now. */
  ifUpdatedAt: Instant.nullable().optional(),
})
export type RouteToSave = z.infer<typeof RouteToSave>

/**
 * Where a route goes to another model than before: `gate_unmet` where it has not passed the profile's gate, and `confirm` is not true.
 */
const gated = {
  /** The trusted folder whose profile's gate counts. Absent: the stored profile's. */
  workspaceFolder: z.string().min(1).max(4096).optional(),
  ...confirm,
}

const ofFolder = { workspaceFolder: z.string().min(1).max(4096).optional() }

/** Which model does which task, and whether it can. */
export const routeRequests = {
  'route/list': request(nothing, z.array(Route)),
  'route/save': request(RouteToSave.extend(gated), Route),
  /** All of them or, when one is refused, none: two tasks that share a model never part on the way. */
  'route/saveAll': request(
    z.object({ routes: z.array(RouteToSave).min(1).max(tasks.length), ...gated }),
    z.array(Route),
  ),
  'alias/list': request(nothing, z.array(Alias)),
  /** Creates or changes; routes that were chosen by it follow, as if they were saved. `already_exists`: a provider is called like that. */
  'alias/save': request(Alias.omit({ updatedAt: true }).extend(gated), Alias),
  /** `has_dependents` where routes were chosen by it, unless `confirm`: they stay where they go, and lose the name. */
  'alias/remove': request(z.object({ alias: AliasName, ...confirm }), none),
  /** `workspaceFolder`: as its rules have it. */
  'route/resolve': { params: z.object({ task: Task, ...ofFolder }), result: Resolution },
  'readiness/read': request(z.object(ofFolder).nullish(), Readiness),
  /** The rules that count in a folder, its own first; each that cannot be read with what is wrong with it, by line. */
  'policy/read': request(
    z.object({ workspaceFolder: z.string().min(1).max(4096) }),
    z.object({ policies: z.array(PolicyView) }),
  ),
} as const satisfies Record<string, RequestRow>
