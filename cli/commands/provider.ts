import type { Command } from 'commander'
import { providerDetails, settingsWithKeys } from '../describe/providerDetails.ts'
import { kindsText, modelsText, providersText } from '../describe/providerText.ts'
import { commandToType } from '../invocation/call.ts'
import { type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { confirmDependents, dependentLines, refuse } from '../invocation/questions.ts'
import { readKeyWords } from '../keys/describeKey.ts'
import { type Execute, providerId } from './execute.ts'
import { addKeyCommands } from './key.ts'
import { addProviderChanges } from './providerChanges.ts'
import { addProviderImport } from './providerImport.ts'
import { addScanCommand } from './scan.ts'
import { addProviderTest } from './testCommands.ts'

export function addProviderCommands(program: Command, execute: Execute): void {
  const provider = program
    .command('provider')
    .summary('connect model providers')
    .description('Connects model providers. A provider is one configured instance of a kind, named by you.')
  addLists(provider, execute)
  addProviderChanges(provider, execute)
  addKeyCommands(provider, execute)
  addProviderSwitches(provider, execute)
  addProviderTest(provider, execute)
  addQuestions(provider, execute)
  addScanCommand(provider, execute)
  addProviderImport(provider, execute)
}

function addLists(provider: Command, execute: Execute): void {
  provider
    .command('list')
    .summary('all providers and what is known about them')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const views = await client.request('provider/list', {})
        const keys = views.ok && !invocation.json ? await readKeyWords(invocation.terminal, views.value) : undefined
        return print(invocation, views, (value) => providersText(invocation, value, keys))
      }),
    )
  provider
    .command('kinds')
    .summary('the kinds of providers, their settings and presets')
    .action((_options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('provider/kinds', {}), (kinds) => kindsText(invocation, kinds)),
      ),
    )
}

function addQuestions(provider: Command, execute: Execute): void {
  provider
    .command('get')
    .summary('all that is known about a provider')
    .argument('<id>', 'the provider', providerId)
    .action((id: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const view = await client.request('provider/get', { provider: id })
        const keys = view.ok && !invocation.json ? await readKeyWords(invocation.terminal, [view.value]) : new Map()
        const code = await print(invocation, view, (value) => providerDetails(invocation, value, keys.get(id) ?? ''))
        if (view.ok && !invocation.json) await offerMove(invocation, id, settingsWithKeys(view.value))
        return code
      }),
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
  provider
    .command('dependents')
    .summary('what would break without a provider')
    .argument('<id>', 'the provider', providerId)
    .action((id: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) =>
        print(invocation, await client.request('provider/dependents', { provider: id }), ({ dependents }) =>
          dependents.length === 0 ? `Nothing depends on ${id}.` : dependentLines(dependents).join('\n'),
        ),
      ),
    )
}

/** A key in a setting is read by everybody who reads the data: it is offered a better place. */
async function offerMove(invocation: Invocation, id: string, settings: readonly string[]): Promise<void> {
  const [first] = settings
  if (first === undefined) return
  const { call } = invocation
  const remove = commandToType(call, 'provider', 'set', id, ...settings.map((name) => `${name}=`))
  await printNote(invocation, `The setting ${first} looks like a key. Keep it in the keyring, then: ${remove}`)
  await printNextStep(invocation, commandToType(call, 'provider', 'set-key', id))
}

function addProviderSwitches(provider: Command, execute: Execute): void {
  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    provider
      .command(name)
      .summary(enabled ? 'enable a provider' : 'disable a provider, keeping its settings')
      .argument('<id>', 'the provider', providerId)
      .option('--yes', 'continue even if something depends on it')
      .action((id: string, options: { yes?: boolean }, command: Command) =>
        execute(command, async (invocation, { client }) => {
          const outcome = await confirmDependents(invocation, options.yes ?? false, (confirm) =>
            client.request('provider/setEnabled', { provider: id, enabled, confirm }),
          )
          if (outcome === null) return refuse(invocation)
          return print(invocation, outcome, (view) => `${view.provider} is ${view.enabled ? 'enabled' : 'disabled'}`)
        }),
      )
  }
  provider
    .command('remove')
    .summary('remove a provider')
    .argument('<id>', 'the provider', providerId)
    .option('--yes', 'continue even if something depends on it: its routes and registered models are removed too')
    .action((id: string, options: { yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const outcome = await confirmDependents(invocation, options.yes ?? false, (confirm) =>
          client.request('provider/remove', { provider: id, confirm }),
        )
        if (outcome === null) return refuse(invocation)
        return print(invocation, outcome, ({ dependents }) =>
          dependents.length === 0
            ? `${id} is removed`
            : [`${id} is removed. What depended on it:`, ...dependentLines(dependents)].join('\n'),
        )
      }),
    )
}
