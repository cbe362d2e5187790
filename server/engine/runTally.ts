import type { RunCounts, RunHint } from '../../protocol/runs.ts'
import { foldName } from '../domain/categoryNames.ts'
import { mostCategories } from '../domain/scales.ts'
import type { CategoryVerdict } from '../domain/work.ts'
import type { ItemIndex, ItemOrigin, ItemState } from '../journal/itemIndex.ts'

export type FinalState = 'ok' | 'failed' | 'skipped'

/** Final results by state, and by who found them. */
export type Tally = Record<FinalState | ItemOrigin, number>

export function tallyOf(index: ItemIndex): Tally {
  const tally: Tally = { ok: 0, failed: 0, skipped: 0, judged: 0, reused: 0, identical: 0, similar: 0 }
  for (let item = 0; item < index.size; item++) {
    const state = index.state(item)
    if (isFinal(state)) countResult(tally, state, index.origin(item), 1)
  }
  return tally
}

/** As far as stored counts show it. */
export function tallyIn({ ok, failed, skipped, reused = 0, identical = 0, similar = 0 }: RunCounts): Tally {
  const judged = ok + failed + skipped - reused - identical - similar
  return { ok, failed, skipped, reused, identical, similar, judged }
}

/** `by` is -1 for a result that does not count any more. */
export function countResult(tally: Tally, state: FinalState, origin: ItemOrigin, by: 1 | -1): void {
  tally[state] += by
  tally[origin] += by
}

export function isFinal(state: ItemState): state is FinalState {
  return state === 'ok' || state === 'failed' || state === 'skipped'
}

export function countsOf(tally: Tally, total: number | null): RunCounts {
  const { ok, failed, skipped, reused, identical, similar } = tally
  return {
    ...{ total, ok, failed, skipped, waiting: Math.max(0, (total ?? 0) - ok - failed - skipped) },
    ...(reused > 0 ? { reused } : {}),
    ...(identical > 0 ? { identical } : {}),
    ...(similar > 0 ? { similar } : {}),
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

const fewestForHint = 10
/** One verdict that differs does not make the others credible. */
const shareForHint = 0.95

/** Sees whether the verdicts of a run are nearly all alike, as those of a model that is too small are, or by a list that does not fit. */
export class UniformVerdicts {
  readonly #offered: number
  readonly #byCategory = new Map<string, number>()
  #of = 0
  #none = 0
  #most = 0
  #unsure = 0

  /** `offered`: how many categories there are to choose from. */
  constructor(offered: number) {
    this.#offered = offered
  }

  add({ categories, confidence }: CategoryVerdict): void {
    this.#of++
    if (categories.length === 0) this.#none++
    if (categories.length === this.#mostEach() && this.#offered > 1) this.#most++
    if (confidence === 0) this.#unsure++
    for (const category of categories) this.#byCategory.set(category, (this.#byCategory.get(category) ?? 0) + 1)
  }

  /** `before`: what was told of the run before it was resumed, which holds until there are enough verdicts again. */
  hint(before: RunHint | undefined): RunHint | undefined {
    const of = this.#of
    if (of < fewestForHint) return before
    const isNearlyAll = (items: number): boolean => items >= of * shareForHint
    if (isNearlyAll(this.#none)) return { code: 'no_category', items: this.#none, of }
    if (isNearlyAll(this.#most)) return { code: 'most_categories', items: this.#most, of, each: this.#mostEach() }
    const same = [...this.#byCategory].find(([, items]) => isNearlyAll(items))
    if (same && this.#offered > 1) return { code: 'same_category', items: same[1], of, category: same[0] }
    return isNearlyAll(this.#unsure) ? { code: 'no_confidence', items: this.#unsure, of } : undefined
  }

  #mostEach(): number {
    return Math.min(mostCategories, this.#offered)
  }
}
