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

/** The ways in which a provider may echo a secret. */
export function formsOfSecret(secret: string, where: 'content' | 'error'): string[] {
  const shortest = where === 'content' ? shortestSecretInContent : shortestSecretInErrors
  if (secret.length < shortest) return []
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
  return [...new Set([...forms, Buffer.from(secret).toString('base64')])]
}

export function redactForms(text: string, forms: readonly string[]): string {
  return forms.reduce((result, form) => (result.includes(form) ? result.replaceAll(form, mask) : result), text)
}

/** Text of a provider, made fit for a message: no key in it, one line, not long. */
export function quoteForMessage(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => formsOfSecret(secret, 'error'))
  const withoutSecret = redactForms(text, forms)
  const withoutKeys = keyShapes.reduce((result, shape) => result.replace(shape, mask), withoutSecret)
  const line = withoutKeys.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}

/** Whether a text has the shape of a key: one of a well-known service, or long, without words and hard to guess. */
export function looksLikeKey(text: string): boolean {
  if (keyShapes.some((shape) => new RegExp(shape.source, shape.flags.replace('g', '')).test(text))) return true
  return /[A-Za-z0-9_+/=-]{32,}/.test(text) && /\d/.test(text) && /[a-z]/i.test(text)
}
