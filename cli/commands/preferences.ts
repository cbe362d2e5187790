import { type Command, Option } from 'commander'
import type { Params, Result } from '../../protocol/contract.ts'
import type { Preferences } from '../../protocol/profile.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, print } from '../invocation/invocation.ts'
import { readText } from '../invocation/readText.ts'
import { UsageError } from '../invocation/usageError.ts'
import { coloursFor } from '../terminal/colours.ts'
import { neutralise, wrap } from '../terminal/plainText.ts'
import { type Execute, examples, wholeNumber } from './execute.ts'
import {
  type CriteriaOptions,
  criteriaChange,
  criteriaOptionNames,
  criteriaText,
  withCriteriaOptions,
} from './storedCriteria.ts'

interface SetOptions extends CriteriaOptions {
  interests?: string
  antiInterests?: string
  interestsFile?: string
  antiInterestsFile?: string
  categorizeChars?: number
  scoreChars?: number
  examples?: number | false
  examplesBy?: 'spread' | 'likeness'
  maxCategories?: number
}

export function addPreferencesCommands(program: Command, execute: Execute): void {
  const preferences = program
    .command('preferences')
    .summary('what you want to see more of, and less of')
    .description(
      'Interests and anti-interests of the stored profile, as prose that the scoring model reads. Saving starts nothing.',
    )
  preferences
    .command('show')
    .summary('the stored interests and anti-interests')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('preferences/read', {}), (value) => preferencesText(invocation, value)),
      ),
    )
  withCriteriaOptions(preferences.command('set'))
    .summary('change them; options that are not given stay as they are')
    .option('--interests <text>', 'what you want to see more of')
    .option('--anti-interests <text>', 'what you want to see less of')
    .option('--interests-file <file>', 'the same from a file; - for standard input')
    .option('--anti-interests-file <file>', 'the same from a file; - for standard input')
    .option(
      '--categorize-chars <number>',
      'how many characters of an item are sent to be categorized',
      wholeNumber(100, 200_000),
    )
    .option('--score-chars <number>', 'how many characters of an item are sent to be scored', wholeNumber(100, 200_000))
    .option(
      '--examples <number>',
      'how many of your labels are sent to models as examples with each call',
      wholeNumber(1, 20),
    )
    .option('--no-examples', 'send none')
    .addOption(
      new Option(
        '--examples-by <way>',
        'which of them: some of each kind, or those that are like the items of the call',
      ).choices(['spread', 'likeness']),
    )
    .option('--max-categories <number>', 'how many categories an item gets at most', wholeNumber(1, 4))
    .addHelpText(
      'after',
      examples(
        'llm-providers preferences set --examples 5',
        'llm-providers preferences set --interests "Crashes and data loss. Steps to reproduce."',
        'llm-providers preferences set --criteria issues --language German',
        'llm-providers preferences set --interests-file interests.txt --anti-interests ""',
      ),
    )
    .action((options: SetOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const criteria = await criteriaChange(invocation, client, options)
        if (!criteria.ok) return print(invocation, criteria, () => '')
        const change = await changeOf(invocation, client, options, criteria.value)
        const outcome = await client.request('preferences/save', change)
        return print(invocation, outcome, (value) => preferencesText(invocation, value))
      }),
    )
}

async function changeOf(
  { terminal }: Invocation,
  client: Client,
  options: SetOptions,
  criteria: Params<'preferences/save'>,
): Promise<Params<'preferences/save'>> {
  if (options.interestsFile === '-' && options.antiInterestsFile === '-')
    throw new UsageError('Standard input can be read only once')
  const interests = await textOf(options.interests, options.interestsFile, '--interests')
  const antiInterests = await textOf(options.antiInterests, options.antiInterestsFile, '--anti-interests')
  const { categorizeChars, scoreChars, examples, examplesBy, maxCategories } = options
  const hasLimits = categorizeChars !== undefined || scoreChars !== undefined
  const changes = [interests, antiInterests, categorizeChars, scoreChars, examples, examplesBy, maxCategories]
  if (changes.every((change) => change === undefined) && Object.keys(criteria).length === 0)
    throw new UsageError(
      `Say what to change: --interests, --anti-interests, a file for one of them, --categorize-chars, --score-chars, --examples, --examples-by, --max-categories, ${criteriaOptionNames}`,
    )
  const isPart = hasLimits || maxCategories !== undefined || examples || examplesBy !== undefined
  const stored = isPart ? await client.request('preferences/read', {}) : null
  return {
    ...criteria,
    ...(interests === undefined ? {} : { interests }),
    ...(antiInterests === undefined ? {} : { anti_interests: antiInterests }),
    ...(examples === undefined && examplesBy === undefined ? {} : { examples: examplesOf(stored) }),
    ...(stored?.ok && hasLimits ? { limits: limitsOf(stored.value) } : {}),
    ...(stored?.ok && maxCategories !== undefined
      ? { category_choice: { ...stored.value.category_choice, max: maxCategories } }
      : {}),
  }

  /** What is not said stays as it is. */
  function examplesOf(stored: Result<'preferences/read'> | null): Preferences['examples'] {
    if (examples === false) return null
    const before = stored?.ok ? stored.value.examples : null
    const by = examplesBy ?? before?.by
    return { use: true, count: examples ?? before?.count ?? usualExamples, ...(by ? { by } : {}) }
  }

  function limitsOf({ limits }: Preferences) {
    return {
      categorize_chars: categorizeChars ?? limits.categorize_chars,
      score_chars: scoreChars ?? limits.score_chars,
    }
  }

  async function textOf(said: string | undefined, file: string | undefined, option: string) {
    if (said !== undefined && file !== undefined)
      throw new UsageError(`${option} and ${option}-file exclude each other`)
    const text = file === undefined ? said : (await readText(terminal, file)).trim()
    if (text !== undefined && text.length > mostCharacters)
      throw new UsageError(`${option} takes at most ${mostCharacters} characters, and these are ${text.length}`)
    return text
  }
}

const mostCharacters = 10_000
const usualExamples = 5

function preferencesText({ terminal }: Invocation, preferences: Preferences): string {
  const { interests, anti_interests, limits, examples: shown, category_choice } = preferences
  const colours = coloursFor(terminal.stdout)
  const prose = (text: string): string[] =>
    text === ''
      ? ['  (not said)']
      : neutralise(text)
          .split('\n')
          .flatMap((line) => wrap(line, terminal.stdout.columns - 2))
          .map((line) => `  ${line}`.trimEnd())
  return [
    colours.heading('interests'),
    ...prose(interests),
    colours.heading('anti-interests'),
    ...prose(anti_interests),
    colours.heading('limits'),
    `  ${limits.categorize_chars} characters of an item to categorize it, ${limits.score_chars} to score it`,
    colours.heading('examples'),
    shown?.use
      ? `  ${shown.count} of your labels with each call, where a folder has some${shown.by === 'likeness' ? ': those that are like its items' : ''}`
      : '  none: your labels are not shown to models',
    colours.heading('categories'),
    `  at most ${category_choice?.max ?? 4} for an item`,
    ...criteriaText(preferences).flatMap(({ heading, lines }) => [
      colours.heading(heading),
      ...lines.flatMap((line) => wrap(line, terminal.stdout.columns - 2)).map((line) => `  ${line}`),
    ]),
  ].join('\n')
}
