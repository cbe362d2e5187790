import type { Changes } from '../changes.ts'
import { readIfReadable } from '../store/unreadableData.ts'
import { HealthClock, systemTimers } from './healthClock.ts'
import type { HealthRecords } from './healthRecords.ts'
import type { ProviderChecks } from './providerChecks.ts'

interface WatchParts {
  /** `routedProviders`: enabled ones that a route or fallback names. */
  directory: { routedProviders(): string[] }
  health: Pick<HealthRecords, 'mark' | 'pausedForMs' | 'nextCheckAfter' | 'isBeingCalled'>
  checks: Pick<ProviderChecks, 'check'>
  changes: Pick<Changes, 'on'>
  random(): number
  ending: AbortSignal
}

/** Checks the providers that routes use on a clock, which follows what is set up. */
export function watchProviders({
  directory,
  health,
  checks,
  changes,
  random,
  ending,
}: WatchParts): Pick<HealthClock, 'refresh' | 'dispose'> {
  const clock = new HealthClock({
    watched: () => directory.routedProviders().map((provider) => ({ provider, mark: health.mark(provider) })),
    check: async (provider) => (health.isBeingCalled(provider) ? false : await checks.check(provider, ending)),
    firstDelay: (provider) => health.pausedForMs(provider),
    nextDelay: (provider) => health.nextCheckAfter(provider),
    timers: systemTimers,
    random,
  })
  const subscription = changes.on((kinds) => {
    if (!kinds.includes('providers') && !kinds.includes('routes')) return
    // Where it cannot be read, requests tell so.
    readIfReadable(
      () => clock.refresh(),
      () => {},
    )
  })
  return {
    refresh: () => clock.refresh(),
    dispose() {
      subscription.dispose()
      clock.dispose()
    },
  }
}
