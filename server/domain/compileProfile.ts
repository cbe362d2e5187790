import type { PromptExamples } from '../../protocol/labels.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { CategoryChoice, type Profile, type ProfileCategory } from '../../protocol/profile.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName, oneLine, slugOf } from './categoryNames.ts'
import { fillInPrompts, findPromptProblems } from './checkPrompt.ts'
import { effectiveWeight, highestScore } from './compositeScore.ts'
import { compileCriteria, findCriteriaProblems } from './criteria.ts'
import type { CompiledCategory, CompiledProfile } from './work.ts'

type Leaf = Omit<ProfileCategory, 'children'>

/**
 * Decides everything about a profile that does not depend on an item: inheritance, what is offered, what a name means.
 * Fails with `profile_invalid` when two categories share a name or a prompt cannot be used; `label` says which profile it was.
 */
export function compileProfile(
  profile: Profile,
  label = 'in use',
  examples?: PromptExamples,
): Outcome<CompiledProfile> {
  const problems = [...findSameNames(profile), ...findCriteriaProblems(profile), ...findPromptProblems(profile.prompts)]
  if (problems.length > 0) return fail({ code: 'profile_invalid', file: label, problems })
  const choice = CategoryChoice.parse(profile.category_choice ?? {})
  const offered: CompiledCategory[] = []
  const hidden: CompiledCategory[] = []
  for (const root of profile.categories) {
    place(compileCategory(root, null), root.hidden === true)
    for (const child of root.children ?? []) {
      place(compileCategory(child, root), root.hidden === true || child.hidden === true)
    }
  }
  function place(category: CompiledCategory, isHidden: boolean): void {
    ;(isHidden ? hidden : offered).push(category)
  }
  return succeed({
    offered,
    hidden,
    byName: new Map([...offered, ...hidden].map((category) => [foldName(category.name), category])),
    choice: {
      most: choice.max,
      furtherFrom: choice.further_from,
      ...(choice.evidence ? { evidence: true as const } : {}),
    },
    interests: profile.interests.trim(),
    antiInterests: profile.anti_interests.trim(),
    limits: { categorizeChars: profile.limits.categorize_chars, scoreChars: profile.limits.score_chars },
    prompts: fillInPrompts(profile.prompts),
    ...(profile.criteria
      ? { rubric: { criteria: compileCriteria(profile.criteria), to: profile.score?.to ?? highestScore } }
      : {}),
    ...(profile.suggestions === false ? { suggests: false as const } : {}),
    ...(profile.language ? { language: oneLine(profile.language) } : {}),
    ...(profile.gate ? { gate: profile.gate } : {}),
    ...(examples ? { examples } : {}),
  })
}

function compileCategory(category: Leaf, parent: Leaf | null): CompiledCategory {
  return {
    slug: slugOf(category.name),
    name: oneLine(category.name),
    description: category.description ? oneLine(category.description) : null,
    parent: parent ? oneLine(parent.name) : null,
    weight: effectiveWeight(category.weight, parent?.weight),
  }
}

/** A model answers with a name, so a name must mean one category in the whole tree. `describePlace`: where the other one stands. */
export function findSameNames(
  profile: Profile,
  describePlace: (path: string) => string | LocalizableMessage = (path) => path,
): Problem[] {
  const first = new Map<string, string>()
  return placesOf(profile).flatMap(({ name, path }) => {
    const before = first.get(foldName(name))
    if (before === undefined) first.set(foldName(name), path)
    return before === undefined ? [] : [{ path, ...withMessage('message', takenBy(name, describePlace(before))) }]
  })
}

function takenBy(name: string, place: string | LocalizableMessage): LocalizableMessage {
  return localizable('the name "{0}" is already taken by {1}', name, place)
}

/** Names that differ only in punctuation and spaces, such as "Sign in" and "Sign-in", are nearly always a slip of the author. */
export function findSameSlugs(profile: Profile): Problem[] {
  const first = new Map<string, string>()
  return placesOf(profile).flatMap(({ name, path }) => {
    const letters = foldName(name).replace(/[\p{P}\p{Z}]+/gu, '')
    const before = first.get(`${letters} ${slugOf(name)}`)
    if (before === undefined) first.set(`${letters} ${slugOf(name)}`, name)
    const isSlip = before !== undefined && foldName(before) !== foldName(name)
    return isSlip ? [{ path, ...withMessage('message', describeSameSlug(name, before)) }] : []
  })
}

function describeSameSlug(name: string, before: string): LocalizableMessage {
  return localizable('"{0}" is too much like "{1}": both get the slug "{2}"', name, before, slugOf(name))
}

function placesOf(profile: Profile): { name: string; path: string }[] {
  return profile.categories.flatMap((root, index) => [
    { name: root.name, path: `categories[${index}].name` },
    ...(root.children ?? []).map((child, childIndex) => ({
      name: child.name,
      path: `categories[${index}].children[${childIndex}].name`,
    })),
  ])
}
