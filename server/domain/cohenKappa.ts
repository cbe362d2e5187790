/**
 * Agreement beyond chance: (po − pe) / (1 − pe), where po is the share of items that both judge alike and pe what their frequencies
 * alone would give. J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 1960.
 * Null without items, and where chance alone agrees always.
 */
export function cohenKappa(pairs: readonly (readonly [one: string, other: string])[]): number | null {
  if (pairs.length === 0) return null
  const [ones, others] = [new Map<string, number>(), new Map<string, number>()]
  let agreed = 0
  for (const [one, other] of pairs) {
    if (one === other) agreed++
    ones.set(one, (ones.get(one) ?? 0) + 1)
    others.set(other, (others.get(other) ?? 0) + 1)
  }
  let chance = 0
  for (const [label, count] of ones) chance += count * (others.get(label) ?? 0)
  const all = pairs.length * pairs.length
  // Whole numbers until the one division: perfect agreement is exactly 1.
  return chance === all ? null : (agreed * pairs.length - chance) / (all - chance)
}
