import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { SourceDescription, SourceFields, SourceFormat, SourceSpec } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import { toEnglish } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { noGuess, sampleColumns } from './fieldGuess.ts'
import { bodyNames, titleName, usualIdNames } from './fieldNames.ts'
import { type LeftOut, listFolderFiles, noFiles } from './folderFiles.ts'
import { pointerOfPath } from './jsonDocument.ts'
import type { OpenedFile } from './openedFile.ts'
import { openSource, settingsByPath } from './openSource.ts'
import { openSourceFile } from './openSourceFile.ts'
import { type FileReading, planReading, readMarkdown, readRows } from './readFile.ts'
import type { GoodRow, Row } from './row.ts'
import { findText, settleFields, toEntry } from './rowEntries.ts'
import type { SourceEntry } from './sourceEntry.ts'
import type { SourceLimits } from './sourceLimits.ts'
import { readWholeText } from './textFileEntry.ts'

const shownRows = 3
const shownProblems = 3
const shownCharacters = 500
const exampleCharacters = 80
const mostFields = 200

/** What the beginning of a source looks like, and what its text and id would be taken from. */
export async function describeSource(
  request: { source: SourceSpec; fields?: SourceFields | undefined },
  files: RunFiles,
  limits: SourceLimits,
): Promise<Outcome<SourceDescription>> {
  const { source, fields } = request
  if (source.kind === 'text') return describeText(source.name, source.text)
  // What cannot be read at all fails with the reason that a run would give.
  const opened = await openSource({ source, fields }, files, limits)
  if (!opened.ok) return opened
  const [input] = opened.value.inputs
  if (!input) return fail({ code: 'source_invalid', source: '', problem: 'no_items', detail: 'no source is given' })
  const path = input.kind === 'file' ? input.path : await firstFile(files, input.path)
  if (path === null) return noFiles(input.path)
  const settings = settingsByPath(source, fields)(path)
  const file = await openSourceFile(files, path, settings)
  if (!file.ok) return file
  try {
    const reading = planReading(file.value, settings)
    const rows = await firstRows(file.value, reading, limits)
    if (!rows.ok) return rows
    const description = describeRows(file.value, reading, rows.value.rows, isRemembered(source, path))
    const folder = input.kind === 'folder' ? { files: await describeFolder(input.path, files) } : {}
    const problems = rows.value.end === null ? [] : [rows.value.end]
    return succeed({
      ...description,
      problems: [...problems, ...description.problems].slice(0, shownProblems),
      ...folder,
    })
  } finally {
    await file.value.close()
  }
}

function isRemembered(source: Extract<SourceSpec, { kind: 'paths' }>, path: string): boolean {
  return source.remembered !== undefined && Object.hasOwn(source.remembered, path)
}

function describeText(name: string, text: string): Outcome<SourceDescription> {
  const rows = [{ id: name, text: text.slice(0, shownCharacters) }]
  return succeed({ ...wholeText, format: 'text', formats: ['text'], rows, encoding: 'utf-8', isRemembered: false })
}

const wholeText = { delimiter: null, items: null, fields: [], text: [], id: null, problems: [] }

/** The first that is text. */
async function firstFile(files: RunFiles, folder: string): Promise<string | null> {
  for await (const path of listFolderFiles(files, folder)) {
    const opened = await openSourceFile(files, path)
    if (!opened.ok) continue
    await opened.value.close()
    return path
  }
  return null
}

/** `end`: why the reading ended before the file did. */
interface FirstRows {
  rows: Row[]
  end: string | null
}

async function firstRows(file: OpenedFile, reading: FileReading, limits: SourceLimits): Promise<Outcome<FirstRows>> {
  const stream = readRows(file, reading, limits)
  if (stream === null) {
    const whole = await wholeFile(file, reading, limits)
    return whole.ok ? succeed({ rows: whole.value, end: null }) : whole
  }
  const rows: Row[] = []
  for (;;) {
    const next = await stream.next()
    if (next.done) {
      if (next.value.ok) return succeed({ rows, end: null })
      // A failure after the first rows does not hide them.
      return rows.length > 0 ? succeed({ rows, end: next.value.reason.message }) : next.value
    }
    rows.push(...next.value.slice(0, limits.probeRows - rows.length))
    if (rows.length < limits.probeRows) continue
    await stream.return(succeed(null))
    return succeed({ rows, end: null })
  }
}

const mostFiles = 2000

/** Which files of a folder are read, as what, and which are not. */
async function describeFolder(folder: string, files: RunFiles): Promise<NonNullable<SourceDescription['files']>> {
  const read = new Map<SourceFormat, number>()
  const leftOut = new Map<LeftOut | 'binary' | 'empty', number>()
  const count = <Key>(counts: Map<Key, number>, key: Key): unknown => counts.set(key, (counts.get(key) ?? 0) + 1)
  let seen = 0
  for await (const path of listFolderFiles(files, folder, (reason) => count(leftOut, reason))) {
    if (++seen > mostFiles) break
    const opened = await openSourceFile(files, path)
    if (opened.ok) {
      count(read, planReading(opened.value, {}).format)
      await opened.value.close()
    } else if (opened.reason.code === 'source_invalid')
      count(leftOut, opened.reason.problem === 'empty' ? 'empty' : 'binary')
  }
  return {
    read: [...read].map(([format, each]) => ({ format, count: each })),
    leftOut: [...leftOut].map(([reason, each]) => ({ reason, count: each })),
    isPartial: seen > mostFiles,
  }
}

