import type { Delimiter, SourceFields, SourceFormat, SourceSettings } from '../../protocol/sources.ts'
import { sniffDelimiter } from './csvHead.ts'
import { readCsvRows } from './csvRows.ts'
import { githubFields, pathOfPointer, readJsonRows } from './jsonDocument.ts'
import type { ArrayPath } from './jsonElements.ts'
import { readJsonLines } from './jsonLines.ts'
import { readLog } from './logRecords.ts'
import { readMarkdownRow } from './markdownFile.ts'
import { readNotebook } from './notebookCells.ts'
import type { OpenedFile } from './openedFile.ts'
import { readOpml } from './opmlOutlines.ts'
import { type RecognisedFormat, recogniseFormat } from './recogniseFormat.ts'
import type { Row, RowStream } from './row.ts'
import { usedNames } from './rowEntries.ts'
import { readSarif } from './sarifFindings.ts'
import type { BrokenEntry } from './sourceEntry.ts'
import type { SourceLimits } from './sourceLimits.ts'
import { readWholeText } from './textFileEntry.ts'
import { readXmlFeed } from './xmlFeed.ts'

/** How one file is read: what a person said, and the rest by its content. */
export interface FileReading {
  format: SourceFormat
  fits: readonly SourceFormat[]
  /** Null where the format has no delimiter. */
  delimiter: Delimiter | null
  /** Null where the format is no JSON document. */
  items: ArrayPath | null
  fields: SourceFields
}

export function planReading(file: OpenedFile, settings: SourceSettings): FileReading {
  const { text, id } = settings
  const fields: SourceFields = { ...(text ? { text } : {}), ...(id === undefined ? {} : { id }) }
  const recognised = recogniseFormat(file, fields)
  const format = settings.format ?? formatWithin(recognised, settings)
  const fits = recognised.fits.includes(format) ? recognised.fits : [format, ...recognised.fits]
  const delimiter = delimiterOf(file, format, settings)
  return { format, fits, delimiter, items: itemsOf(file, format, recognised, settings), fields }
}

/** An array or a delimiter that a person names implies the format that has one. */
function formatWithin({ format, items }: RecognisedFormat, settings: SourceSettings): SourceFormat {
  if (settings.items !== undefined && format === 'text') return 'json'
  if (settings.delimiter !== undefined && format === 'text' && items === null) return 'csv'
  return format
}

function delimiterOf(file: OpenedFile, format: SourceFormat, settings: SourceSettings): Delimiter | null {
  if (format !== 'csv' && format !== 'tsv') return null
  if (settings.delimiter) return settings.delimiter
  return format === 'tsv' ? '\t' : sniffDelimiter(file.head.toString())
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
  return settings.items === undefined ? (recognised.items ?? []) : pathOfPointer(settings.items)
}

function isOneALine({ fits }: RecognisedFormat): boolean {
  return fits.includes('jsonl')
}

function isXml(file: OpenedFile): boolean {
  return file.head.toString('utf8', 0, 200).trimStart().startsWith('<')
}

/** The rows of a file; null: it is one item, read whole. */
export function readRows(file: OpenedFile, reading: FileReading, limits: SourceLimits): RowStream | null {
  const { longestRowBytes } = limits
  switch (reading.format) {
    case 'jsonl':
      return readJsonLines(file, longestRowBytes)
    case 'json':
      return readJsonRows(file, 'json', { items: reading.items ?? [], longestBytes: longestRowBytes })
    case 'github':
      return reading.items
        ? readJsonRows(file, 'github', { items: reading.items, longestBytes: longestRowBytes })
        : readJsonLines(file, longestRowBytes, githubFields)
    case 'csv':
    case 'tsv': {
      const choice = { text: reading.fields.text ?? null, id: reading.fields.id ?? null }
      return readCsvRows(file, limits, { used: usedNames(choice), delimiter: reading.delimiter ?? ',' })
    }
    case 'feed':
      return reading.items
        ? readJsonRows(file, 'feed', { items: reading.items, longestBytes: longestRowBytes })
        : readXmlFeed(file, longestRowBytes)
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
    default:
      return reading.format satisfies never
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
