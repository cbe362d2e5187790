import { assertNever } from '../../protocol/names.ts'
import type { ConfigField, KindInfo, ProviderConfig } from '../../protocol/providers.ts'
import { looksLikeKey } from '../../shared/keys/keyShape.ts'
import { withValueAt } from '../../shared/nestedValues.ts'
import { UsageError } from '../invocation/usageError.ts'

/** Turns `KEY=VALUE` words into settings of a kind, typed as its fields say. `KEY=` (empty) leaves the field to its default. */
export function parseSettings(words: readonly string[], kind: KindInfo, before: ProviderConfig = {}): ProviderConfig {
  let config = before
  for (const word of words) {
    const { name, value } = splitSetting(word)
    refuseSecret(name, value)
    const field = findField(name, kind)
    config = withValueAt<ProviderConfig[string]>(config, name, value === '' ? undefined : convert(field, value))
  }
  return config
}

export function splitSetting(word: string): { name: string; value: string } {
  const at = word.indexOf('=')
  // The word is not repeated: it may be a key that somebody pasted.
  if (at < 1) throw new UsageError('A setting is given as KEY=VALUE')
  return { name: word.slice(0, at).trim(), value: word.slice(at + 1) }
}

/** A command line is read by every process of the machine and kept in the shell's history: no place for a key. */
export function refuseSecret(name: string, value: string): void {
  const words = name.toLowerCase().split(/[^a-z0-9]+/)
  const isNamedSo = words.some((word) => secretWords.has(word)) && !publicFields.has(name)
  if (!isNamedSo && !looksLikeKey(value)) return
  throw new UsageError(
    `What is given for "${name}" looks like a key, and keys never stand on a command line. Give it to "provider set-key ID", or put it into an environment variable and name that: --key-env NAME`,
  )
}

const secretWords = new Set([
  'key',
  'apikey',
  'secret',
  'token',
  'password',
  'passwd',
  'bearer',
  'authorization',
  'credential',
])
/** Fields about a key that hold none: the variable's name and the place it may be sent to. */
const publicFields = new Set(['key_env', 'key_origin'])

function findField(name: string, kind: KindInfo): ConfigField {
  const field = kind.fields.find((each) => each.name === name)
  if (field) return field
  const names = kind.fields.map((each) => each.name)
  const known = names.length === 0 ? 'it has no settings' : `its settings are ${names.join(', ')}`
  throw new UsageError(`The kind ${kind.kind} has no setting "${name}"; ${known}`)
}

function convert(field: ConfigField, value: string): string | number | boolean {
  switch (field.type) {
    case 'string':
      return value
    case 'integer':
      if (/^-?\d{1,15}$/.test(value)) return Number(value)
      throw new UsageError(`${field.name} takes a whole number, not "${value}"`)
    case 'number':
      if (value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
      throw new UsageError(`${field.name} takes a number, not "${value}"`)
    case 'boolean':
      return convertBoolean(field.name, value)
    case 'enum':
      if (!field.values || field.values.includes(value)) return value
      throw new UsageError(`${field.name} takes one of ${field.values.join(', ')}, not "${value}"`)
    default:
      return assertNever(field.type)
  }
}

function convertBoolean(name: string, value: string): boolean {
  const lower = value.toLowerCase()
  if (['true', 'yes', 'on', '1'].includes(lower)) return true
  if (['false', 'no', 'off', '0'].includes(lower)) return false
  throw new UsageError(`${name} takes true or false, not "${value}"`)
}

/** The name of an environment variable; what is not one is refused unseen, because it may be the key itself. */
export function parseVariableName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name) && !looksLikeKey(name)) return name
  throw new UsageError('--key-env takes the name of an environment variable, such as OPENAI_API_KEY, never the key')
}
