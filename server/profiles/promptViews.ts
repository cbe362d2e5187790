import { tasks } from '../../protocol/names.ts'
import { type Prompt, promptParts } from '../../protocol/prompts.ts'
import { promptText } from '../domain/buildPrompt.ts'
import { checkPrompt, fillInPrompts } from '../domain/checkPrompt.ts'
import { placeholders } from '../domain/promptPlaceholders.ts'
import { defaultPrompts } from '../domain/prompts.ts'
import { sha256 } from '../runs/items/hashes.ts'
import type { StoredPrompt } from '../store/promptTable.ts'
import { changedPrompts } from './profileFromStore.ts'

/** Every text of both tasks, the changed ones as they are stored. */
export function promptViews(stored: readonly StoredPrompt[]): Prompt[] {
  const prompts = fillInPrompts(changedPrompts(stored))
  return tasks.flatMap((task) => {
    const hash = sha256(promptText(task, prompts))
    return promptParts.map((part): Prompt => {
      const changed = stored.find((each) => each.task === task && each.part === part)
      return {
        task,
        part,
        text: prompts[task][part],
        defaultText: defaultPrompts[task][part],
        isDefault: changed === undefined,
        hash,
        placeholders: [...placeholders[task][part]],
        problems: changed ? checkPrompt(task, part, changed.text) : [],
        updatedAt: changed?.updatedAt ?? null,
      }
    })
  })
}
