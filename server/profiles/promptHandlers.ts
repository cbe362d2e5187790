import type { Task } from '../../protocol/names.ts'
import { succeed } from '../../protocol/outcome.ts'
import { type Prompt, type PromptPart, promptParts } from '../../protocol/prompts.ts'
import { fail } from '../../shared/fail.ts'
import { checkPrompt, tidyPrompt } from '../domain/checkPrompt.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { defaultPrompts } from '../domain/prompts.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import type { Handlers } from '../rpc/dispatch.ts'
import { recordAudit } from '../store/auditTable.ts'
import type { StoredData } from '../store/change.ts'
import type { Database, ReadableDatabase } from '../store/database.ts'
import { readPreferences } from '../store/preferencesTable.ts'
import { findPrompt, listPrompts, removePrompt, savePrompt } from '../store/promptTable.ts'
import { previewPrompt, promptViews } from './previewPrompt.ts'
import { profileFromStore } from './profileFromStore.ts'
import { findStoredProblems } from './storedProblems.ts'

type PromptRequest = Extract<keyof Handlers, `prompt/${string}`>

interface PromptHandlersParts extends StoredData {
  /** Examples of a workspace's labels. */
  golden(): Promise<GoldenStore>
}

export function promptHandlers({ store, change, golden, now }: PromptHandlersParts): Pick<Handlers, PromptRequest> {
  return {
    'prompt/list': () => succeed(store.read(viewsOf)),

    'prompt/save': ({ task, part, text, ifUpdatedAt }) =>
      change(['prompts', 'audit'], (database) => {
        const before = findPrompt(database, task, part)
        if (ifUpdatedAt !== undefined && ifUpdatedAt !== (before?.updatedAt ?? null))
          return fail({ code: 'conflict', what: 'prompt', id: `${task}/${part}` })
        const problems = checkPrompt(task, part, text)
        if (problems.length > 0) return fail({ code: 'prompt_invalid', task, problems })
        keep(database, task, part, tidyPrompt(text))
        const invalid = findStoredProblems(database)
        if (invalid) return invalid
        return viewOf(database, task, part)
      }),

    'prompt/reset': ({ task, part }) =>
      change(['prompts', 'audit'], (database) => {
        for (const each of part ? [part] : promptParts) keep(database, task, each, defaultPrompts[task][each])
        return succeed(viewsOf(database).filter((view) => view.task === task))
      }),

    'prompt/preview': (params) => previewPrompt({ store, golden }, params),
  }

  /** The product's own text is no row: an update of the product then brings its own new one. */
  function keep(database: Database, task: Task, part: PromptPart, text: string): void {
    const before = findPrompt(database, task, part) ?? null
    const isDefault = text === defaultPrompts[task][part]
    if (before?.text === text || (isDefault && !before)) return
    const at = now()
    if (isDefault) removePrompt(database, task, part)
    else savePrompt(database, { task, part, text, updatedAt: at })
    recordAudit(database, {
      at,
      what: 'prompt',
      target: `${task}/${part}`,
      action: isDefault ? 'reset' : 'change',
      before: { text: before?.text ?? defaultPrompts[task][part], isDefault: !before },
      after: { text, isDefault },
    })
  }
}

function viewsOf(database: ReadableDatabase): Prompt[] {
  const preferences = readPreferences(database)
  const profile = compileProfile(profileFromStore([], preferences))
  return promptViews(
    listPrompts(database),
    profile.ok ? { rubric: profile.value.rubric, language: profile.value.language } : {},
  )
}

function viewOf(database: Database, task: Task, part: PromptPart) {
  const view = viewsOf(database).find((each) => each.task === task && each.part === part)
  if (!view) throw new Error(`The prompt ${task}/${part} is gone within its own change`)
  return succeed(view)
}
