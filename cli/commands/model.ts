import { type Command, Option } from 'commander'
import { type EndingModel, ModelStatus, ModelType } from '../../protocol/models.ts'
import { succeed } from '../../protocol/outcome.ts'
import { describeModelEnd } from '../../shared/describe/model.ts'
import { english } from '../../shared/language.ts'
import { registeredText } from '../describe/modelText.ts'
import { availableText } from '../describe/providerText.ts'
import { print } from '../invocation/invocation.ts'
import { confirmDependents, dependentLines, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { pullModel } from '../models/pullModel.ts'
import { listRegistered, type RegistryFilter } from '../models/registeredModels.ts'
import { bytes } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Execute, examples, providerId, wholeNumber } from './execute.ts'
import { addLearn } from './learn.ts'
import { addModelChanges, onModel, withDependents } from './modelChanges.ts'
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
  addLearn(model, execute)
  addModelLibrary(model, execute)
  addForecast(model, execute)
}

function addForecast(model: Command, execute: Execute): void {
  model
    .command('forecast')
    .summary('what you use and what ends soon')
    .description(
      'Lists models that end within some days, or have ended, with what names them: routes, fallbacks, unfinished runs, knowledge bases, aliases, gateways, conversations, defaults. Asks nobody; ends are known from the lists that providers gave last, and from a dated file of announcements.',
    )
    .option('--days <n>', 'how far to look ahead', wholeNumber(1, 3650), 90)
    .addHelpText('after', examples('llm-providers model forecast', 'llm-providers model forecast --days 365 --json'))
    .action(({ days }: { days: number }, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('model/forecast', { days }), (ending) =>
          ending.length === 0
            ? `Nothing that you use is known to end within ${days} days.`
            : ending.map((each) => endingText(each, invocation.terminal.now())).join('\n'),
        ),
      ),
    )
}

function endingText({ provider, model, replacement, dependents, ...end }: EndingModel, now: Date): string {
  const when = describeModelEnd(english, end, now.getTime())
  const instead = replacement === null ? '' : `; its replacement is "${replacement}"`
  return [oneLine(`${provider} / ${model}: ${when}${instead}`), ...dependentLines(dependents)].join('\n')
}

function addList(model: Command, execute: Execute): void {
  model
    .command('list')
    .summary('the registered models')
    .option('--provider <id>', 'of this provider', providerId)
    .addOption(new Option('--type <type>', 'of this type').choices(ModelType.options))
    .addOption(new Option('--status <status>', 'in this state').choices(ModelStatus.options))
    .option('--search <text>', 'with this in their name')
    .option('--public', 'only what can be given away: no prices, no measurements, nothing that is disabled')
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

function filterOf({ provider, type, status, search, public: isPublic }: RegistryFilter): RegistryFilter {
  return {
    ...(provider === undefined ? {} : { provider }),
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { status }),
    ...(search === undefined ? {} : { search }),
    ...(isPublic ? { public: true } : {}),
  }
}

function addModelLibrary(model: Command, execute: Execute): void {
  onModel(model, 'pull', "pull a model to its provider's machine")
    .description(
      'Pulls a model to the machine of its provider. Ctrl-C stops it; pulling again continues where it stopped. For kinds that support it, such as ollama.',
    )
    .addHelpText('after', examples('llm-providers model pull ollama qwen3:8b'))
    .action((provider: string, name: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await pullModel(invocation, client, { provider, model: name }), (info) =>
          [`${provider} has ${info.model}`, info.sizeBytes === undefined ? '' : bytes(info.sizeBytes)]
            .filter(Boolean)
            .join(', '),
        ),
      ),
    )
  onModel(model, 'delete', "remove a model from its provider's machine")
    .description(
      'Removes a model from the machine of its provider. Routes and settings that name it stay; they are listed first.',
    )
    .option('--yes', 'continue even if something depends on it')
    .action((provider: string, name: string, options: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await confirmDependents(invocation, options.yes ?? false, (confirm) =>
          client.request('model/delete', { provider, model: name, confirm }),
        )
        if (outcome === null) return refuse(invocation)
        return print(invocation, outcome, ({ dependents }) =>
          withDependents(`${name} is removed from the machine of ${provider}`, dependentLines(dependents)),
        )
      }),
    )
  onModel(model, 'dependents', 'what would break without a model').action(
    (provider: string, name: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('model/dependents', { provider, model: name }), ({ dependents }) =>
          dependents.length === 0 ? `Nothing depends on ${provider} / ${name}.` : dependentLines(dependents).join('\n'),
        ),
      ),
  )
}
