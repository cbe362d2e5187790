import type { Changes } from '../changes.ts'
import type { Log } from '../rpc/log.ts'
import type { HealthRecords } from './healthRecords.ts'

interface PauseKeeping {
  health: Pick<HealthRecords, 'pause'>
  changes: Pick<Changes, 'emit'>
  log: Pick<Log, 'error'>
}

/** A call was told to come back later: kept for runs to come, and told, since whoever looks wonders why nothing goes on. */
export function keepPause({ health, changes, log }: PauseKeeping, provider: string, ms: number): void {
  health
    .pause(provider, ms)
    .then((isNews) => {
      if (isNews) changes.emit('providers')
    })
    .catch((error: unknown) => log.error('A pause was not kept', error))
}
