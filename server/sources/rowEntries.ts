import type { ItemErrorCode } from '../../protocol/results.ts'
import { fail } from '../../shared/fail.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable, localizableCount, toEnglish, withMessage } from '../../shared/message.ts'
import { type FieldGuess, guessFields, noGuess, sampleColumns } from './fieldGuess.ts'
import {
  bodyNames,
  listNames,
  resolveField,
  resolveFields,
  titleName,
  usualIdNames,
  usualTextNames,
} from './fieldNames.ts'
import { westernEncoding } from './openedFile.ts'
import type { GoodRow, Row, RowFields, RowStream } from './row.ts'
import type { BrokenEntry, EntryStream, SourceEntry } from './sourceEntry.ts'

/** Which fields hold the text and the id; null: the usual names. */
export interface FieldChoice {
  text: readonly string[] | null
  id: string | null
}

const longestId = 1024

export interface RowContext {
  choice: FieldChoice
  /** Absolute path of the file. */
  file: string
  /** Path of the file, as its items' scope. */
  scope: string
  /** By what the first rows hold; absent: the usual names count. */
  guess?: FieldGuess
  /** Its rows are objects that no list is around: one may be all that there is, as in settings. */
  isOneObject?: boolean
  /** It is a table, whose rows have numbers, and no text with lines. */
  isTable?: boolean
  /** Whoever reads the entries wants the other fields of their rows, too. */
  keepsFields?: boolean
  /** `line:7`, or with the file before it when there are several. Asked once for each row, in their order. */
  placeOf(line: number): string
}

/**
 * Rows as entries. What the first rows hold says which fields are text and id. When none of them has the wanted field, no row will:
 * the source fails as a whole before anything is paid for. One that has no rows has no items.
 */
export async function* readRowEntries(
  rows: RowStream,
  context: RowContext,
  options: { path: string; probeRows: number },
): EntryStream {
  const probe: Row[] = []
  for (let next = await rows.next(); ; next = await rows.next()) {
    if (!next.done) probe.push(...next.value)
    if (!next.done && probe.length < options.probeRows) continue
    const settled = settleFields(probe.slice(0, options.probeRows), context)
    const failure = judgeProbe(probe.slice(0, options.probeRows), settled, options.path)
    if (next.done && !next.value.ok) {
      if (probe.length > 0) yield probe.map((row) => toEntry(row, settled))
      return next.value
    }
    if (failure) {
      await rows.return(failure)
      return failure
    }
    if (probe.length > 0) yield probe.map((row) => toEntry(row, settled))
    return next.done ? next.value : yield* readRest(rows, settled)
  }
}

async function* readRest(rows: RowStream, context: RowContext): EntryStream {
  for (;;) {
    const next = await rows.next()
    if (next.done) return next.value
    yield next.value.map((row) => toEntry(row, context))
  }
}

/** The fields that a person named as the file spells them, and the others by what the first rows hold. */
export function settleFields(probe: readonly Row[], context: RowContext): RowContext {
  const good = probe.filter((row) => row.kind === 'row')
  const { text, id } = context.choice
  const choice = {
    text: text?.flatMap((word) => resolveFields(word, good)) ?? null,
    id: id === null ? null : (resolveField(id, good) ?? id),
  }
  return { ...context, choice, guess: text !== null && id !== null ? noGuess : guessFields(good) }
}

function judgeProbe(probe: readonly Row[], context: RowContext, source: string) {
  const good = probe.filter((row) => row.kind === 'row')
  const first = probe.find((row) => row.kind === 'broken' && row.status === 'failed')
  if (good.length === 0) {
    if (first?.kind !== 'broken') return null
    const sentence = localizableCount(
      probe.length,
      'none of its rows can be read; {1}',
      'none of its first {0} rows can be read; {1}',
      first.detail,
    )
    // What another encoding would mend is no fault of the file.
    const isUndecodable = probe.some((row) => row.kind === 'broken' && row.isUndecodable)
    const problem = isUndecodable ? 'encoding' : 'malformed'
    const encoding = isUndecodable ? { encoding: westernEncoding } : {}
    const detail = withMessage('detail', sentence)
    return fail({ code: 'source_invalid', source, problem, ...detail, line: first.line, ...encoding })
  }
  return good.every((row) => lacksField(row, context)) ? missingEverywhere(good, context, source) : null
}

/** A field that is there and empty is the row's own fault. */
function lacksField(row: GoodRow, { choice, guess }: RowContext): boolean {
  return findText(row, choice.text, guess).kind === 'missing' || findId(row, choice.id, guess).kind === 'missing'
}

function missingEverywhere(
  rows: readonly GoodRow[],
  { choice, guess = noGuess, isOneObject }: RowContext,
  source: string,
) {
  const [row] = rows as [GoodRow]
  const hasText = rows.some((each) => findText(each, choice.text, guess).kind !== 'missing')
  const lacksId = hasText && choice.id !== null
  const names = listNames(sampleColumns(rows).map(({ name }) => name))
  const wanted = wantedText(row, choice)
  const noText =
    isOneObject && rows.length === 1
      ? localizable('it has no field with text, named {0}, only {1}; it can be read as one text, too', wanted, names)
      : localizable('no row has a field with text, named {0}; the fields are {1}', wanted, names)
  const noId = localizable('no row has a field "{0}" for the id; the fields are {1}', choice.id ?? '', names)
  const sentence = lacksId ? noId : noText
  const problem = lacksId ? 'no_id_field' : 'no_text_field'
  const best = lacksId || guess.best === null ? {} : { field: guess.best }
  return fail({ code: 'source_invalid', source, problem, ...withMessage('detail', sentence), line: row.line, ...best })
}

