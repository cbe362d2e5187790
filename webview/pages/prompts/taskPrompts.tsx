import type { Preferences } from '../../../protocol/profile.ts'
import type { Prompt, PromptDraft } from '../../../protocol/prompts.ts'
import { type InterestsDraft, usePromptDraft } from './drafts.ts'
import { PromptEditor } from './promptEditor.tsx'
import { PromptPreviewSection } from './promptPreviewSection.tsx'
import { problemsOf, usePreview } from './usePreview.ts'

export interface TaskPromptsProps {
  system: Prompt
  user: Prompt
  preferences: Preferences
  interests: InterestsDraft | null
}

/** Both parts of a task beside what they make of a sample: what is wrong with a draft is known as soon as it is typed. */
export function TaskPrompts({ system, user, preferences, interests }: TaskPromptsProps) {
  const systemDraft = usePromptDraft(system)
  const userDraft = usePromptDraft(user)
  const draft: PromptDraft = {
    ...(systemDraft[0] ? { system: systemDraft[0].text } : {}),
    ...(userDraft[0] ? { user: userDraft[0].text } : {}),
    ...(interests ? { interests: interests.interests, anti_interests: interests.anti_interests } : {}),
  }
  const preview = usePreview(system.task, draft, `${system.hash} ${preferences.updatedAt}`)
  const problems = problemsOf(preview.shown)
  return (
    <>
      <PromptEditor prompt={system} draft={systemDraft} problems={problems} />
      <PromptEditor prompt={user} draft={userDraft} problems={problems} />
      <PromptPreviewSection preview={preview} isDraft={Object.keys(draft).length > 0} />
    </>
  )
}
