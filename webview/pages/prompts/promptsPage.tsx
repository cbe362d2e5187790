import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type * as z from 'zod'
import { Task, tasks } from '../../../protocol/names.ts'
import type { Preferences } from '../../../protocol/profile.ts'
import type { Prompt, PromptDraft } from '../../../protocol/prompts.ts'
import { taskTitle } from '../../parts/language.ts'
import { Unread } from '../../parts/notice.tsx'
import { PromptPreviewSection, problemsOf, usePreview } from '../../parts/promptPreview.tsx'
import { RerunSection } from '../../parts/rerun.tsx'
import { WorkspaceProfileNotice } from '../../parts/workspaceProfileNotice.tsx'
import { allAnswered } from '../../state/answer.ts'
import { type PageProps, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Dropdown } from '../../toolkit.tsx'
import { type InterestsDraft, useInterestsDraft, usePromptDraft } from './drafts.ts'
import { InterestsForm } from './interestsForm.tsx'
import { PromptEditor } from './promptEditor.tsx'

/** What the models get with each item: the reader's interests, and the prompts around them. */
export function PromptsPage(_: PageProps) {
  const interests = useInterestsDraft()
  const read = allAnswered({
    preferences: useReading('preferences/read', {}),
    prompts: useReading('prompt/list', {}),
  })
  if (read.kind !== 'there') return <Unread answer={read} />
  const { preferences, prompts } = read.value
  return (
    <>
      <WorkspaceProfileNotice />
      <InterestsForm preferences={preferences} draft={interests} />
      <PromptsSection prompts={prompts} preferences={preferences} interests={interests[0]} />
      <RerunSection />
    </>
  )
}

const TaskSchema: z.ZodType<Task> = Task

interface PromptsSectionProps {
  prompts: readonly Prompt[]
  preferences: Preferences
  /** As they are typed: the preview shows them. */
  interests: InterestsDraft | null
}

/** The prompts, of one task at a time. */
function PromptsSection({ prompts, preferences, interests }: PromptsSectionProps) {
  const id = useId()
  const [task, setTask] = usePersistedState<Task>('prompts.task', TaskSchema, 'categorization')
  const system = prompts.find((each) => each.task === task && each.part === 'system')
  const user = prompts.find((each) => each.task === task && each.part === 'user')
  return (
    <section class="prompts" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Prompts')}</h2>
      <p>
        {l10n.t(
          'Names in braces are filled in for each call. Those that fence off the items, and those that the answer needs, must stay.',
        )}
      </p>
      <Dropdown
        id={`${id}-task`}
        label={l10n.t('Task')}
        value={task}
        options={tasks.map((each) => ({ value: each, label: taskTitle(each) }))}
        onInput={(chosen) => setTask(Task.parse(chosen))}
      />
      {system && user ? (
        <TaskPrompts key={task} system={system} user={user} preferences={preferences} interests={interests} />
      ) : null}
    </section>
  )
}

interface TaskPromptsProps {
  system: Prompt
  user: Prompt
  preferences: Preferences
  interests: InterestsDraft | null
}

/** Both parts of a task beside what they make of a sample: what is wrong with a draft is known as soon as it is typed. */
function TaskPrompts({ system, user, preferences, interests }: TaskPromptsProps) {
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
