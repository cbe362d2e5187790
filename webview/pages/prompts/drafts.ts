import * as z from 'zod'
import type { Preferences } from '../../../protocol/profile.ts'
import type { Prompt } from '../../../protocol/prompts.ts'
import { useKept } from '../../state/kept.ts'

/** What is typed and not saved; `basedOn`: when what it began from was saved, null: never. */
const TextDraft = z.object({ text: z.string(), basedOn: z.string().nullable() })
type TextDraft = z.infer<typeof TextDraft>

const InterestsDraft = z.object({ interests: z.string(), anti_interests: z.string(), basedOn: z.string().nullable() })
export type InterestsDraft = z.infer<typeof InterestsDraft>

/** The half-filled form of the interests; null: nothing is typed. */
export function useInterestsDraft() {
  return useKept<InterestsDraft | null>('prompts.interests', InterestsDraft.nullable(), null)
}

export const storedInterests = ({ interests, anti_interests, updatedAt }: Preferences): InterestsDraft => ({
  interests,
  anti_interests,
  basedOn: updatedAt,
})

/** The half-edited text of one part; null: as it is saved. */
export function usePromptDraft({ task, part }: Pick<Prompt, 'task' | 'part'>) {
  return useKept<TextDraft | null>(`prompts.draft.${task}.${part}`, TextDraft.nullable(), null)
}
