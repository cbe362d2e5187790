import { type Command, InvalidArgumentError, Option } from 'commander'
import { CellQuote, Delimiter, SourceEncoding, SourceFormat, SourceSettings } from '../../protocol/sources.ts'

/** How input is read: the same for a run, its estimate, and what is described or remembered of a file. */
export function withReading(command: Command): Command {
  return command
    .option('--text <field>', 'field that holds the text: name, a.b, /a/b (repeatable, or a,b)', collectFields)
    .option('--id <field>', 'field that holds the id')
    .addOption(new Option('--source-format <format>', 'the format of the input').choices(SourceFormat.options))
    .addOption(
      new Option('--encoding <name>', 'the encoding of the input, if it is not UTF-8').choices(SourceEncoding.options),
    )
    .option('--delimiter <mark>', 'the separator between the cells of a table: , ; | or tab', delimiter)
    .option('--header', 'the first line of a table names its columns')
    .option('--no-header', 'the first line is data: the columns are named 1, 2 and so on')
    .addOption(
      new Option('--quote <kind>', 'none: a quotation mark in a table is just that').choices(CellQuote.options),
    )
    .option('--items <pointer>', 'where the items are in a JSON document: /data/items', pointer)
    .option('--sheet <name>', 'the sheet of a spreadsheet; default: the one with the most rows')
    .option('--table <name>', 'the table of a SQLite database')
    .option('--query <select>', 'what to read from a SQLite database instead of a table')
}

/** A name may have a comma itself: what a word means is known where the fields of the file are. */
function collectFields(word: string, before: string[] | undefined): string[] {
  return word.trim() === '' ? (before ?? []) : [...(before ?? []), word.trim()]
}

function delimiter(word: string): Delimiter {
  const parsed = Delimiter.safeParse(word === 'tab' || word === '\\t' ? '\t' : word)
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError('It must be one of , ; | or tab.')
}

function pointer(word: string): string {
  const parsed = SourceSettings.shape.items.safeParse(word)
  if (parsed.success && parsed.data !== undefined) return parsed.data
  throw new InvalidArgumentError('It must begin with a slash, such as /data/items.')
}
