import type { Command } from 'commander'
import { KindId } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { KindInfo, ProviderConfig, ProviderView } from '../../protocol/providers.ts'
import type { Client } from '../client.ts'
import { commandToType } from '../commandLine.ts'
import { parseSettings, parseVariableName } from '../configValues.ts'
import type { ExitCode } from '../exitCodes.ts'
import { type Invocation, print, tellNext } from '../invocation.ts'
import { connectionText, kindsText, modelsText, providersText } from '../providerText.ts'
import { UsageError } from '../usageError.ts'
import { collect, type Execute, examples, matching, providerId } from './execute.ts'

export function addProviderCommands(program: Command, execute: Execute): void {
  const provider = program
    .command('provider')
    .summary('connect model providers')
    .description('Connects model providers. A provider is one configured instance of a kind, named by you.')
  addLists(provider, execute)
  addChanges(provider, execute)
  addSwitches(provider, execute)
  addQuestions(provider, execute)
}

function addLists(provider: Command, execute: Execute): void {
  provider
    .command('list')
    .summary('all providers and what is known of them')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('provider/list', {}), (views) => providersText(invocation, views)),
      ),
    )
  provider
    .command('kinds')
    .summary('the kinds of providers and their settings')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('provider/kinds', {}), (kinds) => kindsText(invocation, kinds)),
      ),
    )
}

interface AddOptions {
  kind: string
  set?: string[]
  keyEnv?: string
}

function addChanges(provider: Command, execute: Execute): void {
  provider
    .command('add')
    .summary('add a provider')
    .argument('<id>', 'a name of your choice, such as ollama or openai-work', providerId)
    .requiredOption('--kind <kind>', 'what it speaks: see "provider kinds"', matching(KindId, 'a kind'))
    .option('--set <key=value>', 'a setting of the kind (repeatable)', collect)
    .option('--key-env <name>', 'name of the environment variable that holds its key; the key itself is never stored')
    .addHelpText(
      'after',
      examples(
        'llm-providers provider add ollama --kind ollama',
        'llm-providers provider add work --kind openai --key-env OPENAI_API_KEY',
        'llm-providers provider add lab --kind openai-compatible --set base_url=http://127.0.0.1:8080/v1',
      ),
    )
    .action((id: string, options: AddOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const kind = await findKind(client, options.kind)
        const config = nameKey(parseSettings(options.set ?? [], kind), kind, options.keyEnv)
        const saved = await client.request('provider/save', { provider: id, kind: kind.kind, config, create: true })
        return reportSaved(invocation, saved)
      }),
    )
  provider
    .command('set')
    .summary('change settings of a provider')
    .argument('<id>', 'the provider', providerId)
    .argument('[key=value...]', 'settings to change; KEY= puts one back to its default')
    .option('--key-env <name>', 'name of the environment variable that holds its key, for the endpoint as it is now')
    .addHelpText(
      'after',
      examples(
        'llm-providers provider set ollama port=11500',
        'llm-providers provider set work --key-env OPENAI_API_KEY',
      ),
    )
    .action((id: string, words: string[], options: { keyEnv?: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        if (words.length === 0 && options.keyEnv === undefined) throw new UsageError('Nothing to set: give KEY=VALUE')
        const before = await client.request('provider/get', { provider: id })
        if (!before.ok) return print(invocation, before, () => '')
        const kind = await findKind(client, before.value.kind)
        const config = nameKey(parseSettings(words, kind, before.value.config), kind, options.keyEnv)
        const ifUpdatedAt = before.value.updatedAt
        const saved = await client.request('provider/save', { provider: id, kind: kind.kind, config, ifUpdatedAt })
        return reportSaved(invocation, saved)
      }),
    )
}

function addSwitches(provider: Command, execute: Execute): void {
  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    provider
      .command(name)
      .summary(enabled ? 'switch a provider on' : 'switch a provider off, keeping its settings')
      .argument('<id>', 'the provider', providerId)
      .option('--yes', 'do it although routes depend on it')
      .action((id: string, options: { yes?: boolean }, command: Command) =>
        execute(command, async (invocation, { client }) => {
          const params = { provider: id, enabled, confirm: options.yes ?? false }
          const outcome = await client.request('provider/setEnabled', params)
          return print(invocation, outcome, (view) => `${view.provider} is ${view.enabled ? 'on' : 'off'}`)
        }),
      )
  }
  provider
    .command('remove')
    .summary('remove a provider')
    .argument('<id>', 'the provider', providerId)
    .option('--yes', 'do it although routes depend on it; they go too')
    .action((id: string, options: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await client.request('provider/remove', { provider: id, confirm: options.yes ?? false })
        return print(invocation, outcome, ({ dependents }) =>
          [`${id} is removed`, ...dependents.map((each) => `the ${each.what} ${each.id} is removed with it`)].join(
            '\n',
          ),
        )
      }),
    )
}

function addQuestions(provider: Command, execute: Execute): void {
  provider
    .command('test')
    .summary('test the connection to a provider')
    .description('Tests the connection: is it there, is the key accepted, which models are there. Changes nothing.')
    .argument('<id>', 'the provider', providerId)
    .action((id: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('provider/test', { provider: id }), (report) =>
          connectionText(invocation, report),
        ),
      ),
    )
  provider
    .command('models')
    .summary('list the models of a provider')
    .argument('<id>', 'the provider', providerId)
    .option('--last', 'the last list that it gave, without asking it')
    .action((id: string, options: { last?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await client.request('provider/models', { provider: id, refresh: !options.last })
        return print(invocation, outcome, (models) => modelsText(invocation, models))
      }),
    )
}

/** Naming the variable binds its key to the endpoint as it is now, whatever it was bound to before; the server fills that in. */
function nameKey(config: ProviderConfig, kind: KindInfo, name: string | undefined): ProviderConfig {
  if (name === undefined) return config
  if (kind.key.need === 'none') throw new UsageError(`The kind ${kind.kind} takes no key`)
  const { key_origin: _, ...rest } = config
  return { ...rest, key_env: parseVariableName(name) }
}

async function findKind(client: Client, name: string): Promise<KindInfo> {
  const kinds = await client.request('provider/kinds', {})
  if (!kinds.ok) throw new Error(kinds.reason.message)
  const kind = kinds.value.find((each) => each.kind === name)
  if (kind) return kind
  throw new UsageError(`There is no kind "${name}"; the kinds are ${kinds.value.map((each) => each.kind).join(', ')}`)
}

async function reportSaved(invocation: Invocation, outcome: Outcome<ProviderView>): Promise<ExitCode> {
  const code = await print(invocation, outcome, (view) => providersText(invocation, [view]))
  if (outcome.ok && !invocation.json) {
    await tellNext(invocation, commandToType(invocation.call, 'provider', 'test', outcome.value.provider))
  }
  return code
}
