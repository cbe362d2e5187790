import { createHash } from 'node:crypto'
import type { GatewaySync } from '../../protocol/gateways.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Changes } from '../changes.ts'
import { HealthClock, type Timers } from '../health/healthClock.ts'
import { listGateways } from '../store/gatewayTable.ts'
import { listSynced } from '../store/modelTable.ts'
import { listProviders } from '../store/providerTable.ts'
import type { Store } from '../store/store.ts'
import { readIfReadable } from '../store/unreadableData.ts'

/** Between two looks at a gateway where all is well. Its readiness and its list cost nothing. */
const calmMs = 15 * 60_000
/** After a failure, doubled with each further one up to the calm interval. */
const firstRetryMs = 30_000

interface GatewayClockParts {
  store: Pick<Store, 'read'>
  changes: Pick<Changes, 'on'>
  sync(gateway: string): Promise<Outcome<GatewaySync>>
  timers: Timers
  random(): number
}

/**
 * Brings every gateway to what is wanted: at the start, whenever a model, a provider or a gateway changes, and again after a failure, on
 * the clock that health checks have.
 */
export function watchGateways({ store, changes, sync, timers, random }: GatewayClockParts) {
  const failures = new Map<string, number>()
  /** A key that was set or cleared may be what a failure waited for. */
  let keyChanges = 0
  const clock = new HealthClock({
    watched: () => watched(store, keyChanges),
    async check(gateway) {
      const synced = await sync(gateway)
      const isFine = synced.ok && synced.value.steps.every(({ isDone, action }) => isDone || action === 'refuse')
      failures.set(gateway, isFine ? 0 : (failures.get(gateway) ?? 0) + 1)
    },
    firstDelay: () => 0,
    nextDelay(gateway) {
      const failed = failures.get(gateway) ?? 0
      return failed === 0 ? calmMs : Math.min(calmMs, firstRetryMs * 2 ** (failed - 1))
    },
    timers,
    random,
  })
  const refresh = () =>
    readIfReadable(
      () => clock.refresh(),
      () => {},
    )
  const subscription = changes.on((kinds) => {
    if (kinds.some((kind) => ['models', 'providers', 'gateways'].includes(kind))) refresh()
  })
  return {
    refresh,
    /** The admin key of a gateway, or the key of a provider, was set or cleared. */
    onKeyChanged() {
      keyChanges++
      refresh()
    },
    dispose() {
      subscription.dispose()
      clock.dispose()
    },
  }
}

/** Another mark means that something of it is to be done anew: settings of the gateway, or what is wanted there. */
function watched(store: Pick<Store, 'read'>, keyChanges: number) {
  return store.read((database) => {
    const gateways = listGateways(database)
    if (gateways.length === 0) return []
    const models = listSynced(database).map(({ provider, model, type, parameters }) => [
      provider,
      model,
      type,
      parameters,
    ])
    const providers = listProviders(database).map(({ provider, kind, enabled, config }) => [
      provider,
      kind,
      enabled,
      config,
    ])
    return gateways.map(({ gateway, url, keyEnv, keys, allowPlainHttp, confirmed }) => {
      const said = [url, keyEnv, keys, allowPlainHttp, confirmed, models, providers, keyChanges]
      return { provider: gateway, mark: createHash('sha256').update(JSON.stringify(said)).digest('hex') }
    })
  })
}
