import { type Command, Option } from 'commander'
import { ModelStatus, ModelType } from '../../protocol/models.ts'
import { succeed } from '../../protocol/outcome.ts'
import { print } from '../invocation/invocation.ts'
import { registeredText } from '../models/modelText.ts'
import { availableText } from '../providers/providerText.ts'
import { listRegistered, type RegistryFilter } from '../models/registeredModels.ts'
import { UsageError } from '../invocation/usageError.ts'
import { type Execute, examples, providerId } from './execute.ts'
import { addModelChanges } from './modelChanges.ts'
import { addModelLibrary } from './modelLibrary.ts'
import { addModelTest } from './testCommands.ts'

export function addModelCommands(program: Command, execute: Execute): void {
  const model = program
    .command('model')
    .summary('the models that you registered, and their parameters')
    .description(
      'Models that you registered, each with its parameters and what was measured. What the providers offer is "model list --available".',
    )
  addList(model, execute)
  addModelChanges(model, execute)
  addModelTest(model, execute)
  addModelLibrary(model, execute)
}

function addList(model: Command, execute: Execute): void {
  model
    .command('list')
    .summary('the registered models')
    .option('--provider <id>', 'of this provider', providerId)
    .addOption(new Option('--type <type>', 'of this type').choices(ModelType.options))
    .addOption(new Option('--status <status>', 'in this state').choices(ModelStatus.options))
    .option('--search <text>', 'with this in their name')
    .option('--available', 'instead, the models that each provider listed last')
    .addHelpText('after', examples('llm-providers model list --type embedding', 'llm-providers model list --available'))
    .action((options: RegistryFilter & { available?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const filter = filterOf(options)
        if (!options.available) {
          return print(invocation, await listRegistered(client, filter), ({ rows }) => registeredText(invocation, rows))
        }
        if (Object.keys(filter).length > 0) {
          throw new UsageError('--available lists all that the providers offer, and takes no other option')
        }
        const views = await client.request('provider/list', {})
        if (!views.ok) return print(invocation, views, () => '')
        const lists = views.value.map(({ provider, models }) => ({ provider, ...models }))
        return print(invocation, succeed(lists), () => availableText(invocation, lists))
      }),
    )
}

function filterOf({ provider, type, status, search }: RegistryFilter): RegistryFilter {
  return {
    ...(provider === undefined ? {} : { provider }),
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { status }),
    ...(search === undefined ? {} : { search }),
  }
}
