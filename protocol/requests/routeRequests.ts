import * as z from 'zod'
import { ModelId, ProviderId, Task } from '../names.ts'
import { Readiness, Resolution, Route, RouteOptions } from '../routing.ts'
import { nothing, type RequestRow, request } from './request.ts'

/** Which model does which task, and whether it can. */
export const routeRequests = {
  'route/list': request(nothing, z.array(Route)),
  'route/save': request(
    z.object({ task: Task, provider: ProviderId, model: ModelId.nullable(), options: RouteOptions.optional() }),
    Route,
  ),
  'route/resolve': { params: z.object({ task: Task }), result: Resolution },
  'readiness/read': request(nothing, Readiness),
} as const satisfies Record<string, RequestRow>
