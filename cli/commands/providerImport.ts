import path from 'node:path'
import { type Command, Option } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import type { ImportEntry, ImportPlan, ImportResult } from '../../protocol/imports.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { describeEntry, describeForm } from '../../shared/describe/imports.ts'
import { english } from '../../shared/language.ts'
import { commandAgain, commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep, printNote, writeLine } from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { keepKeys } from '../keys/importKeys.ts'
import { KeyStore } from '../keys/keyStore.ts'
import { findPlaintextKeys, type PlaintextKey, type ToldKey, toldKey } from '../keys/plaintextKeys.ts'
import { findProfileFolder } from '../runs/profileFolder.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { collect, type Execute, examples } from './execute.ts'

interface ImportOptions {
  env?: boolean
  only?: string[]
  dryRun?: boolean
  keys?: 'copy' | 'move' | 'leave'
  yes?: boolean
}

type ProviderEntry = Extract<ImportEntry, { what: 'provider' }>

export function addProviderImport(provider: Command, execute: Execute): void {
  provider
    .command('import')
    .summary('take over providers, models and profiles from other programs')
    .description(
      'Reads the settings of Continue (config.yaml), LiteLLM (model_list), Roo Code and Cline (exports), VS Code (chatLanguageModels.json), llm (keys.json, aliases.json, extra-openai-models.yaml), and question packs (pack.yaml, with gates.yaml and cases.jsonl beside it) and codebooks as profiles. Shows what would be made, and makes it once you confirm. Nothing that is there already is changed, and a key is never shown: it goes into the keyring if you say so, for its endpoint only. Without a file it looks at the environment.',
    )
    .argument('[file...]', 'files to read; what they are is recognised by what they hold')
    .option('--env', 'also the usual environment variables for keys and addresses')
    .option(
      '--only <id>',
      'only this entry of the list, or all of a kind, such as provider or alias (repeatable)',
      collect,
    )
    .option('--dry-run', 'show the list, and make nothing')
    .addOption(
      new Option('--keys <what>', 'keys in files: copy them into the keyring, move them, or leave them').choices([
        ...['copy', 'move', 'leave'],
      ]),
    )
    .option('--yes', 'make it without asking; keys only with --keys')
    .addHelpText(
      'after',
      examples(
        'llm-providers provider import ~/.continue/config.yaml --dry-run',
        'llm-providers provider import litellm.yaml --only alias --yes',
        'llm-providers provider import roo-code-settings.json --keys move --yes',
        'llm-providers provider import',
      ),
    )
    .action((files: string[], options: ImportOptions, command: Command) =>
      execute(command, (invocation, host) => importSettings(invocation, host, files, options)),
    )
}

async function importSettings(
  invocation: Invocation,
  { client }: Host,
  files: readonly string[],
  options: ImportOptions,
): Promise<ExitCode> {
  const { terminal, json } = invocation
  const paths = [...new Set(files.map((file) => path.resolve(terminal.workingFolder, file)))]
  const asked: Params<'import/plan'> = {
    sources: [
      ...paths.map((each) => ({ kind: 'file' as const, path: each })),
      ...(options.env === true || paths.length === 0 ? [{ kind: 'environment' as const }] : []),
    ],
    workspaceFolder: await findProfileFolder(terminal.workingFolder),
  }
  const plan = await client.request('import/plan', asked)
  if (!plan.ok) return print(invocation, plan, () => '')
  const chosen = chosenOf(plan.value, options.only)
  const fresh = chosen.filter(({ state }) => state === 'new')
  if (!json) await writeLine(invocation, planText(invocation, plan.value))
  const mayAsk = !json && terminal.canAsk
  const isPlanOnly = options.dryRun === true || (options.yes !== true && !mayAsk)
  if (isPlanOnly) {
    if (json) return print(invocation, plan, () => '')
    if (fresh.length > 0 && options.dryRun !== true)
      await printNextStep(invocation, commandAgain(invocation.call, '--yes'))
    return exitCodes.done
  }
  if (
    fresh.length > 0 &&
    options.yes !== true &&
    !(await agrees(invocation, `Make ${count(fresh.length, 'entry', 'entries')}?`))
  )
    return refuse(invocation)
  const made = await makeChosen(client, asked, plan.value, fresh)
  if (!made.ok) return print(invocation, made, () => '')
  return finish(invocation, client, chosen, made.value, options)
}

async function makeChosen(
  client: Client,
  asked: Params<'import/plan'>,
  { digest }: ImportPlan,
  fresh: readonly ImportEntry[],
): Promise<Outcome<ImportResult>> {
  if (fresh.length === 0) return succeed({ made: [], failed: [] })
  return await client.request('import/apply', { ...asked, digest, ids: fresh.map(({ id }) => id) })
}

async function finish(
  invocation: Invocation,
  client: Client,
  chosen: readonly ImportEntry[],
  result: ImportResult,
  options: ImportOptions,
): Promise<ExitCode> {
  if (!invocation.json) await writeLine(invocation, resultText(result))
  for (const { entry, reason } of invocation.json ? [] : result.failed)
    await printNote(invocation, `${oneLine(entry.id)}: ${oneLine(reason.message)}`)
  const failed = new Set(result.failed.map(({ entry }) => entry.id))
  const keys = await takeKeys(
    invocation,
    client,
    chosen.filter(isWithKey).filter(({ id }) => !failed.has(id)),
    options,
  )
  if (!keys.ok) return print(invocation, keys, () => '')
  if (invocation.json) await print(invocation, succeed({ ...result, keys: keys.value }), () => '')
  else await printAfter(invocation, result, keys.value)
  return result.failed.length > 0 ? exitCodes.someFailed : exitCodes.done
}

