import type { Category, Preferences, Profile, ProfileCategory } from '../../protocol/profile.ts'
import type { ChangedPrompts } from '../../protocol/prompts.ts'
import type { StoredPrompt } from '../store/promptTable.ts'

/**
 * The stored categories, preferences and changed prompts as a profile. Suggestions that nobody approved are not part of it;
 * an approved child of one stands as a root until its parent is approved too.
 */
export function profileFromStore(
  categories: readonly Category[],
  preferences: Preferences,
  prompts: readonly StoredPrompt[] = [],
): Profile {
  const approved = categories.filter((category) => category.approved)
  const slugs = new Set(approved.map((category) => category.slug))
  const isRoot = ({ parent }: Category): boolean => parent === null || !slugs.has(parent)
  return {
    categories: approved.filter(isRoot).map((root) => {
      const children = approved.filter((category) => category.parent === root.slug).map(leafOf)
      return children.length > 0 ? { ...leafOf(root), children } : leafOf(root)
    }),
    ...(preferences.category_choice ? { category_choice: preferences.category_choice } : {}),
    interests: preferences.interests,
    anti_interests: preferences.anti_interests,
    limits: preferences.limits,
    ...(preferences.criteria ? { criteria: preferences.criteria } : {}),
    ...(preferences.score ? { score: preferences.score } : {}),
    ...(preferences.language ? { language: preferences.language } : {}),
    ...(preferences.gate ? { gate: preferences.gate } : {}),
    ...(preferences.examples ? { examples: preferences.examples } : {}),
    ...(prompts.length > 0 ? { prompts: changedPrompts(prompts) } : {}),
  }
}

export function changedPrompts(prompts: readonly StoredPrompt[]): ChangedPrompts {
  const changed: ChangedPrompts = {}
  for (const { task, part, text } of prompts) changed[task] = { ...changed[task], [part]: text }
  return changed
}

function leafOf({ name, description, weight, hidden, review_below }: Category): Omit<ProfileCategory, 'children'> {
  return {
    name,
    ...(description ? { description } : {}),
    ...(weight ? { weight } : {}),
    ...(hidden ? { hidden } : {}),
    ...(review_below === null ? {} : { review_below }),
  }
}
