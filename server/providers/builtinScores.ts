import MiniSearch from 'minisearch'
import type { CompiledProfile, ScoreVerdict } from '../domain/work.ts'
import { indexCategories } from './builtinCategories.ts'
import { stemsOf, type WordUse, wordsOf } from './builtinTokens.ts'

/** A document of the index: one thing that the reader named. */
interface Phrase {
  id: number
  text: string
  side: 'wanted' | 'unwanted'
  /** Different words in it, at most three: of a long sentence nobody writes all. */
  size: number
  /** Names of the categories that it names: what is found to belong there is what it means. */
  categories: string[]
}

const neutralInterest = 5
/** Where there are interests and none of them shows. */
const unmetInterest = 4
/** Words cannot tell that something is exactly what a reader hopes for. */
const highestInterest = 9
/** A phrase counts when at least this share of it is there: of two words both, of three two. */
const mostOfIt = 0.6

export interface ScoreIndex {
  judge(text: string): ScoreVerdict
}

/** Compares a text with the phrases of interests and anti-interests, and looks at its form. */
export function indexScores(profile: CompiledProfile): ScoreIndex {
  const phrases = readPhrases(profile)
  const known = new Set(phrases.flatMap((phrase) => stemsOf(phrase.text)))
  const categories = indexCategories(profile)
  const index = new MiniSearch<Phrase>({
    fields: ['text'],
    tokenize: stemsOf,
    processTerm: (stem) => stem,
    searchOptions: { processTerm: (stem) => stem },
  })
  index.addAll(phrases)

  /** How much of each phrase is there, by its id; counts what the text belongs to like what it says. */
  function findPhrases(text: string, words: readonly WordUse[]): Found[] {
    const found = new Map<number, Found>()
    const written = new Map(words.map((word) => [word.stem, word.written]))
    for (const result of index.search('words', { tokenize: () => words.map((word) => word.stem) })) {
      const phrase = phrases[result.id]
      const share = phrase ? Math.min(1, result.terms.length / phrase.size) : 0
      const told = result.terms.map((stem) => written.get(stem) ?? stem)
      if (phrase && share >= mostOfIt) found.set(phrase.id, { side: phrase.side, share, told })
    }
    const belongs = new Set(categories.judge(text).categories)
    for (const phrase of phrases) {
      const told = phrase.categories.filter((name) => belongs.has(name))
      if (told.length > 0) found.set(phrase.id, { side: phrase.side, share: 1, told })
    }
    return [...found.values()]
  }

  return {
    judge(text) {
      const found = findPhrases(text, wordsOf(text, known))
      const form = judgeForm(text)
      return {
        interest: interestOf(
          found,
          phrases.some((phrase) => phrase.side === 'wanted'),
        ),
        quality: form.quality,
        reasoning: `${describeFound(found, phrases.length)} Form only: ${form.told}.`,
      }
    },
  }
}

interface Found {
  side: Phrase['side']
  share: number
  told: string[]
}

function interestOf(found: readonly Found[], hasInterests: boolean): number {
  const start = hasInterests ? unmetInterest : neutralInterest
  return clamp(Math.round(start + 2 * sumOf(found, 'wanted') - 3 * sumOf(found, 'unwanted')), 0, highestInterest)
}

function sumOf(found: readonly Found[], side: Phrase['side']): number {
  return found.reduce((sum, phrase) => sum + (phrase.side === side ? phrase.share : 0), 0)
}

function readPhrases(profile: CompiledProfile): Phrase[] {
  const named = profile.offered.map(({ name }) => ({ name, stems: stemsOf(name) }))
  return [...splitPhrases(profile.interests, 'wanted'), ...splitPhrases(profile.antiInterests, 'unwanted')].map(
    ({ text, side }, id) => {
      const stems = new Set(stemsOf(text))
      const categories = named.filter((category) => category.stems.every((stem) => stems.has(stem)))
      return { id, text, side, size: clamp(stems.size, 1, 3), categories: categories.map(({ name }) => name) }
    },
  )
}

function splitPhrases(prose: string, side: Phrase['side']): { text: string; side: Phrase['side'] }[] {
  return prose
    .split(/[.,;:!?()\n\u2013\u2014]|\s-\s|\b(?:and|or)\b/i)
    .map((text) => ({ text: text.trim(), side }))
    .filter(({ text }) => text !== '')
}

const mostTold = 4

function describeFound(found: readonly Found[], phraseCount: number): string {
  if (phraseCount === 0) return 'No interests set: neutral.'
  const told = [describeSide(found, 'wanted', 'wanted'), describeSide(found, 'unwanted', 'not wanted')].filter(
    (part) => part !== '',
  )
  const sentence = told.length > 0 ? told.join('; ') : 'no words of the interests'
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`
}

function describeSide(found: readonly Found[], side: Phrase['side'], label: string): string {
  const told = new Set(found.filter((phrase) => phrase.side === side).flatMap((phrase) => phrase.told))
  return told.size > 0 ? `${label}: ${[...told].slice(0, mostTold).join(', ')}` : ''
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(highest, Math.max(lowest, value))
}

/**
 * What can be said of a text's quality without understanding it: how much it says and how it is written.
 * Never below 1 nor above 8: the ends of the scale need somebody who reads.
 */
function judgeForm(text: string): { quality: number; told: string } {
  const plain = text.trim()
  const signs = formSigns.filter((sign) => sign.isThere(plain))
  const size = sizeOf(plain)
  const sum = signs.reduce((quality, sign) => quality + sign.worth, size.worth)
  const told = [size.told, ...signs.map((sign) => sign.told)].join(', ')
  return { quality: Math.min(8, Math.max(1, sum)), told }
}

function sizeOf(text: string): { worth: number; told: string } {
  if (text.length < 30) return { worth: 2, told: 'hardly any text' }
  if (text.length < 100) return { worth: 4, told: 'short' }
  if (text.length < 300) return { worth: 5, told: 'a paragraph' }
  return { worth: 6, told: 'detailed' }
}

const formSigns: { worth: number; told: string; isThere(text: string): boolean }[] = [
  {
    worth: 1,
    told: 'with a list or code',
    isThere: (text) => /```|^(?: {4}|\t)\S|^\s{0,3}(?:[-*]|\d{1,2}[.)])\s+\S/m.test(text),
  },
  {
    worth: 1,
    told: 'with versions, figures or file names',
    isThere: (text) =>
      /\d+[.,]\d|\d\s?(?:%|ms|s|MB|GB|KB)\b|\b\w+\.(?:ts|js|py|go|rs|java|log|json|ya?ml|c|cs)\b/.test(text),
  },
  { worth: -2, told: 'shouted', isThere: isShouted },
  { worth: -1, told: 'with rows of ! or ?', isThere: (text) => /[!?]{3}/.test(text) },
  {
    worth: -3,
    told: 'with words of advertising',
    isThere: (text) =>
      /\b(?:click here|buy now|100% free|act now|limited offer|subscribe now|free money|best price|promo code)\b/i.test(
        text,
      ),
  },
]

function isShouted(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0
  return letters >= 20 && capitals > 0.6 * letters
}
