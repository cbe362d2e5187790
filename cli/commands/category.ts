import { type Command, Option } from 'commander'
import { type CategoryChange, type Weight, weights } from '../../protocol/profile.ts'
import { print } from '../invocation/invocation.ts'
import { addCategoryChanges } from './categoryChanges.ts'
import { categoriesText, slug } from './categoryText.ts'
import { type Execute, examples, numberBetween } from './execute.ts'

interface AddOptions {
  parent?: string
  weight?: Weight
  description?: string
  hidden?: boolean
  reviewBelow?: number
}

export function addCategoryCommands(program: Command, execute: Execute): void {
  const category = program
    .command('category')
    .summary('the stored categories, and names that models suggested')
    .description('The categories of the stored profile. Names that models suggest wait here until they are approved.')
  category
    .command('list')
    .summary('the tree of categories')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('category/list', {}), (all) => categoriesText(invocation, all)),
      ),
    )
  category
    .command('add')
    .summary('add a category')
    .argument('<name>', 'its name')
    .option('--parent <slug>', 'its parent category', slug)
    .addOption(new Option('--weight <weight>', 'how much it weighs in the score').choices(weights))
    .option('--description <text>', 'what belongs in it, for the model')
    .option('--hidden', 'do not offer it to models')
    .option('--review-below <p>', 'verdicts with it that are less sure wait in the review, 0 to 1', numberBetween(0, 1))
    .addHelpText('after', examples('llm-providers category add "Release notes" --parent technology --weight boost'))
    .action((name: string, { reviewBelow, ...options }: AddOptions, command: Command) =>
      save(execute, command, { name, ...options, ...(reviewBelow === undefined ? {} : { review_below: reviewBelow }) }),
    )
  category
    .command('approve')
    .summary('make a suggested name a category')
    .argument('<slug>', 'the suggestion', slug)
    .action((id: string, _options, command: Command) => save(execute, command, { slug: id, approved: true }))
  category
    .command('remove')
    .summary('remove a category or decline a suggestion')
    .argument('<slug>', 'the category', slug)
    .option('--yes', 'continue even if it has subcategories')
    .action((id: string, options: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await client.request('category/remove', { slug: id, confirm: options.yes ?? false })
        return print(invocation, outcome, () => `${id} is removed`)
      }),
    )
  addCategoryChanges(category, execute)
}

function save(execute: Execute, command: Command, change: CategoryChange): Promise<void> {
  return execute(command, async (invocation, { client }) =>
    print(invocation, await client.request('category/save', change), (saved) => categoriesText(invocation, [saved])),
  )
}
