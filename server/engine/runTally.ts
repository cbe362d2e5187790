import type { RunCounts } from '../../protocol/runs.ts'
import { foldName } from '../domain/categoryNames.ts'
import type { CategoryVerdict } from '../domain/work.ts'
import type { ItemIndex, ItemOrigin, ItemState } from '../journal/itemIndex.ts'

export type FinalState = 'ok' | 'failed' | 'skipped'

/** Final results by state, and by who found them. */
export type Tally = Record<FinalState | ItemOrigin, number>

export function tallyOf(index: ItemIndex): Tally {
  const tally: Tally = { ok: 0, failed: 0, skipped: 0, judged: 0, reused: 0, identical: 0 }
  for (let item = 0; item < index.size; item++) {
    const state = index.state(item)
    if (isFinal(state)) countResult(tally, state, index.origin(item), 1)
  }
  return tally
}

/** As far as stored counts show it. */
export function tallyIn({ ok, failed, skipped, reused = 0, identical = 0 }: RunCounts): Tally {
  return { ok, failed, skipped, reused, identical, judged: ok + failed + skipped - reused - identical }
}

/** `by` is -1 for a result that does not count any more. */
export function countResult(tally: Tally, state: FinalState, origin: ItemOrigin, by: 1 | -1): void {
  tally[state] += by
  tally[origin] += by
}

export function isFinal(state: ItemState): state is FinalState {
  return state === 'ok' || state === 'failed' || state === 'skipped'
}

/** `met`: how many items reading has come to; it may be fewer than have results, when the run was resumed. */
export function countsOf(tally: Tally, met: number, total: number | null): RunCounts {
  const { ok, failed, skipped, reused, identical } = tally
  const known = Math.max(total ?? 0, met, 0)
  return {
    ...{ total, ok, failed, skipped, waiting: Math.max(0, known - ok - failed - skipped) },
    ...(reused > 0 ? { reused } : {}),
    ...(identical > 0 ? { identical } : {}),
  }
}

/** A name that models suggested and no category has yet. */
export interface SuggestedName {
  name: string
  parent: string | null
  /** How many items it was suggested for. */
  items: number
}

/** Names that models would like to have as categories; only so many different ones are kept. */
export function createSuggestionBox(mostNames: number) {
  const byName = new Map<string, SuggestedName>()
  return {
    add({ suggested }: CategoryVerdict): void {
      for (const name of suggested.names) {
        const key = foldName(name)
        const known = byName.get(key)
        if (known) known.items++
        else if (byName.size < mostNames) byName.set(key, { name, parent: suggested.parent, items: 1 })
      }
    },
    take: (): SuggestedName[] => [...byName.values()].sort((one, other) => other.items - one.items),
  }
}