async function wholeFile(file: OpenedFile, reading: FileReading, limits: SourceLimits): Promise<Outcome<Row[]>> {
  const name = file.path.split(/[/\\]/).at(-1) ?? file.path
  if (reading.format === 'markdown') {
    const markdown = await readMarkdown(file, name, limits)
    return succeed(markdown.kind === 'row' ? [markdown.row] : [])
  }
  const whole = await readWholeText(file, name, limits.longestRowBytes)
  if (whole.kind === 'broken') return succeed([])
  const fields = { names: () => [], read: () => whole.text }
  return succeed([{ kind: 'row', line: 1, fields, own: { text: [''], id: [] } }])
}

function describeRows(
  file: OpenedFile,
  reading: FileReading,
  rows: readonly Row[],
  remembered: boolean,
): SourceDescription {
  const { format, fits, fields } = reading
  const choice = { text: fields.text ?? null, id: fields.id ?? null }
  const good = rows.filter((row) => row.kind === 'row')
  const isWhole = format === 'text'
  const name = file.path.split(/[/\\]/).at(-1) ?? file.path
  const placeOf = (line: number): string =>
    isWhole || format === 'markdown' ? name : `${file.table ? 'row' : 'line'}:${line}`
  const isTable = file.table !== undefined
  const settled = settleFields(rows, { choice, file: file.path, scope: '', placeOf, isTable })
  const { text, id } = settled.choice
  const guess = settled.guess ?? noGuess
  const entries = rows.map((row) => toEntry(row, settled))
  return {
    format,
    formats: [...fits],
    delimiter: reading.dialect?.delimiter ?? null,
    encoding: file.encoding,
    ...(reading.dialect ? { header: reading.dialect.hasHeader } : {}),
    ...(file.table?.choice ? { tables: file.table.choice } : {}),
    items: reading.items === null ? null : pointerOfPath(reading.items),
    fields: isWhole ? [] : describeFields(good),
    text: isWhole ? [] : (textOf(text ?? guess.text) ?? proposeText(good)),
    ...(guess.best === null ? {} : { best: guess.best }),
    id: isWhole ? null : (id ?? guess.id ?? proposeId(good)),
    rows: entries.flatMap(readable).slice(0, shownRows),
    problems: entries.flatMap(problem).slice(0, shownProblems),
    ...(rows.some((row) => row.kind === 'broken' && row.isUndecodable) ? { isUndecodable: true } : {}),
    isRemembered: remembered,
  }
}

function readable(entry: SourceEntry): { id: string; text: string }[] {
  return entry.kind === 'readable' ? [{ id: entry.id ?? entry.place, text: entry.text.slice(0, shownCharacters) }] : []
}

function problem(entry: SourceEntry): string[] {
  if (entry.kind === 'broken') return [entry.error.message]
  return entry.note ? [`${entry.place}: ${toEnglish(entry.note)}.`] : []
}

function textOf(names: readonly string[] | null): string[] | null {
  return names && [...names]
}

function describeFields(rows: readonly GoodRow[]): { name: string; example: string }[] {
  const examples = new Map<string, string>()
  for (const { fields } of rows) {
    for (const name of fields.names()) {
      if (examples.size >= mostFields && !examples.has(name)) continue
      if (!examples.get(name)) examples.set(name, exampleOf(fields.read(name)))
    }
  }
  // Fields within fields can be named, too.
  for (const { name, values } of sampleColumns(rows))
    if (examples.size < mostFields && !examples.has(name)) examples.set(name, exampleOf(values[0]))
  return [...examples].map(([name, example]) => ({ name, example }))
}

function exampleOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  try {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
    return text.replaceAll(/\s+/g, ' ').trim().slice(0, exampleCharacters)
  } catch {
    // Nested too deeply to be shown.
    return '…'
  }
}

/** The names as the file spells them. Null: nothing says which field is the text. */
function proposeText(rows: readonly GoodRow[]): string[] | null {
  const found = rows.find((row) => findText(row, null).kind === 'found')
  if (!found) return null
  const { fields, own } = found
  if (own) return own.text.filter((name) => rows.some((row) => row.fields.read(name) !== undefined))
  const title = spelled(fields.names(), titleName)
  const body = bodyNames.flatMap((name) => spelled(fields.names(), name)).find((name) => isText(rows, name))
  return [...title.filter((name) => isText(rows, name)), ...(body === undefined ? [] : [body])]
}

function isText(rows: readonly GoodRow[], name: string): boolean {
  return rows.some(({ fields }) => {
    const value = fields.read(name)
    return typeof value === 'string' && value.trim() !== ''
  })
}

function proposeId(rows: readonly GoodRow[]): string | null {
  const [first] = rows
  if (!first) return null
  const names = first.own?.id ?? usualIdNames.flatMap((name) => spelled(first.fields.names(), name))
  const usable = (value: unknown): boolean =>
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
  return names.find((name) => usable(first.fields.read(name))) ?? null
}

function spelled(names: readonly string[], wanted: string): string[] {
  const name = names.find((each) => each.toLowerCase() === wanted)
  return name === undefined ? [] : [name]
}
