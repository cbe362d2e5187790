import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { SourceFields, SourceFormat, SourceSettings } from '../../protocol/sources.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable } from '../../shared/message.ts'
import { type CsvDialect, recogniseDialect } from './csvDialect.ts'
import { countCsvRows, readCsvRows } from './csvRows.ts'
import { listNames } from './fieldNames.ts'
import { withoutJsonComments } from './jsonComments.ts'
import { findAllArrays, githubFields, pathOfPointer, pointerOfPath, readJsonRows } from './jsonDocument.ts'
import type { ArrayPath } from './jsonElements.ts'
import { readJsonLines } from './jsonLines.ts'
import { type ObjectsForm, readJsonObjects } from './jsonObjects.ts'
import { countLines } from './lines.ts'
import { readLog } from './logRecords.ts'
import { readMarkdownRow } from './markdownFile.ts'
import { readNotebook } from './notebookCells.ts'
import type { OpenedFile } from './openedFile.ts'
import { readOpml } from './opmlOutlines.ts'
import { chooseItems, type RecognisedFormat, recogniseFormat } from './recogniseFormat.ts'
import type { Row, RowStream } from './row.ts'
import { readSarif } from './sarifFindings.ts'
import type { BrokenEntry } from './sourceEntry.ts'
import type { SourceLimits } from './sourceLimits.ts'
import { readWholeText } from './textFileEntry.ts'
import { readXmlFeed } from './xmlFeed.ts'
import { readXmlRecords, recogniseXmlRecords } from './xmlRecords.ts'

/** How one file is read: what a person said, and the rest by its content. */
export interface FileReading {
  format: SourceFormat
  fits: readonly SourceFormat[]
  /** Null where the format is no table. */
  dialect: CsvDialect | null
  /** Null where the format is no JSON document. */
  items: ArrayPath | null
  fields: SourceFields
  /** Objects of a JSON document that no array is around. */
  objects?: ObjectsForm | undefined
}

export function planReading(opened: OpenedFile, settings: SourceSettings): FileReading {
  const { text, id } = settings
  const fields: SourceFields = { ...(text ? { text } : {}), ...(id === undefined ? {} : { id }) }
  if (opened.table) {
    const { format } = opened.table
    return { format, fits: [format], dialect: null, items: null, fields }
  }
  const file = asDocument(opened)
  const recognised = recogniseFormat(file, fields)
  const format = isTextFormat(settings.format) ? settings.format : formatWithin(recognised, settings)
  const fits = recognised.fits.includes(format) ? recognised.fits : [format, ...recognised.fits]
  const objects = format === 'json' && settings.items === undefined ? recognised.objects : undefined
  const dialect = dialectOf(file, format, settings)
  return { format, fits, dialect, items: itemsOf(file, format, recognised, settings), fields, objects }
}

/** No text is read as a table of another kind. */
function isTextFormat(format: SourceFormat | undefined): format is SourceFormat {
  return format !== undefined && format !== 'spreadsheet' && format !== 'parquet' && format !== 'sqlite'
}

/** An array or a delimiter that a person names implies the format that has one. */
function formatWithin({ format, items }: RecognisedFormat, settings: SourceSettings): SourceFormat {
  if (settings.items !== undefined && format === 'text') return 'json'
  const { delimiter, header, quote } = settings
  const isTable = delimiter !== undefined || header !== undefined || quote !== undefined
  if (isTable && format === 'text' && items === null) return 'csv'
  return format
}

function dialectOf(file: OpenedFile, format: SourceFormat, settings: SourceSettings): CsvDialect | null {
  if (format !== 'csv' && format !== 'tsv') return null
  return recogniseDialect(file.head.toString(), format === 'tsv', settings, settings)
}

function itemsOf(
  file: OpenedFile,
  format: SourceFormat,
  recognised: RecognisedFormat,
  settings: SourceSettings,
): ArrayPath | null {
  const isDocument = file.head.toString('utf8', 0, 200).trimStart().startsWith('[') || !isOneALine(recognised)
  const takesPath = format === 'json' || ((format === 'github' || format === 'feed') && isDocument)
  if (!takesPath || isXml(file)) return null
  if (settings.items !== undefined) return pathOfPointer(settings.items)
  return recognised.format === 'json' ? recognised.items : (recognised.items ?? [])
}

