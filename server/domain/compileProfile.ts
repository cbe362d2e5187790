import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile, ProfileCategory } from '../../protocol/profile.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { foldName, oneLine, slugOf } from './categoryNames.ts'
import { effectiveWeight } from './weights.ts'
import type { CompiledCategory, CompiledProfile } from './work.ts'

type Leaf = Omit<ProfileCategory, 'children'>

/**
 * Decides everything about a profile that does not depend on an item: inheritance, what is offered, what a name means.
 * Fails with `profile_invalid` when two categories share a name or a slug; `label` says which profile it was.
 */
export function compileProfile(profile: Profile, label = 'in use'): Outcome<CompiledProfile> {
  const problems = findDuplicates(profile)
  if (problems.length > 0) return fail({ code: 'profile_invalid', file: label, problems })
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
    interests: profile.interests.trim(),
    antiInterests: profile.anti_interests.trim(),
    limits: { categorizeChars: profile.limits.categorize_chars, scoreChars: profile.limits.score_chars },
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

/** A model answers with a name, results and reports are grouped by slug: each must mean one category only. */
export function findDuplicates(profile: Profile): Problem[] {
  const problems: Problem[] = []
  const names = new Map<string, string>()
  const slugs = new Map<string, string>()
  const look = (name: string, path: string): void => {
    const folded = foldName(name)
    const slug = slugOf(name)
    const message = names.has(folded)
      ? `the name "${name}" is used twice; a name may stand only once in the whole tree (first: ${names.get(folded)})`
      : slugs.has(slug)
        ? `the names "${slugs.get(slug)}" and "${name}" are too much alike: both get the slug "${slug}"`
        : null
    if (message) problems.push({ path, message })
    if (!names.has(folded)) names.set(folded, path)
    if (!slugs.has(slug)) slugs.set(slug, name)
  }
  profile.categories.forEach((root, rootIndex) => {
    look(root.name, `categories[${rootIndex}].name`)
    root.children?.forEach((child, index) => {
      look(child.name, `categories[${rootIndex}].children[${index}].name`)
    })
  })
  return problems
}
