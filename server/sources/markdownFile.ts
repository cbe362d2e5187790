import { isRecord } from '../../shared/isRecord.ts'
import { localizable } from '../../shared/message.ts'
import { madeRow, type Row, skippedRow } from './row.ts'

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

/** `path`: the front matter has no id of its own, so the file is known by where it is. */
const markdownFields = { text: ['title', 'body'], id: ['id', 'path'] }

/**
 * A Markdown file as one row: its body, and the front matter's values as fields. A title that the body begins with anyway is not
 * said twice. Front matter in TOML is left out and not read; of YAML that cannot be read the plain lines count.
 */
export async function readMarkdownRow(text: string, shownPath: string): Promise<Row> {
  const matter = findFrontMatter(text)
  const body = matter ? text.slice(matter.bodyAt) : text
  if (!matter || matter.kind === 'toml') return rowOf({}, body, shownPath)
  const { parseDocument } = await import('yaml')
  const document = parseDocument(matter.text, { prettyErrors: false })
  let values: unknown = null
  try {
    values = document.errors.length > 0 ? readPlainLines(matter.text) : document.toJS({ maxAliasCount: 100 })
  } catch {
    // Aliases that multiply: a bomb and no metadata. The text below is as good as any.
  }
  if (values !== null && !isRecord(values)) return rowOf({}, isProse(values) ? text : body, shownPath)
  return rowOf(values ?? {}, body, shownPath)
}

/** Two lines that divide a text, and not front matter. */
function isProse(values: unknown): boolean {
  return typeof values === 'string'
}

/** What people write who do not know that it is YAML: `title: Buying: a guide`. */
function readPlainLines(matter: string): Record<string, string> {
  const pairs = matter.split('\n').flatMap((line): [string, string][] => {
    const [, name, value] = /^([\w-]{1,100}):[ \t]+(\S.*)$/.exec(line.trimEnd()) ?? []
    return name === undefined || value === undefined ? [] : [[name, value.replace(/^(["'])(.*)\1$/, '$2')]]
  })
  return Object.fromEntries(pairs)
}

function rowOf(values: Record<string, unknown>, body: string, shownPath: string): Row {
  const { title } = values
  const isSaid = typeof title === 'string' && firstLine(body.trimStart()).replace(/^#+\s*/, '') === title.trim()
  if (body.trim() === '') return skippedRow(1, localizable('there is no text below the front matter'), shownPath)
  const id = typeof values.id === 'string' || typeof values.id === 'number' ? values.id : undefined
  const fields = { ...values, title: isSaid || typeof title !== 'string' ? undefined : title, id }
  return madeRow(1, { ...fields, body, path: shownPath }, markdownFields)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
