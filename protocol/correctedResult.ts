import type { ResultRecord } from './results.ts'

/** Stands behind whatever a person said in the place of the model's word. */
export const correctedMark = '(corrected)'

type Judged = Pick<ResultRecord, 'categories' | 'interest' | 'quality' | 'score' | 'blockedBy'>

/** A result as it counts for people: what somebody said of it goes before the model's word. `corrected`: which parts somebody said. */
export function correctedResult<Result extends Judged & Pick<ResultRecord, 'human'>>(
  result: Result,
): Result & { corrected: ReadonlySet<keyof Judged> } {
  const { human } = result
  if (!human) return { ...result, corrected: new Set() }
  const { categories, interest, quality, score } = human
  const said = Object.entries({ categories, interest, quality, score }).filter(([, value]) => value !== null)
  return {
    ...result,
    ...Object.fromEntries(said),
    // The category that blocked it was the model's.
    blockedBy: categories === null ? result.blockedBy : null,
    corrected: new Set(said.map(([name]) => name as keyof Judged)),
  }
}
