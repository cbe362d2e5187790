import { succeed } from '../../protocol/outcome.ts'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import { endpointOnceMended, keysInConfig, type StoredKey } from '../../shared/keys/storedKeys.ts'
import { commandAgain } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep, writeLine } from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { ImportOptions } from './importKeys.ts'
import { KeyStore, keyOrigin, notifyKeyChanged } from './keyStore.ts'

/**
 * movable: the product sends it itself, once the keyring has it. gateway_header: it is the value of a header that only a variable can
 * hold. not_changed: the keyring has it, but the settings could not be saved without it.
 */
type State = 'movable' | 'moved' | 'gateway_header' | 'from_variable' | 'no_endpoint' | 'other_key_kept' | 'not_changed'

interface Found {
  view: ProviderView
  stored: StoredKey
  origin: string | null
  state: State
}

/** Tells the keys that stand in the settings of providers, and moves them into the keyring when that is confirmed. */
export async function importStoredKeys(
  invocation: Invocation,
  { client }: Host,
  options: ImportOptions,
): Promise<ExitCode> {
  const [views, kinds] = await Promise.all([client.request('provider/list', {}), client.request('provider/kinds', {})])
  if (!views.ok) return print(invocation, views, () => '')
  if (!kinds.ok) return print(invocation, kinds, () => '')
  const { provider: wanted, name } = options
  const searched = views.value.filter(({ provider }) => wanted === undefined || provider === wanted)
  if (wanted !== undefined && searched.length === 0) {
    return print(invocation, fail({ code: 'not_found', what: 'provider', id: wanted }), () => '')
  }
  const found = searched
    .flatMap((view) => keysOf(view, kinds.value))
    .filter(({ stored }) => name === undefined || stored.name === name)
  if (!invocation.json) await writeLine(invocation, foundText(invocation, found))
  const movable = found.filter(({ state }) => state === 'movable')
  if (movable.length === 0 || (!options.yes && (invocation.json || !invocation.terminal.canAsk))) {
    if (invocation.json) return print(invocation, succeed({ keys: found.map(told) }), () => '')
    if (movable.length > 0) await printNextStep(invocation, commandAgain(invocation.call, '--yes'))
    return exitCodes.done
  }
  const store = new KeyStore(invocation.terminal)
  const reached = await store.reach(movable[0]?.view.provider ?? '')
  if (!reached.ok) return print(invocation, reached, () => '')
  if (!options.yes && !(await agrees(invocation, question(movable.length)))) return refuse(invocation)
  for (const each of movable) each.state = await move(client, store, each)
  await print(invocation, succeed({ keys: found.map(told) }), () => movable.map(sentenceOf).join('\n'))
  return movable.some(({ state }) => state === 'not_changed') ? exitCodes.someFailed : exitCodes.done
}

function keysOf(view: ProviderView, kinds: readonly KindInfo[]): Found[] {
  const origin = keyOrigin({ endpoint: endpointOnceMended(view, kinds) })
  return keysInConfig(view.config).map((stored) => ({ view, stored, origin, state: stateOf(view, stored, origin) }))
}

function stateOf({ config }: ProviderView, { isOwnKey }: StoredKey, origin: string | null): State {
  if (!isOwnKey) return 'gateway_header'
  if (typeof config.key_env === 'string') return 'from_variable'
  return origin === null ? 'no_endpoint' : 'movable'
}

/** The settings lose the key only when the keyring has it; another key that is kept already is not written over. */
async function move(client: Client, store: KeyStore, { view, stored, origin }: Found): Promise<State> {
  if (origin === null) throw new Error('a key without a place to go is not movable')
  const { provider, kind, updatedAt: ifUpdatedAt } = view
  const before = await store.read(provider, origin)
  if (before.ok && before.value.key !== stored.key) return 'other_key_kept'
  const kept = await store.save(provider, origin, stored.key)
  if (!kept.ok) return 'not_changed'
  await notifyKeyChanged(client, provider)
  const saved = await client.request('provider/save', { provider, kind, config: stored.rest, ifUpdatedAt })
  return saved.ok ? 'moved' : 'not_changed'
}

function told({ view, stored, origin, state }: Found) {
  return { provider: view.provider, name: stored.name, ending: keyEnding(stored.key), kind: view.kind, origin, state }
}

function question(keys: number): string {
  const them = keys === 1 ? 'it' : 'them'
  return `Move ${count(keys, 'key')} into the keyring, each for its endpoint only, and take ${them} out of the settings?`
}

function foundText({ terminal }: Invocation, found: readonly Found[]): string {
  if (found.length === 0) return 'No provider has a key in its settings.'
  const columns: Column<Found>[] = [
    { heading: 'provider', text: ({ view }) => view.provider, most: 40 },
    { heading: 'setting', text: ({ stored }) => stored.name, most: 48 },
    { heading: 'key', text: ({ stored }) => keyEnding(stored.key) ?? '…' },
    { heading: 'what can be done', text: sentenceOf, share: 1 },
  ]
  return renderTable(terminal.stdout, columns, found)
}

function sentenceOf({ view: { provider }, stored: { name }, origin, state }: Found): string {
  return oneLine(sentences[state](provider, name, origin ?? ''))
}

const sentences: Record<State, (provider: string, name: string, origin: string) => string> = {
  movable: (_, _name, origin) => `can move to the keyring, for ${origin}`,
  moved: (provider, name, origin) =>
    `The key of ${provider} is kept in the keyring, for ${origin} only, and no longer in ${name}.`,
  gateway_header: (provider, name) =>
    `a gateway's: put it into a variable, and name that: provider set ${provider} "header_env=${name.replace('headers.', '')}: VARIABLE" headers=`,
  from_variable: (provider, name) =>
    `${provider} takes its key from a variable: remove it here, provider set ${provider} ${name.split('.', 1)[0]}=`,
  no_endpoint: () => 'it cannot be told where it would be sent: the settings name no address',
  other_key_kept: (provider) => `the keyring has another key of ${provider}: clear-key first`,
  not_changed: (provider, name) =>
    `${name} of ${provider} stays as it is: the keyring or the settings could not be changed.`,
}
