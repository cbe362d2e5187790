import { basename, dirname, relative, resolve, sep } from 'node:path'
import { fail, type Outcome, succeed } from '../../../protocol/outcome.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import type { RunRequest } from '../../../protocol/runs.ts'
import type { SourceSettings } from '../../../protocol/sources.ts'
import { asTold } from '../../../protocol/told.ts'
import { fileErrorCode, type RunFiles } from '../files.ts'
import { reportStart, sarifStart } from '../results/reportStarts.ts'
import { listFolderFiles, noFiles } from './folderFiles.ts'
import { type FileProblem, type FindInEditor, fileFailure, type OpenedFile, openTextFile } from './openedFile.ts'
import { type FileReading, planReading, readMarkdown, readRows } from './readFile.ts'
import { type RowContext, readRowEntries, toEntry } from './rowEntries.ts'
import type { EntryStream, SourceEntry } from './sourceEntry.ts'
import { type SourceInput, sharedFolder } from './sourceInput.ts'
import type { SourceLimits } from './sourceLimits.ts'
import { brokenFile, notUtf8, readTextFile, unopenedFile } from './textFileEntry.ts'

/** Where a run's items come from, checked as far as possible without reading it whole. */
export interface Source {
  /** For people. */
  label: string
  /** Empty for a selection. */
  inputs: readonly SourceInput[]
  read(): EntryStream
  /** One of its files alone. Null: it is none of them. */
  readFile(path: string): EntryStream | null
  /** The same of a file that is open already, or of its text in an editor, read as `reading` says. */
  readOpened(file: OpenedFile, reading?: FileReading): EntryStream | null
  /** Every file that it reads; ends with a failure where a folder cannot be listed. Null: a selection has none. */
  files(): AsyncGenerator<string, Outcome<null>, void> | null
}

interface Context {
  files: RunFiles
  open: OpenFile
  settingsOf(path: string): SourceSettings
  limits: SourceLimits
  /** Ids and places are told relative to this folder. */
  base: string
  /** More than one file may come, so that a line's number alone says nothing. */
  isSeveral: boolean
}

type OpenFile = (path: string, encoding: SourceSettings['encoding']) => Promise<Outcome<OpenedFile>>

/**
 * What the user names must be there and readable; what a folder holds besides is told item by item. `inEditor` absent: only the
 * disk is read.
 */
export async function openSource(
  request: Pick<RunRequest, 'source' | 'fields'>,
  files: RunFiles,
  limits: SourceLimits,
  inEditor: FindInEditor = async () => null,
): Promise<Outcome<Source>> {
  const { source } = request
  if (source.kind === 'text') return openSelection(source.name, source.text)
  const settingsOf = settingsByPath(source, request.fields)
  const open: OpenFile = async (path, encoding) => {
    const edited = await inEditor(path)
    return edited ? succeed(edited) : await openTextFile(files, path, encoding)
  }
  const inputs: SourceInput[] = []
  for (const path of await distinctPaths(files, source.paths)) {
    const input = await inspectInput({ files, open }, path, settingsOf(path))
    if (!input.ok) return input
    inputs.push(input.value)
  }
  const [first] = inputs as [SourceInput]
  const isSeveral = inputs.length > 1 || first.kind === 'folder'
  const base = inputs.length > 1 ? sharedFolder(inputs) : first.kind === 'folder' ? first.path : dirname(first.path)
  const context: Context = { files, open, settingsOf, limits, base, isSeveral }
  const name = inputs.length === 1 ? basename(first.path) : `${inputs.length} ${nameInputs(inputs)}`
  const label = source.remembered && Object.keys(source.remembered).length > 0 ? `${name} (read as remembered)` : name
  return succeed({
    label,
    inputs,
    read: () => readInputs(inputs, context),
    readFile: (path) => (holdsFile(inputs, path) ? readFoundFile(path, context) : null),
    readOpened(file, reading) {
      if (!holdsFile(inputs, file.path)) return null
      const isNamed = inputs.some(({ path }) => path === file.path)
      return isNamed ? readOpenedFile(file, context, reading) : readFoundOpened(file, context, reading)
    },
    files: () => listFiles(inputs, files),
  })
}

