import { Buffer } from 'node:buffer'
import { patternOfSecret } from './secretPattern.ts'

const mask = '[redacted]'

/** Shorter ones are placeholders such as "ollama"; masking them would damage ordinary text. */
const shortestSecretInContent = 12
const shortestSecretInErrors = 4

/** What a key looks like to somebody who only sees its shape: error texts echo keys that are not ours, too. */
const keyShapes = [
  /\b(?:sk|pk|gsk|xai|rk)[-_][A-Za-z0-9_*.-]{6,}/g,
  /\bAIza[\w-]{20,}/g,
  /\b(Bearer|Basic)\s+[\w.~+/=*-]{6,}/gi,
]

/** Of a key that was cut off, this much is masked. What the keys of a service all begin with gives nothing away. */
const shortestPiece = 8
const publicBeginning =
  /^(?:sk-(?:(?:proj|svcacct|admin|live|test|or-v\d|ant-(?:api|admin)\d\d)-)?|gsk_|xai-|hf_|nvapi-|AIza)/
const ownPiece = 4

/** What masks secrets in one kind of text; null: none of them is long enough for that. */
export type SecretMask = RegExp | null

/** Made once: a run makes thousands of calls with the same key. */
const masks = new Map<string, SecretMask>()
const mostMasks = 16

/** Finds the secrets in whatever spelling decodes to them. In answers short ones are left alone: they are placeholders. */
export function maskOf(secrets: readonly string[], where: 'content' | 'error'): SecretMask {
  const name = JSON.stringify([where, secrets])
  const known = masks.get(name)
  if (known !== undefined) return known
  const shortest = where === 'content' ? shortestSecretInContent : shortestSecretInErrors
  const patterns = secrets
    .filter((secret) => secret.length >= shortest)
    .map((secret) => patternOfSecret(secret, where === 'content' ? pieceOf(secret) : shortestPiece))
  const made = patterns.length === 0 ? null : new RegExp(patterns.join('|'), 'g')
  masks.set(name, made)
  for (const oldest of masks.keys()) if (masks.size > mostMasks) masks.delete(oldest)
  return made
}

/** In an answer of a model a service's name for its keys is a word like any other. */
function pieceOf(secret: string): number {
  const [beginning = ''] = publicBeginning.exec(secret) ?? []
  return Math.max(shortestPiece, beginning.length + ownPiece)
}

/** Looks at the bytes, so that a mask finds a secret whatever its text is encoded in. */
export function maskBytes(bytes: Buffer, secretMask: SecretMask): Buffer {
  if (secretMask === null) return bytes
  const text = bytes.toString('latin1')
  return text.search(secretMask) === -1 ? bytes : Buffer.from(text.replace(secretMask, mask), 'latin1')
}

export function maskSecrets(text: string, secretMask: SecretMask): string {
  if (secretMask === null) return text
  const bytes = Buffer.from(text)
  const masked = maskBytes(bytes, secretMask)
  return masked === bytes ? text : masked.toString()
}

/** Text of a provider, made fit for a message: no key in it, one line, not long. */
export function quoteForMessage(text: string, secrets: readonly string[]): string {
  const withoutSecret = maskSecrets(text, maskOf(secrets, 'error'))
  const withoutKeys = keyShapes.reduce((result, shape) => result.replace(shape, mask), withoutSecret)
  const line = withoutKeys.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}
