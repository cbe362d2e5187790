import type { HumanLabel, ResultRecord } from '../protocol/results.ts'

/** Stands behind whatever a person said in the place of the model's word. */
export const correctedMark = '(corrected)'

type Judged = Pick<ResultRecord, 'categories' | 'interest' | 'quality' | 'criteria' | 'score' | 'blockedBy'>
type Said = Pick<HumanLabel, 'categories' | 'interest' | 'quality' | 'criteria' | 'score'>

/** A result as it counts for people: what somebody said of it goes before the model's word. `corrected`: which parts somebody said. */
export function correctedResult<Result extends Judged & Pick<ResultRecord, 'human'>>(
  result: Result,
): Result & { corrected: ReadonlySet<keyof Judged> } {
  const { human } = result
  if (!human || !saysAnything(human)) return { ...result, corrected: new Set() }
  const { categories, interest, quality, score } = human
  // Each criterion by itself: what a person said of one leaves the model's word on the others.
  const criteria = human.criteria ? { ...result.criteria, ...human.criteria } : null
  const said = Object.entries({ categories, interest, quality, criteria, score }).filter(([, value]) => value !== null)
  return {
    ...result,
    ...Object.fromEntries(said),
    score: correctedScore(human, result.score),
    // The category that blocked it was the model's.
    blockedBy: categories === null ? result.blockedBy : (human.blockedBy ?? null),
    corrected: new Set(said.map(([name]) => name as keyof Judged)),
  }
}

/**
 * The composite score as it counts for people. The model's is of what was corrected, and never stands in for one that is not known: an
 * item that a category blocked was not scored, and taking the category away does not say what it is worth.
 */
export function correctedScore(human: Said, judged: number | null): number | null {
  return saysAnything(human) ? human.score : judged
}

/** A label may hold nothing but a note. */
function saysAnything({ categories, interest, quality, criteria }: Said): boolean {
  return categories !== null || interest !== null || quality !== null || criteria != null
}
