import path from 'node:path'
import type { Command } from 'commander'
import type { Result } from '../../protocol/contract.ts'
import { ModelId } from '../../protocol/names.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { Profile, ReadyMadeCriteria, ReadyMadeProfile } from '../../protocol/profile.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNote } from '../invocation/invocation.ts'
import { readText } from '../invocation/readText.ts'
import { planText, proposalText } from '../runs/draftProfile.ts'
import { namedModel } from '../runs/namedModel.ts'
import { findProfileFolder, profileFile } from '../runs/profileFolder.ts'
import { fieldsOf, type ReadingOptions, sourceOf } from '../runs/reading.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Execute, examples, matching, providerId, wholeNumber } from './execute.ts'
import { policiesText } from './policy.ts'
import { withReading } from './reading.ts'
import { criterionLine } from './storedCriteria.ts'

export function addProfileCommands(program: Command, execute: Execute): void {
  const profile = program
    .command('profile')
    .summary('category lists: ready-made, written or proposed')
    .description('A profile says which categories there are and what matters. `init FILE` makes one for a file.')
  profile
    .command('list')
    .summary('the ready-made profiles')
    .action((_options: object, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('profile/list', {}), readyMadeText),
      ),
    )
  profile
    .command('criteria')
    .summary('the ready-made criteria')
    .description(
      'What a scoring can ask instead of interest and quality: `criteria: NAME` in a profile file, `preferences set --criteria NAME` for the stored profile.',
    )
    .action((_options: object, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('profile/criteria', {}), readyMadeCriteriaText),
      ),
    )
  addPropose(profile, execute)
  profile
    .command('check')
    .summary("check whether a profile is valid; without a file, this folder's own")
    .description(
      'Reads a profile (YAML) or a plain list: one category per line, "name" or "name: description", children indented. Shows each problem with its line. Without a file it also shows the rules of the folder, and what may be better: categories that no result or label has, and descriptions that are nearly alike. Exit code 2 where something is wrong.',
    )
    .argument('[file]', 'the profile, or the list; - reads standard input')
    .option('--strict', 'exit code 2 for what may be better, too')
    .addHelpText(
      'after',
      examples(
        'llm-providers profile check',
        'llm-providers profile check --strict --json',
        'llm-providers profile check categories.txt',
      ),
    )
    .action((file: string | undefined, options: { strict?: boolean }, command: Command) =>
      execute(command, (invocation, { client }) =>
        file === undefined
          ? checkFolder(invocation, client, options.strict === true)
          : checkFile(invocation, client, file),
      ),
    )
}

async function checkFile(invocation: Invocation, client: Client, file: string): Promise<ExitCode> {
  const request = { text: await readText(invocation.terminal, file), name: file === '-' ? 'stdin' : file }
  return print(invocation, await client.request('profile/check', request), checkedText)
}

/** The folder's own profile with what is known of it there, and its rules: all that a build machine wants to know. */
async function checkFolder(invocation: Invocation, client: Client, isStrict: boolean): Promise<ExitCode> {
  const { terminal } = invocation
  const workspaceFolder = await findProfileFolder(terminal.workingFolder)
  const name = path.join(workspaceFolder, profileFile)
  const text = await readText(terminal, name)
  const checked = await client.request('profile/check', { text, name })
  if (!checked.ok) return print(invocation, checked, checkedText)
  const advised = await client.request('profile/advise', { text, name, workspaceFolder })
  if (!advised.ok) return print(invocation, advised, () => '')
  const rules = await client.request('policy/read', { workspaceFolder })
  if (!rules.ok) return print(invocation, rules, () => '')
  const { policies } = rules.value
  const { notes, results } = advised.value
  const told = { ...checked.value, results, notes, policies }
  const code = await print(invocation, succeed(told), () =>
    [
      checkedText(checked.value),
      ...notes.map((note) => `note: line ${note.line}: ${oneLine(note.message)}`),
      ...(policies.length > 0 ? [policiesText(policies)] : []),
    ].join('\n'),
  )
  const isBroken = policies.some(({ rules: read }) => read === null) || (isStrict && notes.length > 0)
  return isBroken ? exitCodes.wrongUse : code
}

interface ProposeOptions extends ReadingOptions {
  provider?: string
  model?: string
  words?: boolean
  sample?: number
  estimate?: boolean
}

function addPropose(profile: Command, execute: Execute): void {
  withReading(profile.command('propose').argument('<file>', 'the items: a file or a folder'))
    .summary('a list of categories made from the items themselves')
    .description(
      'A model reads some items, spread over the file, and proposes categories with descriptions. Nothing is stored: `init` does that.',
    )
    .option('--provider <id>', 'ask this provider instead of the one that categorizes', providerId)
    .option(
      '--model <model>',
      'this model of it; without --provider, an alias or PROVIDER/MODEL',
      matching(ModelId, 'the name of a model'),
    )
    .option('--words', 'do not ask a model: use words that several items share')
    .option('--sample <n>', 'how many items are read', wholeNumber(30, 60))
    .option('--estimate', 'only print the estimate')
    .addHelpText('after', examples('llm-providers profile propose tickets.csv --text subject,body'))
    .action((file: string, options: ProposeOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const { sample } = options
        const named = await namedModel(client, options)
        if (!named.ok) return print(invocation, named, () => '')
        const { workingFolder } = invocation.terminal
        const request = {
          source: sourceOf({ kind: 'paths', paths: [path.resolve(workingFolder, file)] }, options),
          fields: fieldsOf(options),
          workspaceFolder: await findProfileFolder(workingFolder),
          by: options.words ? ('words' as const) : ('model' as const),
          ...(named.value === null ? {} : { override: named.value }),
          ...(sample === undefined ? {} : { items: sample }),
        }
        const plan = await client.request('profile/planProposal', request)
        if (options.estimate || !plan.ok) return print(invocation, plan, planText)
        if (!invocation.json) await printNote(invocation, planText(plan.value))
        return print(invocation, await client.request('profile/propose', request), proposalText)
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

function readyMadeCriteriaText(sets: readonly ReadyMadeCriteria[]): string {
  const width = Math.max(...sets.map(({ name }) => name.length)) + 2
  return sets
    .flatMap(({ name, criteria }) =>
      criteria.map((criterion, index) => `${(index === 0 ? name : '').padEnd(width)}${criterionLine(criterion)}`),
    )
    .join('\n')
}

type Checked = Extract<Result<'profile/check'>, { ok: true }>['value']

function checkedText({ profile, form }: Checked): string {
  return [
    `Valid ${form} of ${count(countCategories(profile), 'category', 'categories')}.`,
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
