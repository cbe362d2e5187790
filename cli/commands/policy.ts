import path from 'node:path'
import type { Command } from 'commander'
import type { PolicyView } from '../../protocol/policy.ts'
import { describePolicy } from '../../shared/describe/policy.ts'
import { english } from '../../shared/language.ts'
import { exitCodes } from '../invocation/exitCodes.ts'
import { print } from '../invocation/invocation.ts'
import { findProfileFolder } from '../runs/profileFolder.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Execute, examples } from './execute.ts'

export function addPolicyCommands(program: Command, execute: Execute): void {
  const policy = program
    .command('policy')
    .summary('the rules of a folder: which models its texts may go to')
    .description(
      'A folder may keep rules in .llm-providers/policy.yaml: providers, models, local_only (paths that stay on this machine), route (the one model for a task) and caps (usd_per_run, usd_per_day). They only narrow what is set up, and are followed by everything that sends its texts. Those of folders around it count, too.',
    )
  policy
    .command('check')
    .summary("check a folder's rules and show what they allow; without a folder, this one's")
    .argument('[folder]', 'the folder')
    .addHelpText('after', examples('llm-providers policy check', 'llm-providers policy check ../docs --json'))
    .action((folder: string | undefined, _options: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const { workingFolder } = invocation.terminal
        const workspaceFolder =
          folder === undefined ? await findProfileFolder(workingFolder) : path.resolve(workingFolder, folder)
        const read = await client.request('policy/read', { workspaceFolder })
        const code = await print(invocation, read, ({ policies }) => policiesText(policies))
        const isBroken = read.ok && read.value.policies.some(({ rules }) => rules === null)
        return isBroken ? exitCodes.wrongUse : code
      }),
    )
}

export function policiesText(policies: readonly PolicyView[]): string {
  if (policies.length === 0) return 'This folder has no rules.'
  return policies
    .flatMap((view) => [oneLine(view.file), ...describePolicy(english, view).map((line) => `  ${oneLine(line)}`)])
    .join('\n')
}
