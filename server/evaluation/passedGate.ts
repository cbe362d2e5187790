import type { CandidateReport, EvaluationReport } from '../../protocol/evaluation.ts'
import type { Task } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { missesOf } from '../domain/gate.ts'
import { canonicalJson, sha256 } from '../items/hashes.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import type { StoredReports } from './storedReports.ts'

/** Where a task would go. */
export interface GatedRoute {
  task: Task
  provider: string
  model: string
}

export type ProfileOfGate = Pick<RunRequest, 'profile' | 'workspaceFolder'>

interface GateParts {
  stored: Pick<StoredReports, 'ids' | 'read'>
  loadProfile(choice: ProfileOfGate): Promise<Outcome<LoadedProfile>>
}

/**
 * Why the first of these models should not be used without asking: what is missing to the profile's gate, by the newest measurement of the
 * model with this very profile. Null: all have passed, or there is no gate. A profile that cannot be read keeps nobody from anything.
 */
export async function missedGate(
  { stored, loadProfile }: GateParts,
  routes: readonly GatedRoute[],
  choice: ProfileOfGate,
): Promise<Reason | null> {
  const loaded = await loadProfile(choice)
  if (!loaded.ok) return null
  const { profile } = loaded.value
  const { gate } = profile
  const gated = gate ? routes.filter(({ task }) => gate[task] !== undefined) : []
  const [first] = gated
  if (!gate || !first) return null
  const measured = await newestMeasures(stored, gated, hashMeasured(profile))
  for (const { provider, model } of gated) {
    const own = gated.flatMap((route, place) =>
      route.provider === provider && route.model === model ? [{ ...route, found: measured[place] ?? null }] : [],
    )
    const misses = own.flatMap(({ task, found }) =>
      missesOf(gate, [task], found?.candidate ?? { categorization: null, scoring: null }),
    )
    const times = own.map(({ found }) => found?.at ?? null)
    const measuredAt = times.includes(null) ? null : (times[0] ?? null)
    if (misses.length > 0) return fail({ code: 'gate_unmet', provider, model, misses, measuredAt }).reason
  }
  return null
}

/** All that a measurement depends on: what the gate wants is no part of it. */
export function hashMeasured(profile: Profile): string {
  return sha256(canonicalJson({ ...profile, gate: undefined }))
}

interface Measure {
  candidate: CandidateReport
  at: string
}

/** One a route, in their order; null: it was never measured to the end. */
async function newestMeasures(
  stored: GateParts['stored'],
  routes: readonly GatedRoute[],
  profileHash: string,
): Promise<(Measure | null)[]> {
  const found: (Measure | null)[] = routes.map(() => null)
  for (const id of await stored.ids()) {
    if (!found.includes(null)) break
    const report = (await stored.read(id))?.report
    if (report?.profileHash !== profileHash) continue
    routes.forEach((route, place) => {
      found[place] ??= measureIn(report, route)
    })
  }
  return found
}

function measureIn({ tasks, candidates, startedAt, finishedAt }: EvaluationReport, route: GatedRoute): Measure | null {
  if (!tasks.includes(route.task)) return null
  const candidate = candidates.find((each) => each.state === 'done' && isOf(each.name, tasks, route))
  return candidate ? { candidate, at: finishedAt ?? startedAt } : null
}

/** The name of a candidate whose tasks went to two models has both, in the order of the tasks. */
function isOf(name: string, tasks: readonly Task[], { task, provider, model }: GatedRoute): boolean {
  const own = `${provider}/${model}`
  if (name === own) return true
  return tasks.length > 1 && (task === 'categorization' ? name.startsWith(`${own} + `) : name.endsWith(` + ${own}`))
}