/** Comments are no part of a JSON document, and a quote within one would hide the rest of it. */
function asDocument(file: OpenedFile): OpenedFile {
  return /^\s*(?:[[{]|\/[/*])/.test(file.head.toString('utf8', 0, 200)) ? withoutJsonComments(file) : file
}

function isOneALine({ fits }: RecognisedFormat): boolean {
  return fits.includes('jsonl')
}

function isXml(file: OpenedFile): boolean {
  return file.head.toString('utf8', 0, 200).trimStart().startsWith('<')
}

async function* readDocument(
  file: OpenedFile,
  { items, fields, objects }: FileReading,
  longestBytes: number,
): RowStream {
  if (objects) return yield* readJsonObjects(file, objects, longestBytes)
  if (items) return yield* readJsonRows(file, 'json', { items, longestBytes })
  const arrays = await findAllArrays(file, longestBytes)
  if (!arrays.ok) return arrays
  const chosen = chooseItems(arrays.value, fields)
  const lists = arrays.value.flatMap(({ path, first }) => (isRecord(first) ? [pointerOfPath(path)] : []))
  const missing =
    lists.length > 1
      ? localizable(
          'it has several lists ({0}); say which holds the items, or read the file as one text',
          listNames(lists),
        )
      : undefined
  return yield* readJsonRows(file, 'json', { items: chosen ?? nowhere, longestBytes, missing, likely: lists[0] })
}

function readXmlFile(file: OpenedFile, longestBytes: number): RowStream {
  const records = recogniseXmlRecords(file.head.toString())
  return records ? readXmlRecords(file, records, longestBytes) : readXmlFeed(file, longestBytes)
}

/** No array is there: the reading says so, with what can be done. */
const nowhere: ArrayPath = ['', '…']

/** The rows of a file; null: it is one item, read whole. */
export function readRows(file: OpenedFile, reading: FileReading, limits: SourceLimits): RowStream | null {
  const { longestRowBytes } = limits
  switch (reading.format) {
    case 'jsonl':
      return readJsonLines(file, longestRowBytes)
    case 'json':
      return readDocument(asDocument(file), reading, longestRowBytes)
    case 'github':
      return reading.items
        ? readJsonRows(file, 'github', { items: reading.items, longestBytes: longestRowBytes })
        : readJsonLines(file, longestRowBytes, githubFields)
    case 'csv':
    case 'tsv':
      return readCsvRows(file, limits, reading.dialect ?? recogniseDialect(file.head.toString(), false, {}, undefined))
    case 'feed':
      return reading.items
        ? readJsonRows(file, 'feed', { items: reading.items, longestBytes: longestRowBytes })
        : readXmlFile(file, longestRowBytes)
    case 'opml':
      return readOpml(file, longestRowBytes)
    case 'log':
      return readLog(file, longestRowBytes)
    case 'sarif':
      return readSarif(file, longestRowBytes)
    case 'notebook':
      return readNotebook(file, longestRowBytes)
    case 'markdown':
    case 'text':
      return null
    case 'spreadsheet':
    case 'parquet':
    case 'sqlite':
      return file.table?.rows(longestRowBytes) ?? null
    default:
      return reading.format satisfies never
  }
}

/** How many rows the file has, some at a time, by the cheapest way that its format allows; null: it is one item. */
export function countRows(
  file: OpenedFile,
  reading: FileReading,
  limits: SourceLimits,
): AsyncGenerator<number, Outcome<null>, void> | null {
  const { format, dialect } = reading
  const isOneALine = format === 'jsonl' || (format === 'github' && reading.items === null)
  if (isOneALine) return countLines(file)
  if (dialect) return countCsvRows(file, limits, dialect)
  const rows = readRows(file, reading, limits)
  return rows && countEach(rows)
}

async function* countEach(rows: RowStream): AsyncGenerator<number, Outcome<null>, void> {
  try {
    for (;;) {
      const next = await rows.next()
      if (next.done) return next.value
      yield next.value.length
    }
  } finally {
    await rows.return(succeed(null))
  }
}

/** A Markdown file as its one row; what is wrong with the file itself is reported as for any text file. */
export async function readMarkdown(
  file: OpenedFile,
  shownPath: string,
  limits: SourceLimits,
): Promise<{ kind: 'row'; row: Row } | BrokenEntry> {
  const whole = await readWholeText(file, shownPath, limits.longestRowBytes)
  if (whole.kind === 'broken') return whole
  return { kind: 'row', row: await readMarkdownRow(whole.text, shownPath) }
}
