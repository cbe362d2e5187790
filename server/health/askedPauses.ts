import type { Services } from '../store/change.ts'

/** A call was told to come back later: kept for runs to come, and told, since whoever looks wonders why nothing goes on. */
export function keepPause(
  { health, tellChanged, log }: Pick<Services, 'health' | 'tellChanged' | 'log'>,
  provider: string,
  ms: number,
): void {
  health
    .pause(provider, ms)
    .then((isNews) => {
      if (isNews) tellChanged('providers')
    })
    .catch((error: unknown) => log.error('A pause was not kept', error))
}

/** A person's test got an answer of a model: the pause that the provider had asked for is over, for runs that wait for it, too. */
export async function endPause({ health, runs }: Pick<Services, 'health' | 'runs'>, provider: string): Promise<void> {
  if (await health.endPause(provider)) runs.endPause(provider)
}
