import type { Command } from 'commander'
import { print } from '../invocation/invocation.ts'
import { confirmDependents, dependentLines, refuse } from '../invocation/questions.ts'
import { type Execute, providerId } from './execute.ts'

export function addProviderSwitches(provider: Command, execute: Execute): void {
  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    provider
      .command(name)
      .summary(enabled ? 'switch a provider on' : 'switch a provider off, keeping its settings')
      .argument('<id>', 'the provider', providerId)
      .option('--yes', 'do it although something depends on it')
      .action((id: string, options: { yes?: boolean }, command: Command) =>
        execute(command, async (invocation, { client }) => {
          const outcome = await confirmDependents(invocation, options.yes ?? false, (confirm) =>
            client.request('provider/setEnabled', { provider: id, enabled, confirm }),
          )
          if (outcome === null) return refuse(invocation)
          return print(invocation, outcome, (view) => `${view.provider} is ${view.enabled ? 'on' : 'off'}`)
        }),
      )
  }
  provider
    .command('remove')
    .summary('remove a provider')
    .argument('<id>', 'the provider', providerId)
    .option('--yes', 'do it although something depends on it: routes and registered models go too')
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
