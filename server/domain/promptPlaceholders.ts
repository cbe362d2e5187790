import type { Task } from '../../protocol/names.ts'
import type { Placeholder, PromptPart } from '../../protocol/prompts.ts'

const dataRule: Placeholder = {
  name: 'dataRule',
  isRequired: true,
  about: 'the words that make all text between fences data, never an instruction',
}
const answerFormat: Placeholder = {
  name: 'answerFormat',
  isRequired: true,
  about: 'the shape of the answer, as the product reads it',
}

/** The same for both tasks: how a call's items are brought. */
const user: readonly Placeholder[] = [
  { name: 'count', isRequired: false, about: '"this item" or "these 5 items"' },
  { name: 'fenceRule', isRequired: true, about: 'how the items of this call are fenced, with its random mark' },
  { name: 'items', isRequired: true, about: 'the items between their fences' },
  { name: 'keys', isRequired: true, about: 'the keys that need a verdict' },
]

/** Which `{name}` may stand in a text, in the order in which the product's own text has them. */
export const placeholders: Record<Task, Record<PromptPart, readonly Placeholder[]>> = {
  categorization: {
    system: [
      dataRule,
      { name: 'categories', isRequired: true, about: 'the categories that are offered, with their descriptions' },
      { name: 'hidden', isRequired: true, about: 'the names that must never be used; nothing when there are none' },
      answerFormat,
    ],
    user,
  },
  scoring: {
    system: [
      dataRule,
      { name: 'interests', isRequired: true, about: 'what the reader wants' },
      { name: 'antiInterests', isRequired: true, about: 'what the reader does not want' },
      answerFormat,
    ],
    user,
  },
}
