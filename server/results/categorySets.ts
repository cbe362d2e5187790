/** Not categorized; categorized, and nothing fits. */
export const noSet = 0
export const emptySet = 1

/**
 * The sets of categories that results have, each kept once: results are many, their sets are few. A set keeps the order of its
 * names, the first of which fits best.
 */
export interface CategorySets {
  readonly size: number
  /** The number of a set, new or known. */
  add(names: readonly string[] | null): number
  /** Null: not categorized. */
  names(set: number): readonly string[] | null
  readonly bytes: number
}

export function createCategorySets(): CategorySets {
  const sets: (readonly string[] | null)[] = [null, []]
  const numbers = new Map<string, number>()
  let characters = 0
  return {
    get size() {
      return sets.length
    },
    add(names) {
      if (names === null) return noSet
      if (names.length === 0) return emptySet
      const text = names.length === 1 ? (names[0] as string) : names.join('\0')
      const known = numbers.get(text)
      if (known !== undefined) return known
      const set = sets.push([...names]) - 1
      numbers.set(text, set)
      characters += text.length
      return set
    },
    names: (set) => sets[set] ?? null,
    get bytes() {
      // Two copies of each text, and about this much for the entries of a list and a map.
      return characters * 4 + sets.length * 100
    },
  }
}
