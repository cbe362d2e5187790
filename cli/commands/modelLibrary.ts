import type { Command } from 'commander'
import { print } from '../invocation/invocation.ts'
import { pullModel } from '../models/pullModel.ts'
import { confirmDependents, dependentLines, refuse } from '../invocation/questions.ts'
import { bytes } from '../terminal/bytes.ts'
import { type Execute, examples } from './execute.ts'
import { onModel, withDependents } from './modelChanges.ts'

export function addModelLibrary(model: Command, execute: Execute): void {
  onModel(model, 'pull', "bring a model to its provider's machine")
    .description(
      'Brings a model to the machine of its provider. Ctrl-C stops it; pulling again goes on where it was. For kinds that can, such as ollama.',
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
      'Removes a model from the machine of its provider. Routes and the registration that name it stay: what they are is told first.',
    )
    .option('--yes', 'do it although something depends on it')
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
