import path from 'node:path'
import type { Command } from 'commander'
import type { Result } from '../../protocol/contract.ts'
import type { Profile, ReadyMadeProfile } from '../../protocol/profile.ts'
import { print } from '../invocation/invocation.ts'
import { readText } from '../invocation/readText.ts'
import { findProfileFolder, profileFile } from '../runs/profileFolder.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Execute, examples } from './execute.ts'

export function addProfileCommands(program: Command, execute: Execute): void {
  const profile = program
    .command('profile')
    .summary('lists of categories that are ready-made, written or proposed')
    .description('A profile says which categories there are and what matters. `init FILE` leads to one for a file.')
  profile
    .command('list')
    .summary('the ready-made profiles')
    .action((_options: object, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('profile/list', {}), readyMadeText),
      ),
    )
  profile
    .command('check')
    .summary("whether a profile can be used; without a file, this folder's own")
    .description(
      'Reads a profile (YAML) or a plain list: one category a line, "name" or "name: description", children indented. Tells what is wrong with its line.',
    )
    .argument('[file]', 'the profile, or the list; - reads standard input')
    .addHelpText('after', examples('llm-providers profile check', 'llm-providers profile check categories.txt'))
    .action((file: string | undefined, _options: object, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const { terminal } = invocation
        const checked = file ?? path.join(await findProfileFolder(terminal.workingFolder), profileFile)
        const request = { text: await readText(terminal, checked), name: checked === '-' ? 'stdin' : checked }
        return print(invocation, await client.request('profile/check', request), checkedText)
      }),
    )
}

function readyMadeText(profiles: readonly ReadyMadeProfile[]): string {
  const width = Math.max(...profiles.map(({ name }) => name.length)) + 2
  return profiles
    .map(({ name, description, profile }) => {
      const names = profile.categories.map((category) => category.name).join(', ')
      return `${name.padEnd(width)}${description}\n${''.padEnd(width)}${names}`
    })
    .join('\n')
}

type Checked = Extract<Result<'profile/check'>, { ok: true }>['value']

function checkedText({ profile, form }: Checked): string {
  return [
    `It can be used: a ${form} of ${count(countCategories(profile), 'category', 'categories')}.`,
    ...categoryLines(profile),
  ].join('\n')
}

export function countCategories({ categories }: Pick<Profile, 'categories'>): number {
  return categories.reduce((sum, { children = [] }) => sum + 1 + children.length, 0)
}

/** One category a line, children indented, as `profile check` reads them back. */
export function categoryLines({ categories }: Pick<Profile, 'categories'>): string[] {
  const lineOf = ({ name, description }: Profile['categories'][number], indent: string): string =>
    `${indent}${oneLine(name)}${description ? `: ${oneLine(description)}` : ''}`
  return categories.flatMap((root) => [
    lineOf(root, '  '),
    ...(root.children ?? []).map((child) => lineOf(child, '    ')),
  ])
}
