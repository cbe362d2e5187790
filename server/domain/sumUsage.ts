import type { Usage } from '../../protocol/results.ts'

/** What no call reported is null; what some reported is summed. */
export function sumUsage(usages: readonly Usage[]): Usage {
  const sum = (tokens: (number | null | undefined)[]): number | null => {
    const told = tokens.filter((each) => each != null)
    return told.length > 0 ? told.reduce((total, each) => total + each, 0) : null
  }
  return {
    input: sum(usages.map(({ input }) => input)),
    output: sum(usages.map(({ output }) => output)),
    cached: sum(usages.map(({ cached }) => cached)),
    reasoning: sum(usages.map(({ reasoning }) => reasoning)),
  }
}
