import path from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { KindInfo } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import { commandAgain } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { type ExitCode, exitCodes } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print, printNextStep, printNote, writeLine } from '../invocation/invocation.ts'
import { agrees, refuse } from '../invocation/questions.ts'
import { UsageError } from '../invocation/usageError.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { KeyStore, keyOrigin, notifyKeyChanged } from './keyStore.ts'
import { findPlaintextKeys, type PlaintextKey, removeFromFile, type ToldKey, toldKey } from './plaintextKeys.ts'

export interface ImportOptions {
  provider?: string
  name?: string
  yes?: boolean
}

/** Tells the keys that stand in files, and moves them into the keyring when that is confirmed. */
export async function importKeys(
  invocation: Invocation,
  { client }: Host,
  files: readonly string[],
  options: ImportOptions,
): Promise<ExitCode> {
  const [views, kinds] = await Promise.all([client.request('provider/list', {}), client.request('provider/kinds', {})])
  if (!views.ok) return print(invocation, views, () => '')
  if (!kinds.ok) return print(invocation, kinds, () => '')
  const { provider: wanted, name } = options
  if (wanted !== undefined && !views.value.some(({ provider }) => provider === wanted)) {
    return print(invocation, fail({ code: 'not_found', what: 'provider', id: wanted }), () => '')
  }
  const found = await readFiles(invocation, files, { kinds: kinds.value, views: views.value, wanted, name })
  const movable = found.filter(({ fate }) => fate === 'movable')
  if (!invocation.json) await writeLine(invocation, foundText(invocation, found))
  if (movable.length === 0 || (!options.yes && (invocation.json || !invocation.terminal.canAsk))) {
    return printFound(invocation, found, movable.length)
  }
  const store = new KeyStore(invocation.terminal)
  const reached = await reachKeyring(store, movable, kinds.value)
  if (!reached.ok) return print(invocation, reached, () => '')
  if (!options.yes && !(await agrees(invocation, question(movable)))) return refuse(invocation)
  return moveAll(invocation, client, store, found)
}

async function readFiles(
  { terminal }: Invocation,
  files: readonly string[],
  belonging: Parameters<typeof findPlaintextKeys>[1],
): Promise<PlaintextKey[]> {
  const found: PlaintextKey[] = []
  for (const name of new Set(files.map((file) => path.resolve(terminal.workingFolder, file)))) {
    const keys = await findPlaintextKeys(name, belonging).catch(() => {
      throw new UsageError(`${oneLine(name)} cannot be read`)
    })
    found.push(...keys)
  }
  return found
}

async function printFound(invocation: Invocation, found: readonly PlaintextKey[], movable: number): Promise<ExitCode> {
  if (invocation.json) return print(invocation, succeed({ keys: found.map((each) => toldKey(each)) }), () => '')
  if (movable > 0) await printNextStep(invocation, commandAgain(invocation.call, '--yes'))
  return exitCodes.done
}

/** Better known before anything is agreed to. Where there is none, the reason names the variable that can hold the key. */
async function reachKeyring(
  store: KeyStore,
  [first]: readonly PlaintextKey[],
  kinds: readonly KindInfo[],
): Promise<Outcome<null>> {
  const reached = await store.reach(first?.provider?.provider ?? '')
  if (reached.ok || reached.reason.code !== 'secret_missing') return reached
  const variable = kinds.find(({ kind }) => kind === first?.provider?.kind)?.key.customaryVariable ?? undefined
  return fail({ ...reached.reason, ...(variable === undefined ? {} : { variable }) })
}

function question(movable: readonly PlaintextKey[]): string {
  const keys = count(movable.length, 'key')
  return `Move ${keys} into the keyring, each for its endpoint only, and take ${movable.length === 1 ? 'it' : 'them'} out of the file?`
}

/** A key leaves its file only when the keyring has it. */
async function moveAll(
  invocation: Invocation,
  client: Client,
  store: KeyStore,
  found: readonly PlaintextKey[],
): Promise<ExitCode> {
  const movable = found.filter(({ fate }) => fate === 'movable')
  const states = await keepKeys({ client, store }, movable, { isTakenOut: true })
  if (!states.ok) return print(invocation, states, () => '')
  const keys = found.map((each) => toldKey(each, states.value.get(each)))
  await print(invocation, succeed({ keys }), () => movedText(keys.filter(({ state }) => state !== 'movable')))
  const stayed = keys.filter(({ state }) => state === 'changed' || state === 'not_written')
  for (const each of invocation.json ? [] : stayed) {
    await printNote(
      invocation,
      `${oneLine(each.file)}:${each.line} still has its key, which the keyring has by now: remove it there.`,
    )
  }
  return stayed.length > 0 ? exitCodes.someFailed : exitCodes.done
}

