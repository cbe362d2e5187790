import path from 'node:path'
import type { Command } from 'commander'
import type { Client } from '../invocation/client.ts'
import { type Invocation, print, tell } from '../invocation/invocation.ts'
import { fieldsOf, type ReadingOptions, settingsOf, sourceOf } from '../runs/reading.ts'
import { sourceText } from '../sourceText.ts'
import { oneLine } from '../terminal/plainText.ts'
import { UsageError } from '../invocation/usageError.ts'
import { type Execute, examples } from './execute.ts'
import { withReading } from './reading.ts'

export function addSourceCommands(program: Command, execute: Execute): void {
  const source = program
    .command('source')
    .summary('how files are read')
    .description('How files are read, and what is remembered of them.')
  addDescribe(source, execute)
  addRemember(source, execute)
  source
    .command('forget')
    .summary('read a file again as if it was never seen')
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
    .description('Keeps how a file is read, for every run that does not say it itself.')
    .addHelpText('after', examples('llm-providers source remember feedback.csv --text subject,body --id ticket'))
    .action((file: string, options: ReadingOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const settings = settingsOf(options)
        if (Object.keys(settings).length === 0) throw new UsageError('Say what to remember, such as --text FIELD')
        const request = { path: path.resolve(invocation.terminal.workingFolder, file), settings }
        const remembered = await client.request('source/remember', request)
        const code = await print(invocation, remembered, () => 'Remembered.')
        if (remembered.ok && !invocation.json)
          await tellIfNothingFits(invocation, client, { path: request.path, options })
        return code
      }),
    )
}

/** The file may become what it is not yet, so it is remembered all the same; but most often a name was mistyped. */
async function tellIfNothingFits(
  invocation: Invocation,
  client: Client,
  { path: file, options }: { path: string; options: ReadingOptions },
): Promise<void> {
  const source = sourceOf({ kind: 'paths', paths: [file] }, options)
  const described = await client.request('source/describe', { source, fields: fieldsOf(options) })
  if (!described.ok) return tell(invocation, `note: ${oneLine(described.reason.message)}`)
  const { rows, problems } = described.value
  const [first] = problems
  if (rows.length === 0 && first !== undefined)
    await tell(invocation, `note: none of its first rows could be read that way. ${oneLine(first)}`)
}