/** What the request says counts for all its files; where it says nothing, what a person chose before for each. */
export function settingsByPath(
  source: Extract<RunRequest['source'], { kind: 'paths' }>,
  fields: RunRequest['fields'],
): (path: string) => SourceSettings {
  const { format, encoding, delimiter, items, remembered } = source
  const told = Object.entries({ format, encoding, delimiter, items, ...fields }).filter(
    ([, value]) => value !== undefined,
  )
  const settings: SourceSettings = Object.fromEntries(told)
  return (path) => (remembered && Object.hasOwn(remembered, path) ? (remembered[path] ?? settings) : settings)
}

function nameInputs(inputs: readonly SourceInput[]): string {
  if (inputs.every((input) => input.kind === 'file')) return 'files'
  return inputs.every((input) => input.kind === 'folder') ? 'folders' : 'files and folders'
}

function openSelection(name: string, text: string): Outcome<Source> {
  if (text.trim() === '') {
    return fail({ code: 'source_invalid', source: name, problem: 'empty', detail: 'there is no text in it' })
  }
  const placed = { place: name, scope: '', file: null, line: null }
  const entry: SourceEntry = { kind: 'readable', id: name, isIdNamed: false, ...placed, text }
  return succeed({
    label: name,
    inputs: [],
    async *read() {
      yield [entry]
      return succeed(null)
    },
    readFile: () => null,
    readOpened: () => null,
    files: () => null,
  })
}

async function distinctPaths(files: RunFiles, paths: readonly string[]): Promise<string[]> {
  const seen = new Set<string>()
  const distinct: string[] = []
  for (const path of paths.map((each) => resolve(each))) {
    const real = await files.realpath(path).catch((error: unknown) => {
      fileErrorCode(error)
      return path
    })
    if (!seen.has(real)) distinct.push(path)
    seen.add(real)
  }
  return distinct
}

async function inspectInput(
  { files, open }: Pick<Context, 'files' | 'open'>,
  path: string,
  settings: SourceSettings,
): Promise<Outcome<SourceInput>> {
  const stats = await files.stat(path).catch((error: unknown) => {
    fileErrorCode(error)
    return null
  })
  if (stats?.isDirectory()) {
    return succeed({ path, kind: 'folder', size: stats.size, modifiedAtMs: stats.mtimeMs })
  }
  const opened = await open(path, settings.encoding)
  if (!opened.ok) return opened
  await opened.value.close()
  const { size, modifiedAtMs, isHeadUtf8 } = opened.value
  const { format } = planReading(opened.value, settings)
  if (!isHeadUtf8 && (format === 'text' || format === 'markdown')) return fileFailure(path, 'encoding', asTold(notUtf8))
  return succeed({ path, kind: 'file', size, modifiedAtMs })
}

async function* readInputs(inputs: readonly SourceInput[], context: Context): EntryStream {
  for (const input of inputs) {
    const read = yield* input.kind === 'file' ? readNamedFile(input.path, context) : readFolder(input.path, context)
    if (!read.ok) return read
  }
  return succeed(null)
}

function holdsFile(inputs: readonly SourceInput[], path: string): boolean {
  return inputs.some(({ path: input, kind }) =>
    kind === 'file' ? input === path : path.startsWith(input.endsWith(sep) ? input : input + sep),
  )
}

async function* listFiles(
  inputs: readonly SourceInput[],
  files: RunFiles,
): AsyncGenerator<string, Outcome<null>, void> {
  for (const input of inputs) {
    if (input.kind === 'file') yield input.path
    else {
      const listed = yield* listFolderFiles(files, input.path)
      if (!listed.ok) return listed
    }
  }
  return succeed(null)
}

function shownPath(path: string, context: Context): string {
  return relative(context.base, path).split(sep).join('/')
}

async function* readNamedFile(path: string, context: Context): EntryStream {
  const opened = await context.open(path, context.settingsOf(path).encoding)
  if (!opened.ok) return opened
  try {
    return yield* readOpenedFile(opened.value, context)
  } finally {
    await opened.value.close()
  }
}

