import { Argument, type Command } from 'commander'
import type { Task } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { type Prompt, type PromptPart, promptParts } from '../../protocol/prompts.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { coloursFor } from '../terminal/colours.ts'
import { age } from '../terminal/format.ts'
import { neutralise } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { type Execute, examples } from './execute.ts'
import { readPrompt, taskArgument } from './promptArguments.ts'
import { addPreview } from './promptPreview.ts'

export function addPromptCommands(program: Command, execute: Execute): void {
  const prompt = program
    .command('prompt')
    .summary('the prompts that tell models what to do')
    .description(
      'The prompts of the stored profile: a system and a user part for each task, with placeholders such as {items}. A profile file has its own under "prompts".',
    )
  prompt
    .command('list')
    .summary('every part, and whether it was changed')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('prompt/list', {}), (all) => promptsText(invocation, all)),
      ),
    )
  addShow(prompt, execute)
  addSet(prompt, execute)
  prompt
    .command('reset')
    .summary('restore the default text; of both parts if none is given')
    .addArgument(taskArgument())
    .addArgument(partArgument(false))
    .action((task: Task, part: PromptPart | undefined, _options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await client.request('prompt/reset', { task, ...(part ? { part } : {}) })
        return print(invocation, outcome, (all) => promptsText(invocation, all))
      }),
    )
  addPreview(prompt, execute)
}

function addShow(prompt: Command, execute: Execute): void {
  prompt
    .command('show')
    .summary('the text of one part, to be read or edited')
    .addArgument(taskArgument())
    .addArgument(partArgument(true))
    .option('--default', 'the default text, even if it was changed')
    .option('--placeholders', 'the placeholders, and what they become')
    .addHelpText('after', examples('llm-providers prompt show scoring system > scoring.txt'))
    .action((task: Task, part: PromptPart, options: { default?: boolean; placeholders?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const found = findPart(await client.request('prompt/list', {}), task, part)
        return print(invocation, found, (one) => {
          if (options.placeholders) return placeholdersText(invocation, one)
          return neutralise(options.default ? one.defaultText : one.text)
        })
      }),
    )
}

function addSet(prompt: Command, execute: Execute): void {
  prompt
    .command('set')
    .summary('change one part; new runs use it')
    .addArgument(taskArgument())
    .addArgument(partArgument(true))
    .requiredOption('--file <file>', 'the new text; - for standard input')
    .addHelpText(
      'after',
      examples(
        'llm-providers prompt set scoring system --file scoring.txt',
        'llm-providers prompt show scoring user | sed s/Rate/Judge/ | llm-providers prompt set scoring user --file -',
      ),
    )
    .action((task: Task, part: PromptPart, { file }: { file: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const text = await readPrompt(invocation, file)
        const outcome = await client.request('prompt/save', { task, part, text })
        return print(invocation, outcome, (saved) => promptsText(invocation, [saved]))
      }),
    )
}

function partArgument(isRequired: boolean): Argument {
  return new Argument(isRequired ? '<part>' : '[part]', 'the system part, or the part with the items').choices(
    promptParts,
  )
}

function findPart(all: Outcome<Prompt[]>, task: Task, part: PromptPart): Outcome<Prompt> {
  if (!all.ok) return all
  const found = all.value.find((each) => each.task === task && each.part === part)
  if (!found) throw new Error(`The server tells no prompt ${task}/${part}`)
  return succeed(found)
}

function promptsText({ terminal }: Invocation, prompts: readonly Prompt[]): string {
  return renderTable(terminal.stdout, columns(terminal.now()), prompts)
}

function columns(now: Date): Column<Prompt>[] {
  return [
    { heading: 'task', text: ({ task }) => task },
    { heading: 'part', text: ({ part }) => part },
    {
      heading: 'text',
      text: ({ isDefault, problems }) => {
        if (problems.length > 0) return 'cannot be used'
        return isDefault ? 'default' : 'changed'
      },
      paint: (text, { problems }, colours) => (problems.length > 0 ? colours.bad(text) : text),
    },
    { heading: 'characters', text: ({ text }) => String(text.length), align: 'right' },
    // As many as receipts need to be told apart by eye.
    { heading: 'prompt hash', text: ({ hash }) => hash.slice(0, 12) },
    { heading: 'changed', text: ({ updatedAt }) => (updatedAt ? age(updatedAt, now) : '') },
  ]
}

function placeholdersText({ terminal }: Invocation, { placeholders }: Prompt): string {
  const colours = coloursFor(terminal.stdout)
  const rows: Column<Prompt['placeholders'][number]>[] = [
    { heading: 'placeholder', text: ({ name }) => `{${name}}`, paint: (text) => colours.command(text), most: 24 },
    { heading: 'needed', text: ({ isRequired }) => (isRequired ? 'yes' : 'no') },
    { heading: 'becomes', text: ({ about }) => about, share: 1 },
  ]
  return renderTable(terminal.stdout, rows, placeholders)
}
