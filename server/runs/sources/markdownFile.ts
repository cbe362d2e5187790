import { isRecord } from '../../../protocol/names.ts'
import { say } from '../../../protocol/told.ts'
import { findFrontMatter } from './frontMatter.ts'
import { brokenRow, madeRow, type Row, skippedRow } from './row.ts'

/** `path`: the front matter has no id of its own, so the file is known by where it is. */
export const markdownFields = { text: ['title', 'body'], id: ['id', 'path'] }

/**
 * A Markdown file as one row: its body, and the front matter's values as fields. A title that the body begins with anyway is not
 * said twice. Front matter in TOML is left out and not read.
 */
export async function readMarkdownRow(text: string, shownPath: string): Promise<Row> {
  const matter = findFrontMatter(text)
  const body = matter ? text.slice(matter.bodyAt) : text
  if (!matter || matter.kind === 'toml') return rowOf({}, body, shownPath)
  const { LineCounter, parseDocument } = await import('yaml')
  const counter = new LineCounter()
  const document = parseDocument(matter.text, { lineCounter: counter, prettyErrors: false })
  const [problem] = document.errors
  if (problem) {
    const line = counter.linePos(problem.pos[0]).line + 1
    return brokenRow(line, 'row_invalid', say('the front matter is not YAML ({0})', firstLine(problem.message)), text)
  }
  let values: unknown
  try {
    values = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    // Aliases that multiply: a bomb and no metadata.
    const detail = error instanceof Error ? firstLine(error.message) : 'it cannot be read'
    return brokenRow(1, 'row_invalid', say('the front matter cannot be used ({0})', detail), text)
  }
  if (values !== null && !isRecord(values))
    return brokenRow(2, 'row_invalid', say('the front matter is no list of names and values'), text)
  return rowOf(values ?? {}, body, shownPath)
}

function rowOf(values: Record<string, unknown>, body: string, shownPath: string): Row {
  const { title } = values
  const isSaid = typeof title === 'string' && firstLine(body.trimStart()).replace(/^#+\s*/, '') === title.trim()
  if (body.trim() === '') return skippedRow(1, say('there is no text below the front matter'), shownPath)
  const id = typeof values.id === 'string' || typeof values.id === 'number' ? values.id : undefined
  const fields = { ...values, title: isSaid || typeof title !== 'string' ? undefined : title, id }
  return madeRow(1, { ...fields, body, path: shownPath }, markdownFields)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
