import type { ParsedParams } from '../../protocol/contract.ts'
import type { Services } from '../store/change.ts'
import { checkAndKeep } from './checkProvider.ts'

/** A provider that was well this recently is not asked again before a run. */
const freshMs = 30_000

/**
 * Looks at the providers that a run may use before it is resolved, so that an unreachable one is told before anything starts,
 * and one that recovered is not refused for what was true yesterday. All are asked at once.
 */
export async function checkBeforeRun(
  services: Services,
  { tasks, override }: Pick<ParsedParams<'run/start'>, 'tasks' | 'override'>,
  signal: AbortSignal,
): Promise<void> {
  const candidates = tasks.flatMap((task) =>
    services.directory.resolve(task, override).trace.map((step) => step.provider),
  )
  const providers = new Set(candidates.filter((provider) => provider !== null))
  await Promise.all([...providers].map((provider) => checkUnlessFresh(services, provider, signal)))
}

async function checkUnlessFresh(services: Services, provider: string, signal: AbortSignal): Promise<void> {
  const { health } = services.health.of(provider)
  const age = Date.parse(services.now()) - Date.parse(health.checkedAt ?? '')
  // A clock that was set back makes a check younger than nothing.
  if (health.state === 'ok' && age >= 0 && age < freshMs) return
  if (services.health.pausedForMs(provider) > 0) return
  if (services.directory.view(provider)?.enabled) await checkAndKeep(services, provider, signal)
}
