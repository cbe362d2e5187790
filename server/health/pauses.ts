import { longestPauseMs } from './circuit.ts'

/**
 * Until when providers asked to be left alone. Stored as instants, so that a restarted server knows; counted on a clock that never
 * jumps from the moment they are first seen.
 */
export interface Pauses {
  /** Milliseconds left; 0: none. `stored`: the instant in the store. */
  left(provider: string, stored: string | null): number
  /** From now on for so long, unless it is longer already. The instant to be stored. */
  begin(provider: string, ms: number): string
  forget(provider: string): void
}

export function createPauses(clock: { now(): number; monotonic(): number }): Pauses {
  const ends = new Map<string, { at: number; stored: string | null }>()

  function left(provider: string, stored: string | null): number {
    const known = ends.get(provider)
    if (stored !== null && stored !== known?.stored) {
      const ms = Math.min(Math.max(0, Date.parse(stored) - clock.now()), longestPauseMs)
      ends.set(provider, { at: Math.max(known?.at ?? 0, clock.monotonic() + ms), stored })
    }
    return Math.max(0, (ends.get(provider)?.at ?? 0) - clock.monotonic())
  }

  return {
    left,
    begin(provider, ms) {
      const known = ends.get(provider)
      const capped = Math.min(ms, longestPauseMs)
      const at = Math.max(known?.at ?? 0, clock.monotonic() + capped)
      const stored = new Date(clock.now() + at - clock.monotonic()).toISOString()
      ends.set(provider, { at, stored })
      return stored
    },
    forget: (provider) => void ends.delete(provider),
  }
}
