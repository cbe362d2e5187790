import {
  type Category,
  defaultLimits,
  type Preferences,
  type Profile,
  type ProfileCategory,
} from '../../protocol/profile.ts'

/**
 * The stored categories and preferences as a profile. Suggestions that nobody approved are not part of it;
 * an approved child of one stands as a root until its parent is approved too.
 */
export function profileFromStore(categories: readonly Category[], preferences: Preferences): Profile {
  const approved = categories.filter((category) => category.approved)
  const slugs = new Set(approved.map((category) => category.slug))
  const isRoot = ({ parent }: Category): boolean => parent === null || !slugs.has(parent)
  return {
    categories: approved.filter(isRoot).map((root) => {
      const children = approved.filter((category) => category.parent === root.slug).map(leafOf)
      return children.length > 0 ? { ...leafOf(root), children } : leafOf(root)
    }),
    interests: preferences.interests,
    anti_interests: preferences.anti_interests,
    limits: defaultLimits,
  }
}

function leafOf({ name, description, weight, hidden }: Category): Omit<ProfileCategory, 'children'> {
  return {
    name,
    ...(description ? { description } : {}),
    ...(weight ? { weight } : {}),
    ...(hidden ? { hidden } : {}),
  }
}
