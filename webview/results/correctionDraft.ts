import type { HumanLabel, ResultRecord } from '../../protocol/results.ts'

/** What a person is about to say of a result; null: nothing, so that the model's word stands. */
export type CorrectionDraft = Pick<HumanLabel, 'categories' | 'interest' | 'quality'>

/** As the contract has it. */
export const mostCategories = 4

export function draftOf({ human }: Pick<ResultRecord, 'human'>): CorrectionDraft {
  return {
    categories: human?.categories ?? null,
    interest: human?.interest ?? null,
    quality: human?.quality ?? null,
  }
}

/** Those that were chosen before stay in their order: the first one fits best. */
export function toggleCategory(
  draft: CorrectionDraft,
  { categories }: Pick<ResultRecord, 'categories'>,
  name: string,
  isOn: boolean,
): CorrectionDraft {
  const others = (draft.categories ?? categories ?? []).filter((each) => each !== name)
  return { ...draft, categories: isOn ? [...others, name] : others }
}

export type DraftProblem = 'nothing_said' | 'too_many'

/** Why it can not be kept; null: it can. */
export function problemOf({ categories, interest, quality }: CorrectionDraft): DraftProblem | null {
  if (categories === null && interest === null && quality === null) return 'nothing_said'
  return categories !== null && categories.length > mostCategories ? 'too_many' : null
}
