import type { Command } from 'commander'
import { AliasName } from '../../protocol/names.ts'
import type { Alias } from '../../protocol/routing.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { findProfileFolder } from '../runs/profileFolder.ts'
import { age } from '../terminal/format.ts'
import { renderTable } from '../terminal/table.ts'
import { providerAndModel } from './decide.ts'
import { type Execute, examples, matching } from './execute.ts'

const aliasName = matching(AliasName, 'an alias', 'lower-case letters, digits, ".", "_" or "-", at most 63')

/** Stable names for models. */
export function addAliasCommands(program: Command, execute: Execute): void {
  const alias = program
    .command('alias')
    .summary('stable names for models')
    .description(
      'Stable names for models, for routes, runs and evaluations. Results name both; routes that were set by an alias follow when it is changed.',
    )
    .addHelpText(
      'after',
      examples(
        'llm-providers alias set fast ollama/qwen3:8b',
        'llm-providers route set scoring --model fast',
        'llm-providers run issues.jsonl --model fast',
        'llm-providers evaluate --route fast --route work/gpt-5-mini',
      ),
    )
  alias
    .command('list')
    .summary('all aliases')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('alias/list', {}), (aliases) => aliasesText(invocation, aliases)),
      ),
    )
  alias
    .command('set')
    .summary('give a model a name, or the name to another model')
    .argument('<name>', 'the alias', aliasName)
    .argument('<provider/model>', 'what it stands for', providerAndModel)
    .option('--yes', "also where a route would follow to a model that has not passed the profile's gate")
    .action((name: string, [provider, model]: [string, string], { yes }: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const workspaceFolder = await findProfileFolder(invocation.terminal.workingFolder)
        const alias = { alias: name, provider, model, workspaceFolder, confirm: yes === true }
        return print(invocation, await client.request('alias/save', alias), (saved) => aliasesText(invocation, [saved]))
      }),
    )
  alias
    .command('remove')
    .summary('remove an alias; routes stay where they go')
    .argument('<name>', 'the alias', aliasName)
    .option('--yes', 'also one that routes were set by')
    .action((name: string, { yes }: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(
          invocation,
          await client.request('alias/remove', { alias: name, confirm: yes === true }),
          () => `The alias ${name} is gone.`,
        ),
      ),
    )
}

function aliasesText({ terminal: { stdout, now } }: Invocation, aliases: readonly Alias[]): string {
  if (aliases.length === 0) return 'No model has an alias.'
  return renderTable(
    stdout,
    [
      { heading: 'alias', text: ({ alias }) => alias },
      { heading: 'provider', text: ({ provider }) => provider, most: 24 },
      { heading: 'model', text: ({ model }) => model, most: 60 },
      { heading: 'changed', text: ({ updatedAt }) => age(updatedAt, now()) },
    ],
    aliases,
  )
}
