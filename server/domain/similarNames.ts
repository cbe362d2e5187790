/** The names most like `wanted`, best first, at most `count`. Likeness: shared pairs of letters (Dice coefficient). */
export function similarNames(wanted: string, names: readonly string[], count: number): string[] {
  const pairs = letterPairs(wanted)
  return names
    .map((name) => ({ name, likeness: diceCoefficient(pairs, letterPairs(name)) }))
    .sort((one, other) => other.likeness - one.likeness || (one.name < other.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name)
}

function letterPairs(name: string): Set<string> {
  const folded = ` ${name.toLowerCase()}`
  const pairs = new Set<string>()
  for (let index = 0; index < folded.length - 1; index++) pairs.add(folded.slice(index, index + 2))
  return pairs
}

function diceCoefficient(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let shared = 0
  for (const pair of one) if (other.has(pair)) shared++
  return (2 * shared) / (one.size + other.size || 1)
}
