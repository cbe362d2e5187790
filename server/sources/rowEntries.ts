import type { ItemErrorCode } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableCount, withMessage } from '../../shared/message.ts'
import type { GoodRow, Row, RowFields, RowStream } from './row.ts'
import type { BrokenEntry, EntryStream, SourceEntry } from './sourceEntry.ts'

/** Which fields hold the text and the id; null: the usual names. */
export interface FieldChoice {
  text: readonly string[] | null
  id: string | null
}

export const bodyNames = ['text', 'content', 'body', 'message', 'description', 'summary']
export const titleName = 'title'
/** Any of them is text where nobody says which field is. */
export const usualTextNames = [...bodyNames, titleName]
export const usualIdNames = ['id', 'number', 'key', 'uuid', 'url', 'guid']
const longestId = 1024

/** Every column that may be looked at, in lower case. */
export function usedNames({ text, id }: FieldChoice): string[] {
  const names = [...(text ?? usualTextNames), ...(id === null ? usualIdNames : [id])]
  return names.map((name) => name.replace(/^\//, '').toLowerCase())
}

export interface RowContext {
  choice: FieldChoice
  /** Absolute path of the file. */
  file: string
  /** Path of the file, as its items' scope. */
  scope: string
  /** `line:7`, or with the file before it when there are several. Asked once for each row, in their order. */
  placeOf(line: number): string
}

/**
 * Rows as entries. When none of the first rows has the wanted field, no row will: the source fails as a whole before anything is
 * paid for. One that has no rows fails, too.
 */
export async function* readRowEntries(
  rows: RowStream,
  context: RowContext,
  options: { path: string; probeRows: number },
): EntryStream {
  const probe: Row[] = []
  let isProbing = true
  for (;;) {
    const next = await rows.next()
    if (next.done) {
      if (!next.value.ok) {
        if (probe.length > 0) yield probe.map((row) => toEntry(row, context))
        return next.value
      }
      if (!isProbing) return next.value
      const failure = judgeProbe(probe, context, options.path)
      if (failure) return failure
      yield probe.map((row) => toEntry(row, context))
      return next.value
    }
    if (!isProbing) {
      yield next.value.map((row) => toEntry(row, context))
      continue
    }
    probe.push(...next.value)
    if (probe.length < options.probeRows) continue
    const failure = judgeProbe(probe.slice(0, options.probeRows), context, options.path)
    if (failure) {
      await rows.return(failure)
      return failure
    }
    isProbing = false
    yield probe.splice(0).map((row) => toEntry(row, context))
  }
}

function judgeProbe(probe: readonly Row[], context: RowContext, source: string) {
  const [first] = probe
  if (!first) return fail({ code: 'source_invalid', source, problem: 'no_items', detail: 'it has no rows' })
  const good = probe.filter((row) => row.kind === 'row')
  if (good.length === 0 && first.kind === 'broken') {
    const sentence = localizableCount(
      probe.length,
      'none of its rows can be read; {1}',
      'none of its first {0} rows can be read; {1}',
      first.detail,
    )
    // What another encoding would mend is no fault of the file.
    const problem = probe.some((row) => row.kind === 'broken' && row.isUndecodable) ? 'encoding' : 'malformed'
    return fail({ code: 'source_invalid', source, problem, ...withMessage('detail', sentence), line: first.line })
  }
  return good.every((row) => lacksField(row, context.choice)) ? missingEverywhere(good, context.choice, source) : null
}

/** A field that is there and empty is the row's own fault. */
function lacksField(row: GoodRow, choice: FieldChoice): boolean {
  return findText(row, choice.text).kind === 'missing' || findId(row, choice.id).kind === 'missing'
}

function missingEverywhere(rows: readonly GoodRow[], choice: FieldChoice, source: string) {
  const [row] = rows as [GoodRow]
  const hasText = rows.some((each) => findText(each, choice.text).kind === 'found')
  const lacksId = hasText && choice.id !== null
  const names = listNames(row.fields)
  const sentence = lacksId
    ? localizable('no row has a field "{0}" for the id; the fields are {1}', choice.id ?? '', names)
    : localizable('no row has a field with text, named {0}; the fields are {1}', wantedText(row, choice), names)
  const problem = lacksId ? 'no_id_field' : 'no_text_field'
  return fail({ code: 'source_invalid', source, problem, ...withMessage('detail', sentence), line: row.line })
}

function wantedText({ own }: GoodRow, choice: FieldChoice): string {
  const names = choice.text ?? own?.text ?? usualTextNames
  return names.map((name) => `"${name}"`).join(', ')
}

export function listNames(fields: RowFields): string {
  const names = fields.names().map((name) => (name.length > 40 ? `${name.slice(0, 40)}…` : name))
  if (names.length === 0) return 'none'
  return names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ')
}

export function toEntry(row: Row, context: RowContext): SourceEntry {
  const { scope, file } = context
  const place = context.placeOf(row.line)
  const placed = { place, scope, file, line: row.line }
  if (row.kind === 'broken') {
    return { kind: 'broken', id: null, ...placed, status: row.status, error: row.error, content: row.content }
  }
  const id = findId(row, context.choice.id)
  const text = findText(row, context.choice.text)
  const broken = (code: ItemErrorCode, detail: string): BrokenEntry => ({
    kind: 'broken',
    id: id.kind === 'found' ? id.value : null,
    ...placed,
    status: 'failed',
    error: { code, message: `Line ${row.line}: ${detail}.` },
    content: text.kind === 'found' ? text.value : '',
  })
  if (id.kind === 'missing') return broken('id_missing', `no field ${id.wanted}; it has ${listNames(row.fields)}`)
  if (id.kind === 'unusable') return broken('row_invalid', id.message)
  if (text.kind === 'missing') return broken('text_missing', `no field ${text.wanted}; it has ${listNames(row.fields)}`)
  if (text.kind === 'empty') return broken('text_missing', `${text.wanted} is empty`)
  if (text.kind === 'unusable') return broken('row_invalid', text.message)
  return {
    kind: 'readable',
    id: id.kind === 'found' ? id.value : null,
    isIdNamed: context.choice.id !== null,
    ...placed,
    text: text.value,
  }
}

type Found =
  | { kind: 'found'; value: string }
  | { kind: 'missing'; wanted: string }
  | { kind: 'empty'; wanted: string }
  | { kind: 'unusable'; message: string }

export function findId({ fields, own }: GoodRow, named: string | null): Found | { kind: 'none' } {
  for (const name of named !== null ? [named] : (own?.id ?? usualIdNames)) {
    const value = readLoosely(fields, name, named === null && !own)
    if (typeof value !== 'string' && typeof value !== 'number') continue
    const id = String(value).trim()
    if (id.length > longestId) return { kind: 'unusable', message: `the id is longer than ${longestId} characters` }
    if (id !== '') return { kind: 'found', value: id }
  }
  return named === null ? { kind: 'none' } : { kind: 'missing', wanted: `"${named}" for the id` }
}

export function findText({ fields, own }: GoodRow, named: readonly string[] | null): Found {
  const chosen = named ?? own?.text
  return chosen ? findNamedText(fields, chosen) : findUsualText(fields)
}

function findNamedText(fields: RowFields, named: readonly string[]): Found {
  const wanted = named.map((name) => `"${name}"`).join(', ')
  const values = named.map((name) => toText(fields.read(name)))
  if (values.includes('unusable')) return { kind: 'unusable', message: `the value of ${wanted} is nested too deeply` }
  const present = values.filter((value) => value !== null)
  if (present.length === 0) return { kind: 'missing', wanted }
  const value = present.filter((text) => text.trim() !== '').join('\n\n')
  return value === '' ? { kind: 'empty', wanted } : { kind: 'found', value }
}

function findUsualText(fields: RowFields): Found {
  const title = usualValue(fields, titleName)
  let empty: string | null = title === '' ? titleName : null
  for (const name of bodyNames) {
    const body = usualValue(fields, name)
    if (body === '') empty ??= name
    else if (body !== null) return { kind: 'found', value: title ? `${title}\n\n${body}` : body }
  }
  if (title) return { kind: 'found', value: title }
  if (empty !== null) return { kind: 'empty', wanted: `"${empty}"` }
  return { kind: 'missing', wanted: `with text (${bodyNames.join(', ')})` }
}

/** Only plain values: a guessed field that holds a list or an object is not the text. */
function usualValue(fields: RowFields, name: string): string | null {
  const value = readLoosely(fields, name, true)
  if (typeof value === 'string') return value.trim() === '' ? '' : value
  return null
}

/** The usual names count in any case: `Body`, `TITLE`. */
function readLoosely(fields: RowFields, name: string, anyCase: boolean): unknown {
  const exact = fields.read(name)
  if (exact !== undefined || !anyCase) return exact
  const other = fields.names().find((each) => each.length === name.length && each.toLowerCase() === name)
  return other === undefined ? undefined : fields.read(other)
}

function toText(value: unknown): string | null | 'unusable' {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  try {
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  } catch {
    return 'unusable'
  }
}
