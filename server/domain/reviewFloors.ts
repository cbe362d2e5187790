import type { Profile } from '../../protocol/profile.ts'
import { foldName, oneLine } from './categoryNames.ts'

type Leaf = Profile['categories'][number] | NonNullable<Profile['categories'][number]['children']>[number]

/** By folded name, how sure a verdict with this category has to be; a child without a floor has its parent's. Empty: the profile has none. */
export function reviewFloors({ categories }: Pick<Profile, 'categories'>): ReadonlyMap<string, number> {
  const floors = new Map<string, number>()
  const place = ({ name, review_below: own }: Leaf, inherited: number | undefined): void => {
    const floor = own ?? inherited
    if (floor !== undefined) floors.set(foldName(oneLine(name)), floor)
  }
  for (const root of categories) {
    place(root, undefined)
    for (const child of root.children ?? []) place(child, root.review_below)
  }
  return floors
}

/** The highest of a verdict's categories. Null: none of them has one. */
export function floorOf(names: readonly string[] | null, floors: ReadonlyMap<string, number>): number | null {
  const own = (names ?? []).flatMap((name) => floors.get(foldName(name)) ?? [])
  return own.length === 0 ? null : Math.max(...own)
}

/** Floors say what becomes of a verdict, not how it is made: it holds whatever they are. */
export function withoutFloors<Given extends Pick<Profile, 'categories'>>(profile: Given): Given {
  if (reviewFloors(profile).size === 0) return profile
  const strip = <Each extends Leaf>({ review_below: _, ...rest }: Each): Omit<Each, 'review_below'> => rest
  const categories = profile.categories.map(({ children, ...root }) => ({
    ...strip(root),
    ...(children ? { children: children.map(strip) } : {}),
  }))
  return { ...profile, categories }
}
