import { type Command, Option } from 'commander'
import type { CategoryChange, MergeDescription, Weight } from '../../protocol/profile.ts'
import { weights } from '../../protocol/profile.ts'
import { print } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { oneLine } from '../terminal/plainText.ts'
import { categoriesText, slug } from './categoryText.ts'
import { type Execute, examples, numberBetween } from './execute.ts'

interface SetOptions {
  name?: string
  parent?: string | false
  weight?: Weight | 'inherit'
  description?: string
  hide?: boolean
  show?: boolean
  reviewBelow?: number | 'inherit'
}

export function addCategoryChanges(category: Command, execute: Execute): void {
  addSet(category, execute)
  addMerge(category, execute)
}

function addSet(category: Command, execute: Execute): void {
  category
    .command('set')
    .summary(
      'rename, move, weigh, describe, hide or show, say when verdicts wait in the review; several at once, all or nothing',
    )
    .argument('<slug...>', 'the categories', (word: string, before: string[] | undefined) => [
      ...(before ?? []),
      slug(word),
    ])
    .option('--name <name>', 'a new name; the slug stays')
    .option('--parent <slug>', 'its parent category', slug)
    .option('--no-parent', 'move it to the top level')
    .addOption(
      new Option('--weight <weight>', "how much it weighs in the score; inherit takes the parent's").choices([
        ...weights,
        'inherit',
      ]),
    )
    .option('--description <text>', 'what belongs in it, for the model; empty for none')
    .option(
      '--review-below <p>',
      "verdicts with it that are less sure wait in the review, 0 to 1; inherit takes the parent's",
      (word) => (word === 'inherit' ? word : numberBetween(0, 1)(word)),
    )
    .addOption(new Option('--hide', 'do not offer it to models').conflicts('show'))
    .addOption(new Option('--show', 'offer it again').conflicts('hide'))
    .addHelpText(
      'after',
      examples(
        'llm-providers category set hardware --name Devices --weight boost',
        'llm-providers category set finance startups --parent politics',
        'llm-providers category set hardware --review-below 0.8',
      ),
    )
    .action((slugs: string[], options: SetOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const change = changeOf(slugs, options)
        const changes = slugs.map((each) => ({ slug: each, ...change }))
        const outcome = await client.request('category/saveAll', { changes })
        return print(invocation, outcome, (saved) => categoriesText(invocation, saved))
      }),
    )
}

function changeOf(slugs: readonly string[], options: SetOptions): CategoryChange {
  const { name, parent, weight, description, hide, show, reviewBelow } = options
  if (name !== undefined && slugs.length > 1) throw new UsageError('--name is for one category')
  const change: CategoryChange = {
    ...(name === undefined ? {} : { name }),
    ...(parent === undefined ? {} : { parent: parent === false ? null : parent }),
    ...(weight === undefined ? {} : { weight: weight === 'inherit' ? null : weight }),
    ...(description === undefined ? {} : { description: description.trim() || null }),
    ...(reviewBelow === undefined ? {} : { review_below: reviewBelow === 'inherit' ? null : reviewBelow }),
    ...(hide || show ? { hidden: hide === true } : {}),
  }
  if (Object.keys(change).length === 0) throw new UsageError('Say what to change, such as --weight boost')
  return change
}

function addMerge(category: Command, execute: Execute): void {
  category
    .command('merge')
    .summary('make one category part of another: its name disappears, its children move')
    .argument('<from>', 'the category that goes', slug)
    .argument('<into>', 'the category that stays', slug)
    .option('--preview', 'show what would change, without changing anything')
    .addHelpText('after', examples('llm-providers category merge startups finance --preview'))
    .action((from: string, into: string, { preview }: { preview?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        if (!preview) {
          const merged = await client.request('category/merge', { from, into })
          return print(invocation, merged, (saved) => categoriesText(invocation, [saved]))
        }
        return print(invocation, await client.request('category/describeMerge', { from, into }), mergeText)
      }),
    )
}

function mergeText({ from, into, moves, weights: changed, offers }: MergeDescription): string {
  return [
    `"${oneLine(from.name)}" disappears; what it meant is "${oneLine(into.name)}"`,
    ...(from.parent === null && into.parent === null ? [] : [placeText(into.parent)]),
    ...moves.map(({ name }) => `"${oneLine(name)}" moves under "${oneLine(into.name)}"`),
    ...changed.map(({ name, before, after }) => `the weight of "${oneLine(name)}" becomes ${after}, from ${before}`),
    ...offers.map(
      ({ name, isOffered }) => `"${oneLine(name)}" is ${isOffered ? 'offered again' : 'no longer offered'}`,
    ),
  ].join('\n')
}

function placeText(parent: string | null): string {
  return parent === null ? 'it is at the top level' : `it is under ${parent}`
}
