import * as z from 'zod'

/**
 * How a file is taken apart. `csv` is any table of cells, `tsv` one with tabs; `text`: the whole file is one item. `spreadsheet`,
 * `parquet` and `sqlite` are known by what the file holds, and no text is read as one of them.
 */
export const SourceFormat = z.enum([
  'jsonl',
  'csv',
  'tsv',
  'json',
  'markdown',
  'feed',
  'opml',
  'github',
  'log',
  'sarif',
  'notebook',
  'text',
  'spreadsheet',
  'parquet',
  'sqlite',
])
export type SourceFormat = z.infer<typeof SourceFormat>

/** Labels of the WHATWG Encoding Standard. Absent: UTF-8, UTF-16 with a byte order mark, or what an XML file says of itself. */
export const SourceEncoding = z.enum([
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-15',
  'windows-1250',
  'windows-1251',
  'koi8-r',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'euc-kr',
])
export type SourceEncoding = z.infer<typeof SourceEncoding>

export const Delimiter = z.enum([',', ';', '\t', '|'])
export type Delimiter = z.infer<typeof Delimiter>

export const CellQuote = z.enum(['double', 'none'])
export type CellQuote = z.infer<typeof CellQuote>

/** What a person said about reading a file; what is absent is recognised by content. */
const reading = {
  format: SourceFormat.optional(),
  encoding: SourceEncoding.optional(),
  /** Of the cells of a table. */
  delimiter: Delimiter.optional(),
  /** Of a table. False: its first line is a row, and its columns are `column 1` and so on. */
  header: z.boolean().optional(),
  /** Of a table. `none`: a quotation mark is a character like any other. */
  quote: CellQuote.optional(),
  /** JSON pointer to the array of items within a JSON document: `/data/items`. Empty: the document itself is the array. */
  items: z
    .string()
    .max(1000)
    .regex(/^(\/.*)?$/)
    .optional(),
  /** The sheet of a spreadsheet. Absent: the one with most rows. */
  sheet: z.string().min(1).max(255).optional(),
  /** The table or view of a SQLite database. Absent: the only one, or what is known of the program that wrote it. */
  table: z.string().min(1).max(1000).optional(),
  /** One statement that reads from a SQLite database, in place of a table: its columns are the fields. */
  query: z.string().min(1).max(10_000).optional(),
}

/**
 * Field names, paths as `a.b` or JSON pointers starting with `/`, of a row's text (several are joined) and id. A text name that no
 * field has is several names between commas.
 */
export const SourceFields = z.object({
  text: z.array(z.string().min(1)).min(1).optional(),
  id: z.string().min(1).optional(),
})
export type SourceFields = z.infer<typeof SourceFields>

/** What is remembered of a file: how it is read, and which of its fields hold text and id. */
export const SourceSettings = z.object({ ...reading, ...SourceFields.shape })
export type SourceSettings = z.infer<typeof SourceSettings>

/** As the end of a range: up to the end of the file. */
export const lastLine = 2_147_483_647

/**
 * From the first line to the last, both included, counted from 1 as the readers count: at line feeds. Of a table that is no text, rows.
 * `to` before `from` holds nothing.
 */
export const LineRange = z.object({ from: z.int().min(1).max(lastLine), to: z.int().min(1).max(lastLine) })
export type LineRange = z.infer<typeof LineRange>

/**
 * One of `of` parts of a source, from 1: each item is in exactly one, by its id or else its content, on every machine. `items`: how many
 * this one had when the run began, of `sourceItems` in all; `source`: the same for all shards of the same items. All three are filled in by
 * the server.
 */
export const Shard = z
  .object({
    number: z.int().min(1).max(10_000),
    of: z.int().min(1).max(10_000),
    items: z.int().nonnegative().optional(),
    sourceItems: z.int().nonnegative().optional(),
    source: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional(),
  })
  .refine(({ number, of }) => number <= of, { message: 'there are fewer shards', path: ['number'] })
export type Shard = z.infer<typeof Shard>

/** Where the items come from. Paths are absolute and read by the server; a text travels only when it is a selection. */
export const SourceSpec = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('paths'),
    paths: z.array(z.string().min(1).max(4096)).min(1).max(1000),
    ...reading,
    /**
     * Only the items of which a part stands in one of these lines; a header still names the columns, and ids and places are those in
     * the whole file. Of a file that is one item, the text of these lines. Absent: everything. Only with one path, which is a file.
     */
    lines: z.array(LineRange).min(1).max(1000).optional(),
    /** Only the items of one part, such as that of one of several machines. Not with `lines`. Absent: everything. */
    shard: Shard.optional(),
    /** By absolute path, files within a named folder too. Filled in by the server where the request itself says nothing. */
    remembered: z.record(z.string(), SourceSettings).optional(),
    /** By absolute path, of files that were renamed or moved since: the name by which a run knows their items. Filled in by the server. */
    knownAs: z.record(z.string(), z.string()).optional(),
  }),
  z.object({
    kind: z.literal('text'),
    /** Shown as the item's id. */
    name: z.string().min(1).max(4096),
    text: z.string().max(1_000_000),
  }),
])
export type SourceSpec = z.infer<typeof SourceSpec>

/** What a source looks like, from its beginning alone. */
export const SourceDescription = z.object({
  format: SourceFormat,
  /** All that would fit, the best first. */
  formats: z.array(SourceFormat),
  /** Null where the format has no delimiter. */
  delimiter: Delimiter.nullable(),
  encoding: SourceEncoding,
  /** Of a table, whether its first line names the columns; absent where the format has none. */
  header: z.boolean().optional(),
  /** JSON pointer to the array that the items are in; null where the format is no JSON document. */
  items: z.string().nullable(),
  /**
   * The sheets of a spreadsheet or the tables of a database, at most 50, where there are several, and the one that is read; null: what a
   * statement finds, or what is known of the program that wrote it.
   */
  tables: z
    .object({ setting: z.enum(['sheet', 'table']), names: z.array(z.string()), chosen: z.string().nullable() })
    .optional(),
  /** The fields of the first rows, with a piece of a value that one of them has. */
  fields: z.array(z.object({ name: z.string(), example: z.string() })),
  /** The fields that the text would be taken from; null: none is clearly the text, so a person has to say. */
  text: z.array(z.string()).nullable(),
  /** The likeliest where none is clear. */
  best: z.string().optional(),
  /** Null: rows are known by their content. */
  id: z.string().nullable(),
  /** Of a folder: what is in it. The other facts are those of the first file. */
  files: z
    .object({
      read: z.array(z.object({ format: SourceFormat, count: z.int().positive() })),
      leftOut: z.array(
        z.object({ reason: z.enum(['hidden', 'link', 'results', 'binary', 'empty']), count: z.int().positive() }),
      ),
      /** The folder has more files than were looked at. */
      isPartial: z.boolean(),
    })
    .optional(),
  /** The first items as they would be judged. */
  rows: z.array(z.object({ id: z.string(), text: z.string() })).max(3),
  /** Rows at the beginning that cannot be read, in words. */
  problems: z.array(z.string()),
  /** Some of them are not of the encoding that the file is taken to have: a person has to say which it has. */
  isUndecodable: z.literal(true).optional(),
  /** Format and fields are those that a person chose before for this file. */
  isRemembered: z.boolean(),
})
export type SourceDescription = z.infer<typeof SourceDescription>

/** The text of a Markdown file now, and with its results in its front matter. */
export const FrontMatterChange = z.object({ path: z.string(), before: z.string(), after: z.string() })
export type FrontMatterChange = z.infer<typeof FrontMatterChange>
