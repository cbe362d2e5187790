import type { Weight } from '../../protocol/profile.ts'
import { foldName } from './categoryNames.ts'
import type { CompiledProfile } from './work.ts'

/** What each weight multiplies the composite score by. */
export const multipliers: Record<Weight, number> = { block: 0, reduce: 0.5, normal: 1, boost: 1.5, max: 2 }

/** A category without a weight takes its parent's; a root without one is normal. */
export function effectiveWeight(own: Weight | null | undefined, parents: Weight | null | undefined): Weight {
  return own ?? parents ?? 'normal'
}

const highestScore = 20

/** The first of these categories whose weight is `block`; null when none is. Its items need no scoring call. */
export function blockingCategory(categories: readonly string[], profile: CompiledProfile): string | null {
  return categories.find((name) => profile.byName.get(foldName(name))?.weight === 'block') ?? null
}

/**
 * `interest × mean(category multipliers) × (0.5 + quality / 20)`, capped at 20, one decimal (DESIGN §8).
 * Null categories: the item was not categorized; that counts like none, 1. Interest and quality are 0 to 10.
 * Any blocked category makes the score 0, whatever the rest says.
 */
export function compositeScore(
  verdict: { interest: number; quality: number; categories: readonly string[] | null },
  profile: CompiledProfile,
): { score: number; blockedBy: string | null } {
  const categories = verdict.categories ?? []
  const blockedBy = blockingCategory(categories, profile)
  if (blockedBy !== null) return { score: 0, blockedBy }
  const factors = categories.map((name) => multipliers[profile.byName.get(foldName(name))?.weight ?? 'normal'])
  const count = factors.length || 1
  const doubledSum = factors.length === 0 ? 2 : factors.reduce((sum, factor) => sum + 2 * factor, 0)
  // Whole numbers until the one division: in floating point 3 × 0.5 × 0.7 is 1.0499…, which would show as 1.0 and not 1.1.
  const tenths = Math.round((verdict.interest * doubledSum * (10 + verdict.quality)) / (4 * count))
  return { score: Math.min(tenths / 10, highestScore), blockedBy: null }
}

/** What a person or a model said; null: nothing. */
export interface SaidOfItem {
  categories: readonly string[] | null
  interest: number | null
  quality: number | null
}

/**
 * The composite score of what a person said, by the profile's weights. Where the person said nothing of a part, the model's word
 * stands. `score` null: interest or quality is known from neither, and no category is blocked.
 */
export function labelScore(
  said: SaidOfItem,
  model: SaidOfItem | null,
  profile: CompiledProfile,
): { score: number | null; blockedBy: string | null } {
  const categories = said.categories ?? model?.categories ?? null
  const interest = said.interest ?? model?.interest ?? null
  const quality = said.quality ?? model?.quality ?? null
  const blockedBy = categories && blockingCategory(categories, profile)
  if (blockedBy !== null) return { score: 0, blockedBy }
  if (interest === null || quality === null) return { score: null, blockedBy: null }
  return compositeScore({ interest, quality, categories }, profile)
}
