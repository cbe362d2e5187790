/** The colours that tell categories and bars apart. */
export const chartColours = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'] as const
export type ChartColour = (typeof chartColours)[number]

/** Its id among the colours of a theme. High contrast themes leave the orange of charts out, so that one is our own. */
export function themeColourOf(colour: ChartColour): string {
  return colour === 'orange' ? 'llmProviders.orange' : `charts.${colour}`
}

/** The CSS variable by which the editor gives it to a page. */
export function variableOf(colour: ChartColour): string {
  return `--vscode-${themeColourOf(colour).replace('.', '-')}`
}

/** The colour of a category, the same wherever it is shown and whatever other categories there are. Names stand beside it: six colours repeat. */
export function categoryColour(category: string): ChartColour {
  // FNV-1a, whose high bits are folded in: short names that differ in one letter get different colours.
  let hash = 0x811c9dc5
  for (const character of category) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  }
  hash ^= hash >>> 15
  return chartColours[(hash >>> 0) % chartColours.length] as ChartColour
}
