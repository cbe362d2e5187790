import { stemmer } from 'stemmer'

/** A text as keyword matching sees it: each stem once, in order of appearance. */
export interface WordUse {
  stem: string
  /** As it was first written, for showing people. */
  written: string
  count: number
  /** It stands in the first line, which usually is the title. */
  isInTitle: boolean
}

/** A first line longer than this is not a title but a paragraph. */
const longestTitle = 200
/** A text of one line that is no longer is all title: a log line, a verdict of two words. */
const longestTitleAlone = 100

/** The words of an item that are in `known`; all others can not match anything. */
export function wordsOf(text: string, known: ReadonlySet<string>): WordUse[] {
  return allWordsOf(text, (stem) => known.has(stem))
}

/** All words of an item that may say something about a topic. */
export function allWordsOf(text: string, isWanted: (stem: string) => boolean = () => true): WordUse[] {
  const titleEnd = endOfTitle(text)
  const uses = new Map<string, WordUse>()
  for (const { word, index } of splitWords(text)) {
    const stem = stemOf(word)
    if (stem === null || !isWanted(stem)) continue
    const use = uses.get(stem)
    if (use) use.count++
    else uses.set(stem, { stem, written: word.toLowerCase(), count: 1, isInTitle: index < titleEnd })
  }
  return [...uses.values()]
}

function endOfTitle(text: string): number {
  const firstBreak = text.indexOf('\n')
  if (firstBreak >= 0) return firstBreak <= longestTitle ? firstBreak : 0
  return text.length <= longestTitleAlone ? text.length : 0
}

/** The stems of a name or description. A name made of filler words alone keeps them: it has no others. */
export function stemsOf(text: string): string[] {
  const words = [...splitWords(text)].map(({ word }) => word)
  const stems = words.map(stemOf).filter((stem) => stem !== null)
  return stems.length > 0 ? stems : words.map((word) => word.toLowerCase())
}

/** Runs of letters and digits; OutOfMemoryError is four words. */
function* splitWords(text: string): Generator<{ word: string; index: number }> {
  for (const match of text.matchAll(
    /\p{Lu}?\p{Ll}[\p{Ll}\p{M}\p{N}]*|\p{Lu}[\p{Lu}\p{M}\p{N}]*(?!\p{Ll})|\p{Lo}[\p{L}\p{M}\p{N}]*|\p{Lu}/gu,
  )) {
    yield { word: match[0], index: match.index }
  }
}

const stems = new Map<string, string | null>()
/** A language has some ten thousand common words; a file of random ones must not fill the memory. */
const mostStems = 50_000

/** Null for a word that says nothing about a topic. Different forms of a word share a stem (Porter, for English). */
function stemOf(word: string): string | null {
  const known = stems.get(word)
  if (known !== undefined) return known
  const lower = word.toLowerCase()
  const stem = lower.length < 2 || lower.length > 40 || fillerWords.has(lower) ? null : stemmer(lower)
  if (stems.size >= mostStems) stems.clear()
  stems.set(word, stem)
  return stem
}

/** English words that stand in any text, and those with which people say what they like. */
const fillerWords = new Set(
  `a about above after again against all also although always am an and another any anything are as at be because been
  before being below between both but by can cannot could did do does doing done down during each either else etc even
  ever every everything few for from further get gets getting give go goes going got had has have having he her here hers
  him his how however i if in instead into is it its itself just keep let like likes liked made make makes making many may
  maybe me might more most much must my need needs no nor not nothing of off often on once one only onto or other others
  our ours out over own per please put quite rather really same say says see seems shall she should since so some someone
  something still such than thank thanks that the their theirs them then there these they thing things this those though
  through to too two under until up upon us use used uses using very via want wants wanted was way we well were what
  whatever when where whether which while who whole whom whose why will with within without would yes yet you your yours
  care cares interested interesting interest interests prefer dislike hate love enjoy especially mainly mostly particular
  don doesn didn isn wasn aren won couldn wouldn shouldn hasn haven hadn weren ve ll re`.split(/\s+/),
)
