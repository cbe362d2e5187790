import type { Weight } from '../../protocol/profile.ts'

/** What each weight multiplies the composite score by. */
export const multipliers: Record<Weight, number> = { block: 0, reduce: 0.5, normal: 1, boost: 1.5, max: 2 }

/** A category without a weight takes its parent's; a root without one is normal. */
export function effectiveWeight(own: Weight | null | undefined, parents: Weight | null | undefined): Weight {
  return own ?? parents ?? 'normal'
}
