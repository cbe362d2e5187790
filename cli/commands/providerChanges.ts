import type { Command } from 'commander'
import { KindId } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { KindInfo, ProviderConfig, SavedProvider } from '../../protocol/providers.ts'
import { providersText } from '../describe/providerText.ts'
import { commandToType } from '../invocation/call.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { parseSettings, parseVariableName } from '../providers/configValues.ts'
import { findKind } from '../providers/kinds.ts'
import { findProfileFolder } from '../runs/profileFolder.ts'
import { oneLine } from '../terminal/plainText.ts'
import { collect, type Execute, examples, matching, providerId } from './execute.ts'

interface AddOptions {
  kind: string
  preset?: string
  set?: string[]
  keyEnv?: string
}

export function addProviderChanges(provider: Command, execute: Execute): void {
  provider
    .command('add')
    .summary('add a provider')
    .argument('<id>', 'a name of your choice, such as ollama or openai-work', providerId)
    .requiredOption('--kind <kind>', 'which kind it is: see "provider kinds"', matching(KindId, 'a kind'))
    .option('--preset <preset>', 'start from ready-made settings of the kind, such as lm-studio')
    .option('--set <key=value>', 'a setting of the kind (repeatable)', collect)
    .option('--key-env <name>', 'name of the environment variable that holds its key; the key itself is never stored')
    .addHelpText(
      'after',
      examples(
        'llm-providers provider add ollama --kind ollama',
        'llm-providers provider add work --kind openai --key-env OPENAI_API_KEY',
        'llm-providers provider add studio --kind openai-compatible --preset lm-studio',
        'llm-providers provider add lab --kind openai-compatible --set base_url=http://127.0.0.1:8080/v1',
      ),
    )
    .action((id: string, options: AddOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const kind = await findKind(client, options.kind)
        const settings = parseSettings(options.set ?? [], kind, presetOf(kind, options.preset))
        const config = nameKey(settings, kind, options.keyEnv)
        const saved = await client.request('provider/save', { provider: id, kind: kind.kind, config, create: true })
        return reportSaved(invocation, saved, kind)
      }),
    )
  provider
    .command('set')
    .summary('change settings of a provider')
    .argument('<id>', 'the provider', providerId)
    .argument('[key=value...]', 'settings to change; KEY= restores a default')
    .option('--key-env <name>', 'name of the environment variable that holds its key, for the current base URL')
    .option('--yes', "also where a task would go to a model that has not passed the profile's gate")
    .addHelpText(
      'after',
      examples(
        'llm-providers provider set ollama port=11500',
        'llm-providers provider set work --key-env OPENAI_API_KEY',
      ),
    )
    .action((id: string, words: string[], options: { keyEnv?: string; yes?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        if (words.length === 0 && options.keyEnv === undefined) throw new UsageError('Nothing to set: give KEY=VALUE')
        const before = await client.request('provider/get', { provider: id })
        if (!before.ok) return print(invocation, before, () => '')
        const kind = await findKind(client, before.value.kind)
        const config = nameKey(parseSettings(words, kind, before.value.config), kind, options.keyEnv)
        const ifUpdatedAt = before.value.updatedAt
        const workspaceFolder = await findProfileFolder(invocation.terminal.workingFolder)
        const saved = await client.request('provider/save', {
          ...{ provider: id, kind: kind.kind, config, ifUpdatedAt, workspaceFolder },
          confirm: options.yes === true,
        })
        return reportSaved(invocation, saved, kind)
      }),
    )
}

/** Ready-made settings to begin with; `--set` changes any of them. */
function presetOf(kind: KindInfo, name: string | undefined): ProviderConfig {
  if (name === undefined) return {}
  const preset = kind.presets.find(({ id }) => id === name)
  if (preset) return preset.config
  const ids = kind.presets.map(({ id }) => id).join(', ')
  throw new UsageError(
    `The kind ${kind.kind} has no preset "${name}"; ${ids === '' ? 'it has none' : `its presets are ${ids}`}`,
  )
}

/** Naming the variable binds its key to the endpoint as it is now, whatever it was bound to before; the server fills that in. */
function nameKey(config: ProviderConfig, kind: KindInfo, name: string | undefined): ProviderConfig {
  if (name === undefined) return config
  if (kind.key.need === 'none') throw new UsageError(`The kind ${kind.kind} takes no key`)
  const { key_origin: _, ...rest } = config
  return { ...rest, key_env: parseVariableName(name) }
}

async function reportSaved(invocation: Invocation, outcome: Outcome<SavedProvider>, kind: KindInfo): Promise<ExitCode> {
  const code = await print(invocation, outcome, (view) => providersText(invocation, [view]))
  // Elsewhere it tells of settings that were stored before; here of those that were just typed.
  if (!outcome.ok && outcome.reason.code === 'config_invalid') return exitCodes.wrongUse
  if (!outcome.ok || invocation.json) return code
  const { provider, config, settled = [] } = outcome.value
  for (const { task, model } of settled)
    await printNote(invocation, `The route of ${task} names ${oneLine(model)} now.`)
  const needsKey = kind.key.need === 'required' && config.key_env === undefined
  await printNextStep(invocation, commandToType(invocation.call, 'provider', needsKey ? 'set-key' : 'test', provider))
  return code
}