function wantedText({ own }: GoodRow, choice: FieldChoice): string {
  const names = choice.text ?? own?.text ?? usualTextNames
  return names.map((name) => `"${name}"`).join(', ')
}

export function toEntry(row: Row, context: RowContext): SourceEntry {
  const { scope, file } = context
  const place = context.placeOf(row.line)
  const placed = { place, scope, file, line: row.line }
  if (row.kind === 'broken') {
    const { status, content, detail } = row
    const error = context.isTable ? { ...row.error, message: `Row ${row.line}: ${toEnglish(detail)}.` } : row.error
    return { kind: 'broken', id: null, ...placed, status, error, content }
  }
  const id = findId(row, context.choice.id, context.guess)
  const text = findText(row, context.choice.text, context.guess)
  const kept = context.keepsFields ? { fields: row.fields } : {}
  const broken = (code: ItemErrorCode, detail: string): BrokenEntry => ({
    kind: 'broken',
    id: id.kind === 'found' ? id.value : null,
    ...placed,
    status: 'failed',
    error: { code, message: `${context.isTable ? 'Row' : 'Line'} ${row.line}: ${detail}.` },
    content: text.kind === 'found' ? text.value : '',
    ...kept,
  })
  if (text.kind === 'missing')
    return broken('text_missing', `no field ${text.wanted}; it has ${listNames(row.fields.names())}`)
  // Nothing is wrong with a row in which nobody wrote anything.
  if (text.kind === 'empty') return { ...broken('text_missing', `${text.wanted} is empty`), status: 'skipped' }
  if (id.kind === 'missing')
    return broken('id_missing', `no field ${id.wanted}; it has ${listNames(row.fields.names())}`)
  if (id.kind === 'unusable') return broken('row_invalid', id.message)
  if (text.kind === 'unusable') return broken('row_invalid', text.message)
  return {
    kind: 'readable',
    id: id.kind === 'found' ? id.value : null,
    isIdNamed: context.choice.id !== null,
    ...placed,
    text: text.value,
    ...(row.note ? { note: row.note } : {}),
    ...kept,
  }
}

type Found =
  | { kind: 'found'; value: string }
  | { kind: 'missing'; wanted: string }
  | { kind: 'empty'; wanted: string }
  | { kind: 'unusable'; message: string }

function findId({ fields, own }: GoodRow, named: string | null, guess = noGuess): Found | { kind: 'none' } {
  if (named !== null) return findNamedId(fields, named)
  if (guess.id !== null) {
    const found = idOf(fields.read(guess.id))
    if (found) return found
  }
  for (const name of own?.id ?? usualIdNames) {
    const found = idOf(readLoosely(fields, name, !own))
    if (found) return found
  }
  return { kind: 'none' }
}

function findNamedId(fields: RowFields, named: string): Found {
  const value = fields.read(named)
  if (value === undefined) return { kind: 'missing', wanted: `"${named}" for the id` }
  const found = idOf(value)
  if (found) return found
  const isEmpty = value === null || value === '' || (typeof value === 'string' && value.trim() === '')
  return { kind: 'unusable', message: `"${named}", the id, is ${isEmpty ? 'empty' : 'neither text nor a number'}` }
}

function idOf(value: unknown): Found | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const id = String(value).trim()
  if (id.length > longestId) return { kind: 'unusable', message: `the id is longer than ${longestId} characters` }
  return id === '' ? null : { kind: 'found', value: id }
}

export function findText({ fields, own }: GoodRow, named: readonly string[] | null, guess = noGuess): Found {
  const chosen = named ?? own?.text
  if (chosen) return findNamedText(fields, chosen)
  if (guess.text === null) return findUsualText(fields)
  const guessed = findNamedText(fields, guess.text)
  if (guessed.kind === 'found') return guessed
  const usual = findUsualText(fields)
  return usual.kind === 'missing' ? guessed : usual
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

/** Only plain values and lists of them: a guessed field that holds an object is not the text. */
function usualValue(fields: RowFields, name: string): string | null {
  const value = readLoosely(fields, name, true)
  const text = Array.isArray(value) ? joinTexts(value) : value
  return typeof text !== 'string' ? null : text.trim() === '' ? '' : text
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
  const texts = Array.isArray(value) ? joinTexts(value) : null
  if (texts !== null) return texts
  try {
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  } catch {
    return 'unusable'
  }
}

/** Texts in parts, each alone or as `{"type":"text","text":…}`; null: they are something else. */
function joinTexts(parts: readonly unknown[]): string | null {
  const texts = parts.map((part) => (isRecord(part) && part.type === 'text' ? part.text : part))
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : null
}
