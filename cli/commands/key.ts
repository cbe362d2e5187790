import type { Command } from 'commander'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import type { AroundKey } from '../../shared/keys/pastedKey.ts'
import { commandToType } from '../invocation/call.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep, printNote } from '../invocation/invocation.ts'
import { refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { type ImportOptions, importKeys } from '../keys/importKeys.ts'
import { importStoredKeys } from '../keys/importStoredKeys.ts'
import { KeyStore, keyOrigin, notifyKeyChanged } from '../keys/keyStore.ts'
import { type KeySource, readKey } from '../keys/readKey.ts'
import { parseVariableName } from '../providers/configValues.ts'
import { findKind } from '../providers/kinds.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Execute, examples, providerId } from './execute.ts'

export function addKeyCommands(provider: Command, execute: Execute): void {
  provider
    .command('set-key')
    .summary("store a provider's key in the keyring of this machine")
    .description(
      "Stores a provider's key in the operating system's keyring, for its current base URL only. The key is read from the keyboard without being shown, from standard input, or from a file of variables; never from the command line.",
    )
    .argument('<id>', 'the provider', providerId)
    .option('--from-file <file>', 'a file of variables with the key, such as .env')
    .option('--variable <name>', 'which variable of that file', parseVariableName)
    // A key that somebody gives all the same is refused in our own words.
    .allowExcessArguments()
    .addHelpText(
      'after',
      examples(
        'llm-providers provider set-key work',
        'pass show openai | llm-providers provider set-key work',
        'llm-providers provider set-key work --from-file .env --variable OPENAI_API_KEY',
      ),
    )
    .action((id: string, options: KeySource, command: Command) => {
      if (command.args.length > 1) throw new UsageError(neverOnTheCommandLine)
      return execute(command, (invocation, host) => setKey(invocation, host, id, options))
    })
  provider
    .command('clear-key')
    .summary("remove a provider's key")
    .description("Removes a provider's keys from the keyring, for every base URL.")
    .argument('<id>', 'the provider', providerId)
    .action((id: string, _options, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const cleared = await new KeyStore(invocation.terminal).clear(id)
        if (cleared.ok) await notifyKeyChanged(client, id)
        const outcome = cleared.ok ? succeed({ provider: id, origins: cleared.value }) : cleared
        return print(invocation, outcome, ({ origins }) => clearedText(id, origins))
      }),
    )
  addImportCommand(provider, execute)
}

function addImportCommand(provider: Command, execute: Execute): void {
  provider
    .command('import-keys')
    .summary('move keys from files or stored settings into the keyring')
    .description(
      'Looks through files for keys: settings (.json, .jsonc), YAML, variables (.env), and whatever gives names to values line by line. Tells file, line, the last four characters and whose key it is; moves it into the keyring and out of the file when that is confirmed. Only values of JSON, YAML and .env files are taken out, and the rest of the file stays as it is; others are told. Without a file it looks through the stored settings of the providers, their headers included.',
    )
    .argument('[file...]', 'the files to look through')
    .option('--provider <id>', 'the provider that is meant, where several are of one kind', providerId)
    .option('--name <name>', 'only the key under this name, as it is listed')
    .option('--yes', 'move them without asking')
    .addHelpText(
      'after',
      examples(
        'llm-providers provider import-keys .env .vscode/settings.json',
        'llm-providers provider import-keys ~/.config/Code/User/settings.json --yes',
        'llm-providers provider import-keys .env --provider gateway --name GATEWAY_TOKEN',
        'llm-providers provider import-keys',
      ),
    )
    .action((files: string[], options: ImportOptions, command: Command) =>
      execute(command, (invocation, host) =>
        files.length > 0 ? importKeys(invocation, host, files, options) : importStoredKeys(invocation, host, options),
      ),
    )
}

const neverOnTheCommandLine =
  'A key never stands on a command line, where every process can read it and the shell remembers it: leave it out, and it is asked for'

async function setKey(invocation: Invocation, { client }: Host, id: string, options: KeySource): Promise<ExitCode> {
  if (options.variable !== undefined && options.fromFile === undefined) {
    throw new UsageError('--variable names a variable of a file: --from-file FILE')
  }
  const found = await client.request('provider/get', { provider: id })
  if (!found.ok) return print(invocation, found, () => '')
  const kind = await findKind(client, found.value.kind)
  const origin = originForKey(invocation, found.value, kind)
  if (!origin.ok) return print(invocation, origin, () => '')
  const store = new KeyStore(invocation.terminal)
  const reached = await store.reach(id)
  if (!reached.ok) return print(invocation, withVariable(reached, kind), () => '')

  const question = `Key of ${id} for ${origin.value} (it is not shown): `
  const pasted = await readKey(invocation, options, question, kind.key.customaryVariable)
  if (pasted === null) return refuse(invocation)
  const { key, removed } = pasted
  if (removed.length > 0) await printNote(invocation, describeRemoved(removed))
  const saved = await store.save(id, origin.value, key)
  if (!saved.ok) return print(invocation, withVariable(saved, kind), () => '')
  await notifyKeyChanged(client, id)
  const ending = keyEnding(key)
  const code = await print(invocation, succeed({ provider: id, origin: origin.value, ending }), () =>
    keptText(id, origin.value, ending),
  )
  if (!invocation.json) await printKeyNote(invocation, id, options)
  return code
}

const aroundKey: Record<AroundKey, string> = {
  name: 'the name before it',
  scheme: 'the word "Bearer"',
  quotes: 'the quotation marks',
}

/** What stood around the key when it was given, so that nobody wonders where it went. */
function describeRemoved(removed: readonly AroundKey[]): string {
  return `Left out, because it is no part of a key: ${removed.map((each) => aroundKey[each]).join(', ')}.`
}

/** Where the key would be sent, which is what it is kept for. */
function originForKey({ call }: Invocation, view: ProviderView, { kind, key }: KindInfo): Outcome<string> {
  if (key.need === 'none') throw new UsageError(`The kind ${kind} takes no key`)
  if (typeof view.config.key_env === 'string') {
    const line = commandToType(call, 'provider', 'set', view.provider, 'key_env=')
    throw new UsageError(
      `"${view.provider}" takes its key from the variable ${view.config.key_env}; to take it from the keyring instead: ${line}`,
    )
  }
  const origin = keyOrigin(view)
  if (origin !== null) return succeed(origin)
  if (view.reason !== null) return { ok: false, reason: view.reason }
  throw new Error(`${view.provider} takes a key and has no endpoint`)
}

/** Where there is no keyring, a variable has to be named: the customary one is as good as any. */
function withVariable(failure: { ok: false; reason: Reason }, { key }: KindInfo): { ok: false; reason: Reason } {
  const { reason } = failure
  if (reason.code !== 'secret_missing' || key.customaryVariable === null) return failure
  return fail({ ...reason, variable: key.customaryVariable })
}

function keptText(id: string, origin: string, ending: string | null): string {
  return `The key ${ending === null ? '' : `${ending} `}of ${id} is kept in the keyring, for ${oneLine(origin)} only.`
}

function clearedText(id: string, origins: readonly string[]): string {
  if (origins.length === 0) return `The keyring has no key of ${id}.`
  return `${count(origins.length, 'key')} of ${id} removed from the keyring, for ${oneLine(origins.join(', '))}.`
}

async function printKeyNote(invocation: Invocation, id: string, { fromFile }: KeySource): Promise<void> {
  if (fromFile !== undefined) await printNote(invocation, `${oneLine(fromFile)} still has the key: remove it there.`)
  await printNextStep(invocation, commandToType(invocation.call, 'provider', 'test', id))
}
