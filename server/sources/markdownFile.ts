import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
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
 * said twice. Front matter in TOML is left out and not read; of YAML that cannot be read the plain lines count. What of it does not
 * count is noted.
 */
export async function readMarkdownRow(text: string, shownPath: string): Promise<Row> {
  const matter = findFrontMatter(text)
  if (!matter) return withNote(rowOf({}, text, shownPath), seemsUnended(text) ? unended : null)
  const body = text.slice(matter.bodyAt)
  const { values, note } = await readFrontMatter(matter)
  return withNote(rowOf(values, note === prose ? text : body, shownPath), note)
}

const unended = localizable('its front matter has no end, and is judged as text')
const prose = localizable('the part between its first --- lines is not front matter, and is judged as text')

/** A line of marks alone may divide a text; a name and a value after it are meant as front matter. */
function seemsUnended(text: string): boolean {
  return /^\uFEFF?(?:---|\+\+\+)[ \t]*\r?\n[\w-]{1,100}(?::[ \t]| *=)/.test(text.slice(0, 400))
}

interface Read {
  values: Record<string, unknown>
  note: LocalizableMessage | null
}

async function readFrontMatter(matter: FrontMatter): Promise<Read> {
  if (matter.kind === 'toml') return leftOut(localizable('its front matter is TOML, which is not supported'))
  const { parseDocument } = await import('yaml')
  const document = parseDocument(matter.text, { prettyErrors: false })
  const [error] = document.errors
  if (error) {
    // What is missing at the end is missing in the last line, and the first is that of the marks.
    const line = 1 + Math.min(countLines(matter.text.slice(0, error.pos[0])), countLines(matter.text.trimEnd()))
    const note = localizable('line {0} of its front matter is not YAML; only its plain lines are read', line)
    return { values: readPlainLines(matter.text), note }
  }
  let values: unknown
  try {
    values = document.toJS({ maxAliasCount: 100 })
  } catch {
    // Aliases that multiply: a bomb and no metadata. The text below is as good as any.
    return leftOut(localizable('its front matter expands without limit and is left out'))
  }
  if (values === null || values === undefined) return leftOut(null)
  if (isRecord(values)) return { values, note: null }
  // Two lines that divide a text.
  if (typeof values === 'string') return leftOut(prose)
  return leftOut(localizable('its front matter is not a list of names and values, and is left out'))
}

function countLines(text: string): number {
  return text.split('\n').length
}

function leftOut(note: LocalizableMessage | null): Read {
  return { values: {}, note }
}

function withNote(row: Row, note: LocalizableMessage | null): Row {
  return note && row.kind === 'row' ? { ...row, note } : row
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