/** Puts each into the keyring, for the endpoint of its provider, and with `isTakenOut` out of its file. Fails as the keyring does. */
export async function keepKeys(
  { client, store }: { client: Client; store: KeyStore },
  movable: readonly PlaintextKey[],
  { isTakenOut }: { isTakenOut: boolean },
): Promise<Outcome<Map<PlaintextKey, ToldKey['state']>>> {
  const states = new Map<PlaintextKey, ToldKey['state']>()
  for (const file of new Set(movable.map((each) => each.file))) {
    const here = movable.filter((each) => each.file === file)
    for (const each of here) {
      const kept = await keep(store, each)
      if (!kept.ok) return kept
      states.set(each, kept.value)
      if (kept.value === 'moved' && each.provider) await notifyKeyChanged(client, each.provider.provider)
    }
    const kept = here.filter((each) => states.get(each) === 'moved')
    const problem = isTakenOut ? await takeOut(file, kept) : null
    if (problem !== null) for (const each of kept) states.set(each, problem)
  }
  return succeed(states)
}

/** Another key that is kept already is not written over: which one is right, only the person knows. */
async function keep(store: KeyStore, { key, provider }: PlaintextKey): Promise<Outcome<'moved' | 'other_key_kept'>> {
  const origin = provider && keyOrigin(provider)
  if (!provider || origin === null) throw new Error('a key without a place to go is not movable')
  const before = await store.read(provider.provider, origin)
  if (before.ok && before.value.key !== key) return succeed('other_key_kept')
  const saved = await store.save(provider.provider, origin, key)
  return saved.ok ? succeed('moved') : saved
}

async function takeOut(file: string, keys: readonly PlaintextKey[]): Promise<'changed' | 'not_written' | null> {
  if (keys.length === 0) return null
  try {
    return (await removeFromFile(
      file,
      keys.map(({ place }) => place),
    ))
      ? null
      : 'changed'
  } catch {
    return 'not_written'
  }
}

function foundText({ terminal }: Invocation, found: readonly PlaintextKey[]): string {
  if (found.length === 0) return 'These files contain no key.'
  const rows = found.map((each) => ({ ...toldKey(each), shown: path.relative(terminal.workingFolder, each.file) }))
  type Row = (typeof rows)[number]
  const columns: Column<Row>[] = [
    { heading: 'where', text: ({ shown, line }) => `${shown}:${line}`, most: 48 },
    { heading: 'name', text: ({ name }) => name, most: 40 },
    { heading: 'key', text: ({ ending }) => ending ?? '…' },
    { heading: 'what can be done', text: fateText, share: 1 },
  ]
  return renderTable(terminal.stdout, columns, rows)
}

function fateText({ state, provider, kind, origin }: ToldKey): string {
  if (state === 'movable') return `can move to ${provider}, for ${origin}`
  return stayWords[state](provider ?? '', kind ?? '')
}

const stayWords: Record<Exclude<ToldKey['state'], 'movable'>, (provider: string, kind: string) => string> = {
  moved: (provider) => `moved to the keyring, for ${provider}`,
  unknown: () => 'not known whose it is: name both, --provider ID --name NAME',
  no_provider: (_, kind) => `no provider of the kind ${kind}: provider add ID --kind ${kind}`,
  several_providers: (_, kind) => `more than one provider of the kind ${kind}: --provider ID`,
  from_variable: (provider) =>
    `${provider} takes its key from a variable: remove it here, or provider set ${provider} key_env=`,
  read_only: (provider) => `this file is only read: provider set-key ${provider}, then remove it here`,
  other_key_kept: (provider) => `the keyring has another key of ${provider}: clear-key, or remove it here`,
  changed: () => 'kept in the keyring; the file was changed meanwhile',
  not_written: () => 'kept in the keyring; the file could not be written',
}

function movedText(keys: readonly ToldKey[]): string {
  const moved = keys.filter(({ state }) => state === 'moved')
  const lines = moved.map(({ ending, provider, origin }) =>
    oneLine(
      `The key ${ending ?? ''} of ${provider} is kept in the keyring, for ${origin} only, and no longer in the file.`,
    ),
  )
  const others = keys
    .filter(({ state }) => state === 'other_key_kept')
    .map((each) => oneLine(`${each.file}:${each.line} stays: ${fateText(each)}`))
  return [...lines, ...others].join('\n')
}