function chosenOf({ entries }: ImportPlan, only: readonly string[] | undefined): ImportEntry[] {
  if (only === undefined) return entries
  const stranger = only.find((word) => !entries.some(({ id, what }) => id === word || what === word))
  if (stranger !== undefined) throw new UsageError(`"${oneLine(stranger)}" is no entry of the list: see --dry-run`)
  return entries.filter(({ id, what }) => only.includes(id) || only.includes(what))
}

function isWithKey(entry: ImportEntry): entry is ProviderEntry {
  return entry.what === 'provider' && entry.key?.at === 'file'
}

/** The keys of providers that are there now. Only where a person, or `--keys`, says so. */
async function takeKeys(
  invocation: Invocation,
  client: Client,
  entries: readonly ProviderEntry[],
  { keys: wish, yes }: ImportOptions,
): Promise<Outcome<ToldKey[]>> {
  const found = wish === 'leave' ? [] : await keysOf(client, entries)
  if (found.length === 0) return succeed([])
  const movable = found.filter(({ fate }) => fate === 'movable')
  if (wish === undefined) {
    const question = `Copy ${count(movable.length, 'key')} into the keyring, each for its endpoint only? The files keep theirs; --keys move takes them out.`
    const mayAsk = !invocation.json && invocation.terminal.canAsk && yes !== true
    if (movable.length === 0 || !mayAsk || !(await agrees(invocation, question)))
      return succeed(found.map((each) => toldKey(each)))
  }
  const store = new KeyStore(invocation.terminal)
  const kept = await keepKeys({ client, store }, movable, { isTakenOut: wish === 'move' })
  return kept.ok ? succeed(found.map((each) => toldKey(each, kept.value.get(each)))) : kept
}

async function keysOf(client: Client, entries: readonly ProviderEntry[]): Promise<PlaintextKey[]> {
  const [views, kinds] = await Promise.all([client.request('provider/list', {}), client.request('provider/kinds', {})])
  if (!views.ok || !kinds.ok) return []
  const found: PlaintextKey[] = []
  for (const { provider, key } of entries) {
    if (key?.at !== 'file') continue
    const belonging = { kinds: kinds.value, views: views.value, wanted: provider, name: key.name }
    found.push(...(await findPlaintextKeys(key.file, belonging).catch(() => [])))
  }
  return found
}

function planText({ terminal }: Invocation, { forms, entries, left }: ImportPlan): string {
  const shortName = (source: string): string =>
    path.isAbsolute(source) ? path.relative(terminal.workingFolder, source) : source
  const columns: Column<ImportEntry>[] = [
    { heading: 'entry', text: ({ id }) => id, most: 56 },
    { heading: '', text: ({ state }) => (state === 'exists' ? 'is there' : 'new') },
    {
      heading: 'where',
      text: ({ source, line }) => `${path.basename(source)}${line === null ? '' : `:${line}`}`,
      most: 40,
    },
    { heading: 'what', text: (entry) => describeEntry(english, entry), share: 1 },
  ]
  return [
    ...forms.map(({ source, form }) => oneLine(`${shortName(source)}: ${describeForm(english, form)}`)),
    entries.length > 0 ? renderTable(terminal.stdout, columns, entries) : 'Nothing to take over.',
    ...(left.length > 0 ? ['', 'Left out'] : []),
    ...left.map(({ source, line, name, message }) =>
      oneLine(`  ${path.basename(source)}${line === null ? '' : `:${line}`}  ${name}: ${message}`),
    ),
  ].join('\n')
}

function resultText({ made }: ImportResult): string {
  if (made.length === 0) return 'Nothing new.'
  const kinds = [...new Set(made.map(({ what }) => what))].map((kind) => {
    const amount = made.filter(({ what }) => what === kind).length
    return count(amount, kind, kind === 'alias' ? 'aliases' : `${kind}s`)
  })
  return `Made: ${kinds.join(', ')}.`
}

async function printAfter(
  { call, ...rest }: Invocation,
  { made }: ImportResult,
  keys: readonly ToldKey[],
): Promise<void> {
  const invocation = { call, ...rest }
  for (const { provider, ending, origin, state, file, line } of keys) {
    const where = `${oneLine(file)}:${line}`
    if (state === 'moved')
      await printNote(invocation, `The key ${ending ?? ''} of ${provider} is kept in the keyring, for ${origin} only.`)
    else if (state !== 'movable') await printNote(invocation, `${where} keeps its key: provider set-key ${provider}`)
  }
  const waiting = keys.find(({ state }) => state === 'movable')
  const profile = made.find((entry) => entry.what === 'profile')
  const provider = made.find((entry) => entry.what === 'provider')
  if (waiting) await printNextStep(invocation, commandAgain(call, '--keys', 'copy'))
  if (profile?.what === 'profile' && profile.cases) {
    const line = commandToType(call, 'label', 'import', profile.cases.path, '--profile', profile.path)
    return printNextStep(invocation, line)
  }
  if (waiting) return
  if (provider?.what === 'provider')
    await printNextStep(invocation, commandToType(call, 'provider', 'test', provider.provider))
}
