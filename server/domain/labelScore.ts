import { blockingCategory, compositeScore } from './compositeScore.ts'
import type { CompiledProfile } from './work.ts'

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
