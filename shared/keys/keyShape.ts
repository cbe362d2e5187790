import { isExplained, randomParts } from './nameShape.ts'

/** How the keys of services begin whose beginning is that of hardly any name: a digit tells them from words with a hyphen. */
const usual =
  /(?<![\w-])(?:(?:sk|pk|rk)[-_]|(?:xai|nvapi|pplx|csk|glpat|tvly|xox[abeprs])-|(?:gsk|hf|gh[oprsu]|github_pat|r8|npm|apikey)_)(?=[\w.*-]*\d|[\w.-]*\w{16})[\w.*-]{12,}/

/** Those whose beginning may begin a name as well: what follows must not read as words and versions. */
const ambiguous = /(?<![\w-])(?:(?:pa|sess)-|(?:jina|fw|fpk|vck|up|lsv2|tgp|api_org|co)_)([\w.-]{16,})/g

/** What nothing but a key looks like: Google, AWS and Bedrock, Databricks, a JSON Web Token, a private key, an Authorization header. */
const unmistakable =
  /(?<![\w-])(?:AIza[\w-]{20,}|AQ\.[\w-]{24,}|ya29\.[\w-]{20,}|(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])|ABSK[\w+/=]{24,}|dapi[0-9a-f]{32}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)|(?<![\w-])(?:Bearer|Basic) +(?=[\w.~+/=*-]*\d)[\w.~+/=*-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----/

/** The parts of a text that begin or are built as the keys of well-known services are. */
function knownParts(text: string): string[] {
  const certain = new RegExp(`${usual.source}|${unmistakable.source}`, 'g')
  const others = [...text.matchAll(ambiguous)].filter(([, rest = '']) => unexplained(rest) >= 12)
  return [...text.matchAll(certain), ...others].map(([part]) => part)
}

function unexplained(rest: string): number {
  return rest
    .split(/[^A-Za-z0-9]+/)
    .filter((segment) => !isExplained(segment))
    .join('').length
}

/**
 * Whether a text holds what has the shape of a well-known service's key. For texts in which an id or a digest has its place, such as a
 * search.
 */
export function holdsKnownKey(text: string): boolean {
  return knownParts(text).length > 0
}

/**
 * Whether a text holds what looks like a key: one of a well-known service, or 20 and more characters that are hard to guess and have no
 * meaning as the name of a model, a deployment, a variable, a place or a digest. A guess: a key may look like anything.
 */
export function looksLikeKey(text: string): boolean {
  return holdsKnownKey(text) || randomParts(text).length > 0
}

/** A text without those of its parts that may be keys; `mark` stands for each. */
export function withoutKeys(text: string, mark = '…'): string {
  const parts = [...knownParts(text), ...randomParts(text)].sort((a, b) => b.length - a.length)
  return parts.reduce((rest, part) => rest.replaceAll(part, mark), text)
}

/** The last characters of a shorter one would give half of it away. */
const shortestWithEnding = 12

/** The last four characters, by which a person recognises a key: `…abcd`; null for one that is too short for that. */
export function keyEnding(key: string): string | null {
  return key.length < shortestWithEnding ? null : `…${key.slice(-4)}`
}

const longestKey = 4096

/** Why a text cannot be a key, in words that do not repeat it; null: it can be sent in a header. */
export function keyProblem(key: string): string | null {
  if (key === '') return 'no key was given'
  if (key.length > longestKey) return 'this is too long to be a key'
  if (/[\r\n]/.test(key)) return 'this has more than one line, and a key has one'
  return /^[\x21-\x7e]+$/.test(key) ? null : 'this holds spaces or letters that keys do not have'
}
