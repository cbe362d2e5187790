import type { Command } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import type { Task } from '../../protocol/names.ts'
import type { PromptPreview } from '../../protocol/prompts.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { readText } from '../invocation/readText.ts'
import { UsageError } from '../invocation/usageError.ts'
import { profileOf } from '../runs/runRequest.ts'
import { coloursFor } from '../terminal/colours.ts'
import { count } from '../terminal/format.ts'
import { neutralise, oneLine } from '../terminal/plainText.ts'
import type { Execute } from './execute.ts'
import { examples } from './execute.ts'
import { readPrompt, taskArgument } from './promptArguments.ts'

interface PreviewOptions {
  text?: string
  file?: string
  system?: string
  user?: string
  profile?: string
  together?: boolean
}

export function addPreview(prompt: Command, execute: Execute): void {
  prompt
    .command('preview')
    .summary('what a run would send for one item; nothing is sent')
    .addArgument(taskArgument())
    .option('--together', 'what one call asks for both tasks, as a run does where both go to one model')
    .option('--text <text>', 'the item; without it, a sample')
    .option('--file <file>', 'the item from a file; - for standard input')
    .option('--system <file>', 'this text as the system part, without storing it')
    .option('--user <file>', 'this text as the user part, without storing it')
    .option(
      '--profile <profile>',
      'a profile file, or the name of a ready-made one; default: the one that a run here would use',
    )
    .addHelpText(
      'after',
      examples(
        'llm-providers prompt preview scoring --text "Export stops at 2,000 rows"',
        'llm-providers prompt preview categorization --system draft.txt --profile issues',
      ),
    )
    .action((task: Task, options: PreviewOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await client.request('prompt/preview', await paramsOf(invocation, task, options))
        return print(invocation, outcome, (preview) => previewText(invocation, preview, options))
      }),
    )
}

async function paramsOf(
  invocation: Invocation,
  task: Task,
  options: PreviewOptions,
): Promise<Params<'prompt/preview'>> {
  const { text, file, system, user, profile, together } = options
  if (text !== undefined && file !== undefined) throw new UsageError('--text and --file exclude each other')
  if ([file, system, user].filter((each) => each === '-').length > 1)
    throw new UsageError('Standard input can be read only once')
  const { terminal } = invocation
  const item = file === undefined ? text : (await readText(terminal, file)).slice(0, longestItem)
  return {
    task,
    ...(together ? { together } : {}),
    workspaceFolder: terminal.workingFolder,
    ...(profile === undefined ? {} : { profile: profileOf(profile, terminal.workingFolder) }),
    ...(item === undefined ? {} : { item: { text: item } }),
    draft: {
      ...(system === undefined ? {} : { system: await readPrompt(invocation, system) }),
      ...(user === undefined ? {} : { user: await readPrompt(invocation, user) }),
    },
  }
}

/** More does not travel, and no profile looks at as much. */
const longestItem = 1_000_000

function previewText({ terminal }: Invocation, preview: PromptPreview, { together }: PreviewOptions): string {
  const { heading, quiet } = coloursFor(terminal.stdout)
  const { system, user, characters, inputTokens, promptHash, item } = preview
  const cut = item.isCut ? `, its item cut from ${count(item.characters, 'character')}` : ''
  return [
    heading('system'),
    neutralise(system),
    '',
    heading('user'),
    neutralise(user),
    '',
    quiet(
      `${count(characters, 'character')} with the schema of the answer, about ${count(inputTokens, 'token')}${cut}`,
    ),
    ...(together && !preview.together
      ? [quiet('each task has calls of its own, because a prompt of this profile was edited')]
      : []),
    quiet(`${fromText(preview)}, prompt hash ${oneLine(promptHash).slice(0, 12)}`),
  ].join('\n')
}

function fromText({ from }: PromptPreview): string {
  switch (from.origin) {
    case 'stored':
      return 'made of the stored profile'
    case 'workspace':
    case 'file':
      return `made of ${oneLine(from.name ?? 'a profile file')}`
    case 'preset':
      return `made of the ready-made profile ${oneLine(from.name ?? '')}`
    default:
      return from.origin satisfies never
  }
}
