/** Front matter as it stands at the beginning of a Markdown file. */
export interface FrontMatter {
  kind: 'yaml' | 'toml'
  /** What is between the two lines of marks. */
  text: string
  /** Where that begins and ends in the file, in characters. */
  from: number
  to: number
  /** Where the body begins. */
  bodyAt: number
}

const longestFrontMatter = 64 * 1024

/** Null: there is none. The marks are `---` for YAML and `+++` for TOML, each alone on its line, the first at the very beginning. */
export function findFrontMatter(text: string): FrontMatter | null {
  const start = text.startsWith('\uFEFF') ? 1 : 0
  const opening = /^(---|\+\+\+)[ \t]*\r?\n/.exec(text.slice(start, start + 200))
  if (!opening) return null
  const [whole, mark = ''] = opening
  const from = start + whole.length
  const rest = text.slice(from, from + longestFrontMatter)
  for (let at = 0; at <= rest.length; ) {
    const lineEnd = rest.indexOf('\n', at)
    const line = rest.slice(at, lineEnd === -1 ? undefined : lineEnd).trimEnd()
    if (line === mark || (mark === '---' && line === '...')) {
      const bodyAt = lineEnd === -1 ? text.length : from + lineEnd + 1
      return { kind: mark === '---' ? 'yaml' : 'toml', text: rest.slice(0, at), from, to: from + at, bodyAt }
    }
    if (lineEnd === -1) return null
    at = lineEnd + 1
  }
  return null
}
