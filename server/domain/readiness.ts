import type { Task } from '../../protocol/names.ts'
import type { Readiness, TaskReadiness } from '../../protocol/routing.ts'
import type { ResolutionSnapshot } from './resolutionSnapshot.ts'
import { resolveRoute } from './resolveRoute.ts'

/** A resolution as a status: `checkedAt` and `latencyMs` are those of the provider that the answer is about. */
export function readTaskReadiness(task: Task, snapshot: ResolutionSnapshot): TaskReadiness {
  const resolution = resolveRoute(task, snapshot)
  // The first step is about the route's own provider: when nothing is ready, its reason is the one that is told.
  const provider = resolution.ok ? resolution.value.provider : resolution.trace[0]?.provider
  const health = snapshot.providers.find((candidate) => candidate.provider === provider)?.health
  return {
    task,
    ready: resolution.ok,
    reason: resolution.ok ? null : resolution.reason,
    warnings: resolution.warnings,
    route: resolution.ok ? resolution.value : null,
    checkedAt: health?.checkedAt ?? null,
    latencyMs: health?.latencyMs ?? null,
  }
}

export function readReadiness(snapshot: ResolutionSnapshot): Readiness {
  return {
    categorization: readTaskReadiness('categorization', snapshot),
    scoring: readTaskReadiness('scoring', snapshot),
  }
}
