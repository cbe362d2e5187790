import { randomBytes } from 'node:crypto'
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { KindInfo, ProviderView } from '../../protocol/providers.ts'
import { keyInSetting, kindOfKey } from '../../shared/keys/foundKey.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import { lineValues, type PlacedValue, withoutLineValue } from '../../shared/keys/lineValues.ts'
import { jsonValues, withoutJsonValue } from './jsonValues.ts'
import { keyOrigin } from './keyStore.ts'

/**
 * What is to become of a key that stands in a file. movable: its provider is known; the others say why it stays:
 * its owner cannot be determined, no provider is of its kind, more than one is, that one takes its key from a variable,
 * or the file is of a kind that we only read.
 */
export type KeyFate = 'movable' | 'unknown' | 'no_provider' | 'several_providers' | 'from_variable' | 'read_only'

export interface PlaintextKey {
  file: string
  place: PlacedValue
  key: string
  kind: string | null
  /** Where it would go; with `from_variable` the provider that takes none from a store. */
  provider: ProviderView | null
  fate: KeyFate
}

/** What may be shown of it. */
export interface ToldKey {
  file: string
  line: number
  name: string
  ending: string | null
  kind: string | null
  provider: string | null
  origin: string | null
  state: KeyFate | 'moved' | 'other_key_kept' | 'changed' | 'not_written'
}

export function toldKey(found: PlaintextKey, state: ToldKey['state'] = found.fate): ToldKey {
  const { file, place, key, kind, provider } = found
  const origin = provider && keyOrigin(provider)
  return {
    file,
    line: place.line,
    name: place.name,
    ending: keyEnding(key),
    kind,
    provider: provider?.provider ?? null,
    origin,
    state,
  }
}

export interface Belonging {
  kinds: readonly KindInfo[]
  views: readonly ProviderView[]
  /** The provider that is meant, where there is more than one. */
  wanted?: string | undefined
  /** Only what stands under this name; together with `wanted`, whatever kind of key it is. */
  name?: string | undefined
}

/** Every key of a file, in its order. Rejects as reading the file does. */
export async function findPlaintextKeys(file: string, belonging: Belonging): Promise<PlaintextKey[]> {
  const text = await readFile(file, 'utf8')
  const format = await formatOf(file)
  return format
    .values(text)
    .filter(({ name }) => belonging.name === undefined || belonging.name === name)
    .flatMap((place) => {
      const key = keyInSetting(place.name, place.value)
      if (key === null) return []
      const found = { file, place, key, ...ownerOf(place.name, key, belonging) }
      return [{ ...found, fate: found.fate === 'movable' && !format.without ? 'read_only' : found.fate }]
    })
}

function ownerOf(
  name: string,
  key: string,
  { kinds, views, wanted, name: wantedName }: Belonging,
): Pick<PlaintextKey, 'kind' | 'provider' | 'fate'> {
  const kind = kindOfKey(name, key, kinds)
  const named = views.find(({ provider }) => provider === wanted)
  const isNamed = named !== undefined && (wantedName !== undefined || named.kind === kind)
  const ofKind = isNamed ? [named] : views.filter((view) => view.kind === kind)
  const [provider = null, another] = ofKind
  if (!isNamed && kind === null) return { kind, provider: null, fate: 'unknown' }
  if (provider === null || keyOrigin(provider) === null) return { kind, provider: null, fate: 'no_provider' }
  if (another) return { kind, provider: null, fate: 'several_providers' }
  const isFromVariable = typeof provider.config.key_env === 'string'
  return { kind, provider, fate: isFromVariable ? 'from_variable' : 'movable' }
}

/**
 * Takes keys out of their file, whose other characters stay as they are; false where the file has another text there by now.
 * Whole or not at all: a file that cannot be written is as it was. Rejects as the file system does.
 */
export async function removeFromFile(file: string, places: readonly PlacedValue[]): Promise<boolean> {
  // A link stays one: what it leads to is changed.
  const target = await realpath(file)
  const bytes = await readFile(target)
  const format = await formatOf(file)
  // A key that went takes its line along, so the last one goes first.
  const lastFirst = [...places].sort((a, b) => b.line - a.line)
  const before = bytes.toString('utf8')
  // What is no UTF-8 would come back as something else.
  if (!format.without || !Buffer.from(before, 'utf8').equals(bytes)) return false
  let text: string | null = before
  for (const place of lastFirst) text = text === null ? null : format.without(text, place)
  if (text === null) return false
  await replaceFile(target, text)
  return true
}

async function replaceFile(file: string, text: string): Promise<void> {
  const { mode } = await stat(file)
  const part = `${file}.${randomBytes(6).toString('hex')}.part`
  try {
    const handle = await open(part, 'wx', mode)
    try {
      await handle.writeFile(text)
      // The umask has no say: the file is as open as it was.
      await handle.chmod(mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/** What can be done with a kind of file: its values, and the same file without one of them, all else as it stands. */
interface KeyFileFormat {
  values(text: string): PlacedValue[]
  /** Null: this file is only read, because nobody can say how it has to be changed. */
  without: ((text: string, place: PlacedValue) => string | null) | null
}

/** By the file's name; what is unknown is read line by line and never changed. */
export async function formatOf(file: string): Promise<KeyFileFormat> {
  const name = path.basename(file).toLowerCase()
  const extension = path.extname(name)
  if (['.json', '.jsonc', '.code-workspace'].includes(extension))
    return { values: jsonValues, without: withoutJsonValue }
  if (['.yaml', '.yml'].includes(extension)) {
    const { withoutYamlValue, yamlValues } = await import('./yamlValues.ts')
    return { values: yamlValues, without: withoutYamlValue }
  }
  const isVariables = /^\.env(?:\.|$)|\.env$/.test(name)
  return { values: lineValues, without: isVariables ? withoutLineValue : null }
}
