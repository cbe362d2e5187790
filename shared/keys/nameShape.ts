/** Where a text is cut into what may be a key or a name each. */
const between = /[\s"'`´,;=<>(){}[\]|&?#!]+/

/** Shorter ones are left alone: a password of that length looks like any other word. */
const shortest = 20
/** So many characters that no word, number or version explains make a key; beside a word it may be the id behind a name, so more. */
const mostUnexplained = 16
const mostUnexplainedBesideWords = 20
/** A text of fewer different characters is a line or a mask. */
const leastDifferent = 8

/** The parts of a text that have the length and the randomness of a key, and no meaning as a name. */
export function randomParts(text: string): string[] {
  return text.split(between).filter((part) => isRandom(part))
}

function isRandom(part: string): boolean {
  if (part.length < shortest || !/^[\x21-\x7e]+$/.test(part) || isNameByForm(part)) return false
  const text = decodedText(part)
  if (text !== null) return randomParts(text).length > 0
  const segments = withoutIds(part)
    .split(/[^A-Za-z0-9]+/)
    .filter((segment) => segment !== '')
  const random = segments.filter((segment) => !isExplained(segment)).join('')
  if (segments.some(isPlainWord)) return isLong(random, mostUnexplainedBesideWords)
  // Without a word in it, what is random for the most part is random as a whole.
  const all = segments.join('')
  return isLong(random.length > all.length / 3 ? all : random, mostUnexplained)
}

function isLong(random: string, most: number): boolean {
  return random.length >= most && new Set(random).size >= leastDifferent
}

/** An address, a host or a path: what stands in one has its own meaning there, such as the id of an account. */
function isNameByForm(part: string): boolean {
  const address = /^[a-z][a-z0-9+.-]*:\/\/(?:([^/@]*)@)?/i.exec(part)
  if (address) return address[1] === undefined || !isRandom(address[1])
  const isHost = /^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,12}(?::\d{1,5})?(?:\/.*)?$/.test(part)
  if (isHost) return true
  const isRooted = /^(?:~|\.{1,2}|[A-Za-z]:)?[\\/]/.test(part)
  return isRooted && part.split(/[\\/]/).some((segment) => /[A-Za-z]{3}/.test(segment) && isExplained(segment))
}

const uuid = /(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f])/gi
const ulid = /(?<![0-9A-Z])0[0-7][0-9A-HJKMNP-TV-Z]{24}(?![0-9A-Z])/g
/** A digest that says of what or by which rule it is: `sha256:…`, `model@…`, `owner/model:…`. */
const digest = /(?<=sha\d{1,3}[:-]|md5[:-]|[\w.-]{2}[:@/])[0-9a-f]{12,128}(?![0-9a-z])/gi
const nameOfKey = /key|token|secret|bearer|passw|auth/i

function withoutIds(part: string): string {
  const plain = part.replace(uuid, '').replace(ulid, '')
  return nameOfKey.test(plain) ? plain : plain.replace(digest, '')
}

/** What a base64 id says, where it says something: the text of it. */
function decodedText(part: string): string | null {
  if (!/^[A-Za-z0-9+/_-]+$/.test(part)) return null
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  let bits = 0
  let held = 0
  let text = ''
  for (const sign of part.replace(/-/g, '+').replace(/_/g, '/')) {
    held = ((held << 6) | alphabet.indexOf(sign)) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    const code = (held >> bits) & 0xff
    if (code < 0x20 || code > 0x7e) return null
    text += String.fromCharCode(code)
  }
  return text
}

/** Whether a run of letters and digits reads as words, numbers and versions: `llama`, `405b`, `v3p1`, `OpenAIKey`, `20250929`. */
export function isExplained(segment: string): boolean {
  if (segment.length <= 5 || /^\d{1,20}$/.test(segment)) return true
  const runs = segment.match(/[A-Za-z]+|\d+/g) ?? []
  const mostRuns = segment.length < shortest ? 4 : 2
  if (runs.length > mostRuns || (runs.length > 2 && segment.length / runs.length < 2.5)) return false
  return runs.every((run) => /^\d{1,12}$/.test(run) || isCamelCase(run))
}

/** One word, or several with a capital each: `instruct`, `GPTQ`, `SuperHOT`, `openAiApiKey`. */
function isCamelCase(letters: string): boolean {
  const words = letters.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []
  if (words.length > 1 && letters.length > 5 && letters.length / words.length < 3) return false
  return words.every((word) => isWord(word.toLowerCase()))
}

/** A word that a name is made of, and not some letters of a key. */
function isPlainWord(segment: string): boolean {
  return /^(?:[A-Z]?[a-z]{3,}|[A-Z]{4,})\d{0,4}$/.test(segment) && /[aeiouy]/i.test(segment) && isExplained(segment)
}

/** Pairs of letters that hardly any word has. */
const unspeakable =
  /q[^u]|[^aeiouycns]q|j[^aeiouy]|v[^aeiouyrls]|x[^aeiouycpthsx]|[^aeioury]x|[bfgjkmpqvwx]z|z[bcdfgjknpqrsvx]|w[bgjmpqvxz]|[bcdfgjkmpqtvxz]w[^aeiouyrh]|h[bcfgjkpqvxz]|[cfgjkpqvwz]b/

/** Letters that can be spoken: no long row of consonants, and not nearly without vowels. */
function isWord(letters: string): boolean {
  if (letters.length <= 5) return true
  const sounds = letters.replace(/sch|ch|ck|th|sh|ph|ng|nk|st|ss|ll|tt|tz|pf|gh|dt/g, 'k')
  const vowels = sounds.replace(/[^aeiouy]/g, '').length
  if (vowels / sounds.length < 0.15 || /[^aeiouy]{6,}/.test(sounds)) return false
  return letters.length < 16 || !unspeakable.test(letters)
}
