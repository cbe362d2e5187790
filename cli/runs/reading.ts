import type { Params } from '../../protocol/contract.ts'
import type {
  CellQuote,
  Delimiter,
  SourceEncoding,
  SourceFields,
  SourceFormat,
  SourceSettings,
} from '../../protocol/sources.ts'

/** The options that say how input is read, as commander gives them. */
export interface ReadingOptions {
  text?: string[]
  id?: string
  sourceFormat?: SourceFormat
  encoding?: SourceEncoding
  delimiter?: Delimiter
  header?: boolean
  quote?: CellQuote
  items?: string
  sheet?: string
  table?: string
  query?: string
}

type Source = Params<'run/start'>['source']

export function fieldsOf({ text, id }: ReadingOptions): SourceFields {
  return { ...(text === undefined ? {} : { text }), ...(id === undefined ? {} : { id }) }
}

/** A text that travels as it is has nothing to be said about. */
export function sourceOf(source: Source, options: ReadingOptions): Source {
  return source.kind === 'paths' ? { ...source, ...readingOf(options) } : source
}

export function settingsOf(options: ReadingOptions): SourceSettings {
  return { ...readingOf(options), ...fieldsOf(options) }
}

function readingOf(options: ReadingOptions) {
  const { sourceFormat, encoding, delimiter, header, quote, items, sheet, table, query } = options
  return {
    ...(sourceFormat === undefined ? {} : { format: sourceFormat }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(header === undefined ? {} : { header }),
    ...(quote === undefined ? {} : { quote }),
    ...(items === undefined ? {} : { items }),
    ...(sheet === undefined ? {} : { sheet }),
    ...(table === undefined ? {} : { table }),
    ...(query === undefined ? {} : { query }),
  }
}
