import type { CriteriaValues } from '../../protocol/criteria.ts'
import type { Weight } from '../../protocol/profile.ts'
import { foldName } from './categoryNames.ts'
import { countedCriteria } from './criteria.ts'
import type { CompiledProfile } from './work.ts'

/** What each weight multiplies the composite score by. */
export const multipliers: Record<Weight, number> = { block: 0, reduce: 0.5, normal: 1, boost: 1.5, max: 2 }

/** A category without a weight takes its parent's; a root without one is normal. */
export function effectiveWeight(own: Weight | null | undefined, parents: Weight | null | undefined): Weight {
  return own ?? parents ?? 'normal'
}

export const highestScore = 20

/** The first of these categories whose weight is `block`; null when none is. Its items need no scoring call. */
export function blockingCategory(categories: readonly string[], profile: CompiledProfile): string | null {
  return categories.find((name) => profile.byName.get(foldName(name))?.weight === 'block') ?? null
}

/** What a score is made of. Null categories: the item was not categorized; that counts like none, 1. */
export interface ScoreParts {
  categories: readonly string[] | null
  /** 0 to 10; null: not known, or not asked for. */
  interest: number | null
  quality: number | null
  /** Of a profile with criteria of its own. */
  criteria?: CriteriaValues | null | undefined
}

/**
 * `interest × mean(category multipliers) × (0.5 + quality / 20)`, capped at 20, or of a profile with criteria `weighted mean of them in
 * 0..1 × mean(category multipliers) × to`, capped at `to`; one decimal (DESIGN §8). Any blocked category makes the score 0, whatever the
 * rest says. Null: what it is made of is not known, or no criterion counts.
 */
export function compositeScore(
  verdict: ScoreParts,
  profile: CompiledProfile,
): { score: number | null; blockedBy: string | null } {
  const categories = verdict.categories ?? []
  const blockedBy = blockingCategory(categories, profile)
  if (blockedBy !== null) return { score: 0, blockedBy }
  const { rubric } = profile
  if (rubric) {
    const factor = categoryFactor(categories, profile)
    return { score: rubricScore(rubric, verdict.criteria ?? {}, factor), blockedBy: null }
  }
  const factors = factorsOf(categories, profile)
  const { interest, quality } = verdict
  if (interest === null || quality === null) return { score: null, blockedBy: null }
  const count = factors.length || 1
  const doubledSum = factors.length === 0 ? 2 : factors.reduce((sum, factor) => sum + 2 * factor, 0)
  // Whole numbers until the one division: in floating point 3 × 0.5 × 0.7 is 1.0499…, which would show as 1.0 and not 1.1.
  const tenths = Math.round((interest * doubledSum * (10 + quality)) / (4 * count))
  return { score: Math.min(tenths / 10, highestScore), blockedBy: null }
}

function factorsOf(categories: readonly string[], { byName }: Pick<CompiledProfile, 'byName'>): number[] {
  return categories.map((name) => multipliers[byName.get(foldName(name))?.weight ?? 'normal'])
}

/** The mean of the multipliers of these categories; none: 1. */
export function categoryFactor(categories: readonly string[], profile: Pick<CompiledProfile, 'byName'>): number {
  const factors = factorsOf(categories, profile)
  return factors.length === 0 ? 1 : factors.reduce((sum, each) => sum + each, 0) / factors.length
}

/** Sums of fractions end just beside the number that they are. */
const noise = 1e-9

function rubricScore(
  { criteria, to }: NonNullable<CompiledProfile['rubric']>,
  values: CriteriaValues,
  factor: number,
): number | null {
  const counted = countedCriteria(criteria, values)
  const weights = counted.reduce((sum, { weight }) => sum + weight, 0)
  if (weights === 0) return null
  const mean = counted.reduce((sum, { share, weight }) => sum + share * weight, 0) / weights
  return Math.min(to, Math.round(mean * factor * to * 10 + noise) / 10)
}

/** What a person or a model said; null: nothing. */
export type SaidOfItem = ScoreParts

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
  const criteria = said.criteria || model?.criteria ? { ...model?.criteria, ...said.criteria } : null
  return compositeScore({ interest, quality, criteria, categories }, profile)
}
