import type { ParsedParams } from '../../protocol/contract.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Resolution } from '../../protocol/routing.ts'
import type { HealthRecords } from './healthRecords.ts'
import type { ProviderChecks } from './providerChecks.ts'

/** A provider that was well this recently is not asked again before a run. */
const freshMs = 30_000

/** A server that is busy answers its list late; what was known of it counts then, and the calls find out. */
const patienceMs = 5_000

type RunChoice = Pick<ParsedParams<'run/start'>, 'tasks' | 'override'>

interface BeforeRunParts {
  directory: {
    resolve(task: RunChoice['tasks'][number], override: RunChoice['override']): Resolution
    view(provider: string): Pick<ProviderView, 'enabled'> | undefined
  }
  health: Pick<HealthRecords, 'of' | 'pausedForMs' | 'isBeingCalled'>
  checks: Pick<ProviderChecks, 'check'>
  now(): string
}

/**
 * Looks at the providers that a run may use before it is resolved, so that an unreachable one is told before anything starts,
 * and one that recovered is not refused for what was true yesterday. All are asked at once.
 */
export async function checkBeforeRun(
  parts: BeforeRunParts,
  { tasks, override }: RunChoice,
  signal: AbortSignal,
): Promise<void> {
  const candidates = tasks.flatMap((task) => parts.directory.resolve(task, override).trace.map((step) => step.provider))
  const providers = new Set(candidates.filter((provider) => provider !== null))
  await Promise.all([...providers].map((provider) => checkUnlessFresh(parts, provider, signal)))
}

async function checkUnlessFresh(
  { directory, health, checks, now }: BeforeRunParts,
  provider: string,
  signal: AbortSignal,
): Promise<void> {
  const found = health.of(provider).health
  const age = Date.parse(now()) - Date.parse(found.checkedAt ?? '')
  // A clock that was set back makes a check younger than nothing.
  if (found.state === 'ok' && age >= 0 && age < freshMs) return
  if (health.pausedForMs(provider) > 0) return
  // A call of ours is under way there: some servers answer nothing else meanwhile.
  if (health.isBeingCalled(provider)) return
  if (!directory.view(provider)?.enabled) return
  await checks.check(provider, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]))
}
