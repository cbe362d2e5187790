/** The form in which two category names are the same name: case, width and spacing do not count. */
export function foldName(name: string): string {
  return oneLine(name.normalize('NFKC')).toLowerCase()
}

/** Spaces, line breaks and control characters become single spaces. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
}

/**
 * A name that a model suggests, as one line that a person can read, tell apart and type. Null: it holds an escape for terminals or half of
 * a character, or no letter that can be seen. Joiners stay: some scripts need them.
 */
export function readableName(name: string): string | null {
  if (!name.isWellFormed() || holdsEscape(name)) return null
  const plain = oneLine(name.replace(/(?![\u200C\u200D])\p{Cf}|[\u{E0000}-\u{E01EF}]/gu, ''))
  return hasVisibleLetter(plain) ? plain : null
}

/** ESC, and the signs that stand for it and one more. */
function holdsEscape(name: string): boolean {
  return [...name].some((sign) => sign === '\u001B' || (sign >= '\u0080' && sign <= '\u009F'))
}

/** Fillers of Hangul and the blank of Braille count as letters or signs, and nobody sees them. */
function hasVisibleLetter(text: string): boolean {
  return /\p{L}/u.test(text.replace(/[\u115F\u1160\u3164\uFFA0]/g, ''))
}

const longestSlug = 63

/** Signs that tell names apart although a slug has no place for them, such as C, C++ and C#; letters that do not decompose. */
const spokenSigns: readonly [RegExp, string][] = [
  [/\+/g, ' plus '],
  [/#/g, ' sharp '],
  [/&/g, ' and '],
  [/@/g, ' at '],
  [/ß/g, 'ss'],
  [/æ/g, 'ae'],
  [/ø/g, 'o'],
]

/**
 * A slug of letters, digits and hyphens made from a name. Names in other scripts have no such letters:
 * they get one made of their code points, so that two of them never fall together.
 */
export function slugOf(name: string): string {
  const spoken = spokenSigns.reduce((text, [sign, word]) => text.replace(sign, word), foldName(name))
  const plain = spoken.normalize('NFKD').replace(/\p{M}/gu, '')
  const slug = hyphenate(plain.replace(/[^a-z0-9\s\p{P}\p{S}]/gu, (letter) => ` ${codePoint(letter)} `))
  return slug || hyphenate([...foldName(name)].map(codePoint).join(' ')) || 'category'
}

/** Made from the name; numbered when another name has taken it. */
export function freeSlug(name: string, isTaken: (slug: string) => boolean): string {
  const stem = slugOf(name)
  for (let number = 1; ; number++) {
    const slug = number === 1 ? stem : `${stem.slice(0, 55)}-${number}`
    if (!isTaken(slug)) return slug
  }
}

function hyphenate(text: string): string {
  return text
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestSlug + 1)
    .replace(/^-+|-+$/g, '')
    .slice(0, longestSlug)
    .replace(/-+$/, '')
}

function codePoint(letter: string): string {
  return `u${letter.codePointAt(0)?.toString(16) ?? ''}`
}

/** The names most like `wanted`, best first, at most `count`. Likeness: shared pairs of letters (Dice coefficient). */
export function similarNames(wanted: string, names: readonly string[], count: number): string[] {
  const pairs = letterPairs(wanted)
  return names
    .map((name) => ({ name, likeness: diceCoefficient(pairs, letterPairs(name)) }))
    .sort((one, other) => other.likeness - one.likeness || (one.name < other.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name)
}

function letterPairs(name: string): Set<string> {
  const folded = ` ${name.toLowerCase()}`
  const pairs = new Set<string>()
  for (let index = 0; index < folded.length - 1; index++) pairs.add(folded.slice(index, index + 2))
  return pairs
}

function diceCoefficient(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let shared = 0
  for (const pair of one) if (other.has(pair)) shared++
  return (2 * shared) / (one.size + other.size || 1)
}
