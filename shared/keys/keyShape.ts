/** How the keys of well-known services begin; a digit tells them from words with a hyphen. */
const knownShape =
  /(?<![\w-])(?:(?:(?:sk|pk|rk)[-_]|(?:xai|nvapi|pplx)-|(?:gsk|hf|gh[posu]|github_pat|r8)_)(?=[\w.*-]*\d)[\w.*-]{12,}|AIza[\w-]{20,}|(?:Bearer|Basic) +[\w.~+/=*-]{8,})/

/** Long, without a word in it: letters and digits in one piece. Names of models have hyphens, paths have slashes. */
const randomShape = /(?<![\w/.:-])(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{32,}={0,2}(?![\w/.-])/

/** Whether a text holds what looks like a key. A guess: a key may look like anything. */
export function looksLikeKey(text: string): boolean {
  return knownShape.test(text) || randomShape.test(text)
}

const allKeys = new RegExp(`${knownShape.source}|${randomShape.source}`, 'g')

/** A text that repeats words of a command line, without those that may be keys. */
export function withoutKeys(text: string): string {
  return text.replace(allKeys, '…')
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
