import { type Command, Option } from 'commander'
import { CategorySlug } from '../../protocol/names.ts'
import { type Category, type CategoryChange, type Weight, weights } from '../../protocol/profile.ts'
import { type Invocation, print } from '../invocation.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { addCategoryChanges } from './categoryChanges.ts'
import { type Execute, examples, matching } from './execute.ts'

export const slug = matching(CategorySlug, 'the slug of a category', 'lower-case letters, digits or "-"')

interface AddOptions {
  parent?: string
  weight?: Weight
  description?: string
  hidden?: boolean
}

export function addCategoryCommands(program: Command, execute: Execute): void {
  const category = program
    .command('category')
    .summary('the stored categories, and the names that models suggested')
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
    .option('--parent <slug>', 'the root that it belongs under', slug)
    .addOption(new Option('--weight <weight>', 'how much it pulls the score').choices(weights))
    .option('--description <text>', 'what belongs into it, for the model')
    .option('--hidden', 'never offer it to a model')
    .addHelpText('after', examples('llm-providers category add "Release notes" --parent technology --weight boost'))
    .action((name: string, options: AddOptions, command: Command) => save(execute, command, { name, ...options }))
  category
    .command('approve')
    .summary('make a suggested name a category')
    .argument('<slug>', 'the suggestion', slug)
    .action((id: string, _options, command: Command) => save(execute, command, { slug: id, approved: true }))
  category
    .command('remove')
    .summary('remove a category or refuse a suggestion')
    .argument('<slug>', 'the category', slug)
    .option('--yes', 'do it although other categories stand under it')
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

export function categoriesText({ terminal }: Invocation, all: readonly Category[]): string {
  if (all.length === 0) return 'There are no categories.'
  return renderTable(terminal.stdout, columns, asTree(all))
}

/** Roots in their order, each with its children behind it. */
function asTree(all: readonly Category[]): Category[] {
  const slugs = new Set(all.map((each) => each.slug))
  const roots = all.filter(({ parent }) => parent === null || !slugs.has(parent))
  return roots.flatMap((root) => [root, ...all.filter(({ parent }) => parent === root.slug)])
}

const columns: Column<Category>[] = [
  { heading: 'category', text: ({ slug: id, parent }) => (parent === null ? id : `· ${id}`), most: 34 },
  { heading: 'name', text: ({ name }) => name, most: 34 },
  {
    heading: 'weight',
    text: ({ weight, effectiveWeight }) => weight ?? (effectiveWeight === 'normal' ? '' : `(${effectiveWeight})`),
  },
  {
    heading: 'state',
    text: ({ approved, hidden }) => (approved ? (hidden ? 'hidden' : '') : 'waits for approval'),
    paint: (text, { approved }, colours) => (approved ? text : colours.careful(text)),
  },
  { heading: 'description', text: ({ description }) => description ?? '', share: 1 },
]
