import * as z from 'zod'
import type { Preferences } from '../../../protocol/profile.ts'
import type { Prompt } from '../../../protocol/prompts.ts'
import { usePersistedState } from '../../state/persistedState.ts'

/** What is typed and not saved; `basedOn`: when what it began from was saved, null: never. */
const TextDraft = z.object({ text: z.string(), basedOn: z.string().nullable() })
type TextDraft = z.infer<typeof TextDraft>

/** Numbers are stored as they are typed. */
const InterestsDraft = z.object({
  interests: z.string(),
  anti_interests: z.string(),
  categorize_chars: z.string(),
  score_chars: z.string(),
  examples: z.boolean(),
  example_count: z.string(),
  examples_by: z.enum(['spread', 'likeness']),
  basedOn: z.string().nullable(),
})
export type InterestsDraft = z.infer<typeof InterestsDraft>

/** The half-filled form of the interests; null: nothing is typed. */
export function useInterestsDraft() {
  return usePersistedState<InterestsDraft | null>('prompts.interests', InterestsDraft.nullable(), null)
}

/** As many as a profile has that names no number. */
const usualExamples = 5

export const storedInterests = (preferences: Preferences): InterestsDraft => {
  const { interests, anti_interests, limits, examples, updatedAt } = preferences
  return {
    interests,
    anti_interests,
    categorize_chars: String(limits.categorize_chars),
    score_chars: String(limits.score_chars),
    examples: examples?.use ?? false,
    example_count: String(examples?.count ?? usualExamples),
    examples_by: examples?.by ?? 'spread',
    basedOn: updatedAt,
  }
}

/** The half-edited text of one part; null: as it is saved. */
export function usePromptDraft({ task, part }: Pick<Prompt, 'task' | 'part'>) {
  return usePersistedState<TextDraft | null>(`prompts.draft.${task}.${part}`, TextDraft.nullable(), null)
}
