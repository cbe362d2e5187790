import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import type * as z from 'zod'
import { Task, tasks } from '../../../protocol/names.ts'
import type { Preferences } from '../../../protocol/profile.ts'
import type { Prompt } from '../../../protocol/prompts.ts'
import { taskTitle } from '../../parts/language.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Dropdown } from '../../toolkit.tsx'
import type { InterestsDraft } from './drafts.ts'
import { TaskPrompts } from './taskPrompts.tsx'

const TaskSchema: z.ZodType<Task> = Task

export interface PromptsSectionProps {
  prompts: readonly Prompt[]
  preferences: Preferences
  /** As they are typed: the preview shows them. */
  interests: InterestsDraft | null
}

/** The words in which a model is told, of one task at a time. */
export function PromptsSection({ prompts, preferences, interests }: PromptsSectionProps) {
  const id = useId()
  const [task, keepTask] = usePersistedState<Task>('prompts.task', TaskSchema, 'categorization')
  const system = prompts.find((each) => each.task === task && each.part === 'system')
  const user = prompts.find((each) => each.task === task && each.part === 'user')
  return (
    <section class="prompts" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Prompts')}</h2>
      <p>
        {l10n.t(
          'Names in braces are filled in for each call. Those that keep an item from giving orders, and those that an answer cannot do without, have to stay.',
        )}
      </p>
      <Dropdown
        id={`${id}-task`}
        label={l10n.t('Task')}
        value={task}
        options={tasks.map((each) => ({ value: each, label: taskTitle(each) }))}
        onInput={(chosen) => keepTask(Task.parse(chosen))}
      />
      {system && user ? (
        <TaskPrompts key={task} system={system} user={user} preferences={preferences} interests={interests} />
      ) : null}
    </section>
  )
}
