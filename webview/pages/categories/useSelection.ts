import * as z from 'zod'
import type { Category } from '../../../protocol/profile.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import type { Selection } from './treeActions.ts'

/** Kept while the panel is hidden. What was removed meanwhile is not among the chosen any more. */
export function useSelection(categories: readonly Category[]): Selection {
  const [slugs, keepSlugs] = usePersistedState('categories.selected', z.array(z.string()), [])
  const selected = new Set(slugs)
  return {
    chosen: categories.filter(({ slug }) => selected.has(slug)),
    isSelected: (slug) => selected.has(slug),
    onSelect: (changed, isSelected) => {
      const others = slugs.filter((slug) => !changed.includes(slug))
      keepSlugs(isSelected ? [...others, ...changed] : others)
    },
    onClear: () => keepSlugs(undefined),
  }
}
