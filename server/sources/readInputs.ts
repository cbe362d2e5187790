import { relative, sep } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { SourceSettings } from '../../protocol/sources.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import type { FileProblem } from './fileFailure.ts'
import { listFolderFiles, noFiles } from './folderFiles.ts'
import type { OpenedFile } from './openedFile.ts'
import { countRows, type FileReading, planReading, readMarkdown, readRows } from './readFile.ts'
import { reportStart, sarifStart } from './reportStarts.ts'
import { type RowContext, readRowEntries, toEntry } from './rowEntries.ts'
import { selectLines } from './selectLines.ts'
import type { EntryStream, SourceEntry } from './sourceEntry.ts'
import type { SourceInput } from './sourceInput.ts'
import type { SourceLimits } from './sourceLimits.ts'
import { brokenFile, readTextFile, unopenedFile } from './textFileEntry.ts'

/** How the files of one source are read. */
export interface ReadingContext {
  files: RunFiles
  open: OpenFile
  settingsOf(path: string): SourceSettings
  limits: SourceLimits
  /** Ids and places are relative to this folder. */
  base: string
  /** By path, the names of files that had others when they were judged. */
  knownAs?: Readonly<Record<string, string>> | undefined
  /** More than one file may come, so that a line's number alone says nothing. */
  isSeveral: boolean
  /** Entries come with the fields of their rows. */
  keepsFields?: boolean
}

export type OpenFile = (path: string, settings: SourceSettings) => Promise<Outcome<OpenedFile>>

export async function* readInputs(inputs: readonly SourceInput[], context: ReadingContext): EntryStream {
  for (const input of inputs) {
    const read = yield* input.kind === 'file' ? readNamedFile(input, context) : readFolder(input.path, context)
    if (!read.ok) return read
  }
  return succeed(null)
}

function shownPath(path: string, context: ReadingContext): string {
  if (context.knownAs && Object.hasOwn(context.knownAs, path)) return context.knownAs[path] as string
  return relative(context.base, path).split(sep).join('/')
}

async function* readNamedFile({ path, lines }: SourceInput, context: ReadingContext): EntryStream {
  const opened = await context.open(path, context.settingsOf(path))
  if (!opened.ok) return opened
  try {
    if (!lines) return yield* readOpenedFile(opened.value, context)
    const reading = planReading(opened.value, context.settingsOf(path))
    // The front matter of a note has lines, too.
    const asText = reading.format === 'markdown' ? { ...reading, format: 'text' as const } : reading
    return yield* selectLines(readOpenedFile(opened.value, context, asText), lines, path)
  } finally {
    await opened.value.close()
  }
}

export async function* readOpenedFile(
  file: OpenedFile,
  context: ReadingContext,
  reading: FileReading = planReading(file, context.settingsOf(file.path)),
): EntryStream {
  const { isSeveral, limits } = context
  const choice = { text: reading.fields.text ?? null, id: reading.fields.id ?? null }
  const shown = shownPath(file.path, context)
  const placeOf = countPlaces(`${isSeveral ? `${shown}:` : ''}${file.table ? 'row' : 'line'}`)
  const isOneObject = reading.objects === 'documents'
  const rowContext: RowContext = {
    choice,
    file: file.path,
    scope: shown,
    placeOf,
    isOneObject,
    isTable: file.table !== undefined,
    keepsFields: context.keepsFields ?? false,
  }
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
 * `before`: the word of its place. Several rows may begin on one line: the first has its number alone, those that follow are counted, `line:1:2`. Rows come in the order
 * of their lines; an outline that comes after what is in it has an address for its id.
 */
function countPlaces(before: string): (line: number) => string {
  let [last, count] = [0, 0]
  return (line) => {
    count = line === last ? count + 1 : 1
    last = line
    return count === 1 ? `${before}:${line}` : `${before}:${line}:${count}`
  }
}

async function* readFolder(folder: string, context: ReadingContext): EntryStream {
  const paths = listFolderFiles(context.files, folder)
  let found = 0
  for (;;) {
    const next = await paths.next()
    if (next.done) return next.value.ok && found === 0 ? noFiles(folder) : next.value
    const counted = counting(
      readFoundFile(next.value, context, () => found++),
      (count) => {
        found += count
      },
    )
    const read = yield* counted
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
    // A reader that stops in the middle lets the file go.
    await entries.return(succeed(null))
  }
}

/** A file that nobody named: when it cannot be used, that is one item's failure and not the run's. */
export async function* readFoundFile(
  path: string,
  context: ReadingContext,
  onReadable: () => void = () => undefined,
): EntryStream {
  const shown = shownPath(path, context)
  const opened = await context.open(path, context.settingsOf(path))
  if (!opened.ok) {
    const entry = brokenByReason(path, shown, opened.reason)
    if (entry) yield [entry]
    return succeed(null)
  }
  try {
    // One without items is material all the same.
    if (!isOurReport(opened.value)) onReadable()
    return yield* readFoundOpened(opened.value, context)
  } finally {
    await opened.value.close()
  }
}

export async function* readFoundOpened(file: OpenedFile, context: ReadingContext, reading?: FileReading): EntryStream {
  // A report of ours under a name that a person gave it is no material either.
  if (isOurReport(file)) return succeed(null)
  const read = yield* readOpenedFile(file, context, reading)
  if (read.ok || isChanged(read.reason)) return read
  const entry = brokenByReason(file.path, shownPath(file.path, context), read.reason)
  if (entry) yield [entry]
  return succeed(null)
}

/** How many items what was found in a folder is, some at a time, as `readFoundFile` would give them. */
export async function* countFoundFile(path: string, context: ReadingContext): ItemCount {
  const opened = await context.open(path, context.settingsOf(path))
  if (!opened.ok) {
    if (brokenByReason(path, '', opened.reason)) yield 1
    return succeed(null)
  }
  try {
    if (isOurReport(opened.value)) return succeed(null)
    const counted = yield* countOpened(opened.value, context)
    if (counted.ok || isChanged(counted.reason)) return counted
    if (brokenByReason(path, '', counted.reason)) yield 1
    return succeed(null)
  } finally {
    await opened.value.close()
  }
}

export type ItemCount = AsyncGenerator<number, Outcome<null>, void>

export async function* countOpened(file: OpenedFile, context: ReadingContext): ItemCount {
  if (file.table?.count !== undefined) {
    yield file.table.count
    return succeed(null)
  }
  const rows = countRows(file, planReading(file, context.settingsOf(file.path)), context.limits)
  if (rows) return yield* rows
  yield 1
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