async function* readOpenedFile(
  file: OpenedFile,
  context: Context,
  reading: FileReading = planReading(file, context.settingsOf(file.path)),
): EntryStream {
  const { isSeveral, limits } = context
  const choice = { text: reading.fields.text ?? null, id: reading.fields.id ?? null }
  const shown = shownPath(file.path, context)
  const placeOf = countPlaces(isSeveral ? `${shown}:` : '')
  const rowContext: RowContext = { choice, file: file.path, scope: shown, placeOf }
  const rows = readRows(file, reading, limits)
  if (rows) return yield* readRowEntries(rows, rowContext, { path: file.path, probeRows: limits.probeRows })
  if (reading.format === 'text') {
    yield [await readTextFile(file, shown, limits.longestRowBytes)]
    return succeed(null)
  }
  const markdown = await readMarkdown(file, shown, limits)
  yield [markdown.kind === 'broken' ? markdown : toEntry(markdown.row, { ...rowContext, placeOf: () => shown })]
  return succeed(null)
}

/**
 * Several rows may begin on one line: the first has its number alone, those that follow are counted, `line:1:2`. Rows come in the order
 * of their lines; an outline that comes after what is in it has an address for its id.
 */
function countPlaces(before: string): (line: number) => string {
  let [last, count] = [0, 0]
  return (line) => {
    count = line === last ? count + 1 : 1
    last = line
    return count === 1 ? `${before}line:${line}` : `${before}line:${line}:${count}`
  }
}

async function* readFolder(folder: string, context: Context): EntryStream {
  const paths = listFolderFiles(context.files, folder)
  let found = 0
  for (;;) {
    const next = await paths.next()
    if (next.done) return next.value.ok && found === 0 ? noFiles(folder) : next.value
    const read = yield* counting(readFoundFile(next.value, context), (count) => {
      found += count
    })
    if (!read.ok) return read
  }
}

async function* counting(entries: EntryStream, count: (entries: number) => void): EntryStream {
  try {
    for (;;) {
      const next = await entries.next()
      if (next.done) return next.value
      count(next.value.length)
      yield next.value
    }
  } finally {
    // Whoever stops in the middle lets the file go.
    await entries.return(succeed(null))
  }
}

/** A file that nobody named: when it cannot be used, that is one item's failure and not the run's. */
async function* readFoundFile(path: string, context: Context): EntryStream {
  const shown = shownPath(path, context)
  const opened = await context.open(path, context.settingsOf(path).encoding)
  if (!opened.ok) {
    const entry = brokenByReason(path, shown, opened.reason)
    if (entry) yield [entry]
    return succeed(null)
  }
  try {
    return yield* readFoundOpened(opened.value, context)
  } finally {
    await opened.value.close()
  }
}

async function* readFoundOpened(file: OpenedFile, context: Context, reading?: FileReading): EntryStream {
  // A report of ours under a name that a person gave it is no material either.
  if (isOurReport(file)) return succeed(null)
  const read = yield* readOpenedFile(file, context, reading)
  if (read.ok || isChanged(read.reason)) return read
  const entry = brokenByReason(file.path, shownPath(file.path, context), read.reason)
  if (entry) yield [entry]
  return succeed(null)
}

function isOurReport({ head }: OpenedFile): boolean {
  const start = head.toString('utf8', 0, 200)
  return start.startsWith(sarifStart) || start.startsWith(reportStart)
}

function isChanged(reason: Reason): boolean {
  return reason.code === 'source_invalid' && reason.problem === 'changed'
}

function brokenByReason(path: string, shown: string, reason: Reason): SourceEntry | null {
  if (reason.code !== 'source_invalid') return brokenFile(path, shown, 'file_unreadable', reason.message)
  const { problem, detail, line } = reason
  const where = line === undefined ? detail : `line ${line}: ${detail}`
  switch (problem) {
    case 'malformed':
      return brokenFile(path, shown, 'row_invalid', where)
    case 'no_text_field':
      return brokenFile(path, shown, 'text_missing', where)
    case 'no_id_field':
      return brokenFile(path, shown, 'row_invalid', where)
    case 'no_items':
      return { ...brokenFile(path, shown, 'file_empty', where), status: 'skipped' }
    default:
      return unopenedFile(path, shown, problem satisfies FileProblem, detail)
  }
}
