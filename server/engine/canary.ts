import type { Receipt } from '../../protocol/results.ts'
import { shareOf } from '../domain/criteria.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { Verdicts } from './askStrategy.ts'

/** Of no interest to anybody, and asks for nothing. */
export const canaryText =
  'The seats by the window were taken, so they sat near the door. It rained until four, and then the bus came.'

/** Numbers of a scale differ by chance: less than a quarter of it says nothing. */
const alikeShare = 0.25

/**
 * A text of ours in each call, whose verdict is known: the one that it has alone. Where it is judged otherwise together with others, the
 * model may have done what one of them says.
 */
export class Canary {
  readonly #ask: (signal: AbortSignal) => Promise<Verdicts | null>
  #alone: Promise<Verdicts | null> | null = null

  constructor(ask: (signal: AbortSignal) => Promise<Verdicts | null>) {
    this.#ask = ask
  }

  /** How it is judged alone, asked once; null: that is not known, and calls go without it. */
  alone(signal: AbortSignal): Promise<Verdicts | null> {
    this.#alone ??= this.#ask(signal).then((verdicts) => {
      // Who was told to stop says nothing of the others.
      if (verdicts === null && signal.aborted) this.#alone = null
      return verdicts
    })
    return this.#alone
  }
}

/** Undefined: the answer says nothing of it. */
export function compareCanary(
  alone: Verdicts,
  together: Verdicts | undefined,
  { rubric }: CompiledProfile,
): Receipt['canary'] {
  if (!together) return undefined
  const [one, other] = [alone.categorization?.categories, together.categorization?.categories]
  if (one && other && !areSame(one, other)) return 'followed'
  return scoresDiffer(alone.scoring, together.scoring, rubric) ? 'followed' : 'kept'
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name))
}

function scoresDiffer(
  one: Verdicts['scoring'],
  other: Verdicts['scoring'],
  rubric: CompiledProfile['rubric'],
): boolean {
  if (!one || !other) return false
  const ofTen = (['interest', 'quality'] as const).some((name) =>
    areApart((one[name] ?? 0) / 10, (other[name] ?? 0) / 10),
  )
  return (
    ofTen ||
    (rubric?.criteria ?? []).some((criterion) => {
      const [first, second] = [one.criteria?.[criterion.name], other.criteria?.[criterion.name]]
      if (first === undefined || second === undefined) return false
      if (criterion.type !== 'scale') return first !== second
      return areApart(shareOf(criterion, first) ?? 0, shareOf(criterion, second) ?? 0)
    })
  )
}

function areApart(one: number, other: number): boolean {
  return Math.abs(one - other) > alikeShare
}
