/** A number of tokens as a provider told it; null when it told none that can be true. */
export function tokens(value: unknown): number | null {
  const mostPlausible = 1e9
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostPlausible ? value : null
}

/** Tokens that are told apart and belong together; null when none was told. */
export function sumTokens(...values: unknown[]): number | null {
  const known = values.map(tokens).filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}

/** What a call cost in US dollars, where the provider told an amount that can be true. */
export function costOf(value: unknown): { costUsd?: number } {
  return typeof value === 'number' && value >= 0 && value < 1e6 ? { costUsd: value } : {}
}
