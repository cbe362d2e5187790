import { JudgeAgain } from '../../parts/judgeAgain.tsx'
import { LoadingNote } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { WorkspaceProfileNotice } from '../../parts/workspaceProfileNotice.tsx'
import { type PageProps, useReading } from '../../state/pageContext.ts'
import { useInterestsDraft } from './drafts.ts'
import { InterestsForm } from './interestsForm.tsx'
import { PromptsSection } from './promptsSection.tsx'

/** What the tasks are told: the reader's wishes, and the words around them. */
export function PromptsPage(_: PageProps) {
  const preferences = useReading('preferences/read', {})
  const prompts = useReading('prompt/list', {})
  const interests = useInterestsDraft()
  for (const reading of [preferences, prompts]) {
    if (reading.kind === 'failed') return <ReasonNotice reason={reading.reason} />
  }
  if (preferences.kind !== 'there' || prompts.kind !== 'there') return <LoadingNote />
  return (
    <>
      <WorkspaceProfileNotice />
      <InterestsForm preferences={preferences.value} draft={interests} />
      <PromptsSection prompts={prompts.value} preferences={preferences.value} interests={interests[0]} />
      <JudgeAgain />
    </>
  )
}
