import path from 'node:path'
import type { Command } from 'commander'
import type { SourceDescription } from '../../protocol/sources.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, print, printNote } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { fieldsOf, type ReadingOptions, settingsOf, sourceOf } from '../runs/reading.ts'
import { count } from '../terminal/format.ts'
import { cut, oneLine } from '../terminal/plainText.ts'
import { type Execute, examples } from './execute.ts'
import { withReading } from './reading.ts'
import { addGitHubSource } from './sourceGitHub.ts'

export function addSourceCommands(program: Command, execute: Execute): void {
  const source = program
    .command('source')
    .summary('how files are read')
    .description('How files are read, and what is remembered about them.')
  addDescribe(source, execute)
  addRemember(source, execute)
  addGitHubSource(source, execute)
  source
    .command('forget')
    .summary('forget how a file is read')
    .argument('<file>', 'the file')
    .action((file: string, _: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const request = { path: path.resolve(invocation.terminal.workingFolder, file), settings: null }
        return print(invocation, await client.request('source/remember', request), () => 'Forgotten.')
      }),
    )
}

function addDescribe(source: Command, execute: Execute): void {
  withReading(source.command('describe').argument('<file>', 'a file or a folder'))
    .summary('what a file looks like, and what would be judged')
    .description(
      'Reads the beginning of a file: its format, its fields, and the first items as they would be judged. Calls no model.',
    )
    .addHelpText(
      'after',
      examples(
        'llm-providers source describe feedback.csv',
        'llm-providers source describe old.csv --encoding windows-1252 --delimiter ";"',
      ),
    )
    .action((file: string, options: ReadingOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const paths = [path.resolve(invocation.terminal.workingFolder, file)]
        const request = { source: sourceOf({ kind: 'paths', paths }, options), fields: fieldsOf(options) }
        return print(invocation, await client.request('source/describe', request), sourceText)
      }),
    )
}

function addRemember(source: Command, execute: Execute): void {
  withReading(source.command('remember').argument('<file>', 'the file'))
    .summary('read a file in the same way from now on')
    .description('Remembers how a file is read, for every run without reading options of its own.')
    .addHelpText('after', examples('llm-providers source remember feedback.csv --text subject,body --id ticket'))
    .action((file: string, options: ReadingOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const settings = settingsOf(options)
        if (Object.keys(settings).length === 0) throw new UsageError('Say what to remember, such as --text FIELD')
        const request = { path: path.resolve(invocation.terminal.workingFolder, file), settings }
        const remembered = await client.request('source/remember', request)
        const code = await print(invocation, remembered, () => 'Remembered.')
        if (remembered.ok && !invocation.json)
          await noteIfNothingFits(invocation, client, { path: request.path, options })
        return code
      }),
    )
}

/** The file may become what it is not yet, so it is remembered all the same; but most often a name was mistyped. */
async function noteIfNothingFits(
  invocation: Invocation,
  client: Client,
  { path: file, options }: { path: string; options: ReadingOptions },
): Promise<void> {
  const source = sourceOf({ kind: 'paths', paths: [file] }, options)
  const described = await client.request('source/describe', { source, fields: fieldsOf(options) })
  if (!described.ok) return printNote(invocation, `note: ${oneLine(described.reason.message)}`)
  const { rows, problems } = described.value
  const [first] = problems
  if (rows.length === 0 && first !== undefined)
    await printNote(invocation, `note: none of its first rows could be read this way. ${oneLine(first)}`)
}

const shownText = 200

/** A description for people: the facts, the fields, the first items. */
function sourceText(source: SourceDescription): string {
  const { format, formats, delimiter, items, fields, id, rows, problems, isRemembered } = source
  const others = formats.filter((each) => each !== format)
  const facts: [string, string][] = [
    ['Format', `${format}${others.length > 0 ? ` (or ${others.join(', ')})` : ''}`],
    ['Encoding', encodingText(source)],
    ...(delimiter === null ? [] : [['Delimiter', delimiter === '\t' ? 'tab' : delimiter] satisfies [string, string]]),
    ...(source.header === undefined ? [] : [['Header', headerText(source.header)] satisfies [string, string]]),
    ...(source.files === undefined ? [] : [['Files', filesText(source.files)] satisfies [string, string]]),
    ...(items === null ? [] : [['Items', items === '' ? 'the document itself' : items] satisfies [string, string]]),
    ['Text', textOf(source)],
    ['Id', id ?? 'none: items are identified by their content'],
    ...(isRemembered ? [['Read', 'as remembered'] satisfies [string, string]] : []),
  ]
  return [
    ...facts.map(([label, value]) => `${label.padEnd(11)}${oneLine(value)}`),
    ...(fields.length > 0 ? ['', 'Fields'] : []),
    ...fields.map(({ name, example }) => `  ${oneLine(name)}${example === '' ? '' : `: ${oneLine(example)}`}`),
    ...(rows.length > 0 ? ['', 'First items'] : []),
    ...rows.map((row) => `  ${oneLine(row.id)}  ${cut(oneLine(row.text), shownText)}`),
    ...(problems.length > 0 ? ['', 'Good to know'] : []),
    ...problems.map((problem) => `  ${oneLine(problem)}`),
  ].join('\n')
}

function encodingText({ encoding, isUndecodable }: SourceDescription): string {
  return isUndecodable ? `${encoding}, which not all of it is: name it, --encoding windows-1252` : encoding
}

function headerText(hasHeader: boolean): string {
  return hasHeader
    ? 'the first line'
    : 'none: the columns are named by their number; if the first line names them, --header'
}

function filesText({ read, leftOut, isPartial }: NonNullable<SourceDescription['files']>): string {
  const all = read.reduce((sum, { count: each }) => sum + each, 0)
  const kinds = read.map(({ format, count: each }) => `${each} ${format}`).join(', ')
  const left = leftOut.map(({ reason, count: each }) => `${each} ${leftOutWords[reason]}`).join(', ')
  const first = isPartial ? 'the first ' : ''
  return `${first}${count(all, 'file')}${kinds ? `: ${kinds}` : ''}${left ? `; not read: ${left}` : ''}`
}

const leftOutWords: Record<NonNullable<SourceDescription['files']>['leftOut'][number]['reason'], string> = {
  hidden: 'hidden or in node_modules',
  link: 'links',
  results: 'results of earlier runs',
  binary: 'that are no text',
  empty: 'empty',
}

function textOf({ text, best, fields, problems }: SourceDescription): string {
  if (text !== null) return text.length > 0 ? text.join(', ') : 'the whole file'
  // Where no row can be read, no name of a field would help.
  return fields.length === 0 && problems.length > 0
    ? 'not known'
    : `not clear: name the field, --text ${best === undefined ? 'FIELD' : JSON.stringify(best)}`
}
