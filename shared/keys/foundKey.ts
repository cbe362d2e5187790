import type { KindInfo } from '../../protocol/providers.ts'
import { looksLikeKey } from './keyShape.ts'

/** The last part of a name that says that its value is secret. */
const secretName = /(?:key|token|secret|password|authorization)$/i
/** Names that end so and hold no secret: the name of a variable, the keys of a keyboard. */
const openName = /(?:public|primary|foreign|sort|partition|shortcut|hot|max|min|num)[-_ ]?(?:key|token)$/i

/**
 * The key that stands as the value of a setting, without the word that a header has before it; null: there is none. A guess from
 * its shape, and from its name where the name says that it is secret.
 */
export function keyInSetting(name: string, value: string): string | null {
  const key = value.trim().replace(/^(?:Bearer|Basic)\s+/i, '')
  if (!/^[\x21-\x7e]{12,4096}$/.test(key) || isPlaceholder(key)) return null
  if (looksLikeKey(key)) return key
  const isSecret = secretName.test(name) && !openName.test(name)
  return isSecret && /^[\w.~+/=-]{20,}$/.test(key) && /\d/.test(key) && /[a-z]/i.test(key) ? key : null
}

/** What stands for a key without being one: a variable that is put in, or words that say what belongs here. */
function isPlaceholder(value: string): boolean {
  return /^[$%<{[]|\$\{|\{\{|:\/\/|x{6,}|\*{4,}|\byour\b/i.test(value)
}

/** The kind of provider that a key is for: by how it begins, else by the name it stands under; null: unknown. */
export function kindOfKey(name: string, key: string, kinds: readonly KindInfo[]): string | null {
  const byShape = kinds.filter(({ key: { beginsWith = [] } }) => beginsWith.some((start) => key.startsWith(start)))
  if (byShape[0]) return byShape[0].kind
  const snake = snakeCase(name)
  const byVariable = kinds
    .filter(({ key: { customaryVariable } }) => customaryVariable !== null && snake.endsWith(customaryVariable))
    // AZURE_OPENAI_API_KEY ends like OPENAI_API_KEY, too.
    .sort((a, b) => (b.key.customaryVariable?.length ?? 0) - (a.key.customaryVariable?.length ?? 0))
  if (byVariable[0]) return byVariable[0].kind
  const words = new Set(snake.split('_'))
  const byName = kinds.filter(({ kind, key: { need } }) => need !== 'none' && words.has(kind.toUpperCase()))
  return byName.length === 1 ? (byName[0]?.kind ?? null) : null
}

/** `continue.openAiApiKey` as CONTINUE_OPENAI_API_KEY: one spelling for settings and variables. */
function snakeCase(name: string): string {
  return name
    .replace(/open[-_]?ai/gi, 'Openai')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
}
