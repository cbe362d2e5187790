import MiniSearch from 'minisearch'
import type { CompiledProfile, ScoreVerdict } from '../domain/work.ts'
import { judgeForm } from './builtinForm.ts'
import { stemsOf, type WordUse, wordsOf } from './builtinWords.ts'

/** A document of the index: one thing that the reader named. */
interface Phrase {
  id: number
  text: string
  side: 'wanted' | 'unwanted'
  /** Different words in it, at most three: of a long sentence nobody writes all. */
  size: number
}

const neutralInterest = 5
/** Where there are interests and none of them shows. */
const unmetInterest = 4
/** Words cannot tell that something is exactly what a reader hopes for. */
const highestInterest = 9
/** A phrase counts when at least this share of it is there. */
const halfThere = 0.5

export interface ScoreIndex {
  judge(text: string): ScoreVerdict
}

/** Compares a text with the phrases of interests and anti-interests, and looks at its form. */
export function indexScores(profile: CompiledProfile): ScoreIndex {
  const phrases = [
    ...splitPhrases(profile.interests, 'wanted'),
    ...splitPhrases(profile.antiInterests, 'unwanted'),
  ].map((phrase, id) => ({ ...phrase, id }))
  const known = new Set(phrases.flatMap((phrase) => stemsOf(phrase.text)))
  const index = new MiniSearch<Phrase>({
    fields: ['text'],
    tokenize: stemsOf,
    processTerm: (stem) => stem,
    searchOptions: { processTerm: (stem) => stem },
  })
  index.addAll(phrases)
  const hasInterests = phrases.some((phrase) => phrase.side === 'wanted')

  function match(words: readonly WordUse[]): Record<Phrase['side'], Match> {
    const matches = { wanted: noMatch(), unwanted: noMatch() }
    const written = new Map(words.map((word) => [word.stem, word.written]))
    for (const result of index.search('words', { tokenize: () => words.map((word) => word.stem) })) {
      const phrase = phrases[result.id]
      const share = phrase ? Math.min(1, result.terms.length / phrase.size) : 0
      if (!phrase || share < halfThere) continue
      matches[phrase.side].strength += share
      for (const stem of result.terms) matches[phrase.side].words.add(written.get(stem) ?? stem)
    }
    return matches
  }

  return {
    judge(text) {
      const { wanted, unwanted } = match(wordsOf(text, known))
      const start = hasInterests ? unmetInterest : neutralInterest
      const interest = clamp(Math.round(start + 2 * wanted.strength - 3 * unwanted.strength), 0, highestInterest)
      const form = judgeForm(text)
      return {
        interest,
        quality: form.quality,
        reasoning: `${tellMatches(wanted, unwanted, phrases.length)} ${form.told}`,
      }
    },
  }
}

interface Match {
  strength: number
  words: Set<string>
}

function noMatch(): Match {
  return { strength: 0, words: new Set() }
}

function splitPhrases(prose: string, side: Phrase['side']): Omit<Phrase, 'id'>[] {
  return prose
    .split(/[.,;:!?()\n\u2013\u2014]|\s-\s|\b(?:and|or)\b/i)
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => ({ text, side, size: clamp(new Set(stemsOf(text)).size, 1, 3) }))
}

const mostToldWords = 5

function tellMatches(wanted: Match, unwanted: Match, phraseCount: number): string {
  if (phraseCount === 0) return 'No interests are set, so interest is neutral.'
  const told = [
    ...(wanted.words.size > 0 ? [`wanted: ${listWords(wanted)}`] : []),
    ...(unwanted.words.size > 0 ? [`not wanted: ${listWords(unwanted)}`] : []),
  ]
  return told.length > 0 ? `Words found: ${told.join('; ')}.` : 'None of the words of your interests is in it.'
}

function listWords({ words }: Match): string {
  return [...words].slice(0, mostToldWords).join(', ')
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(highest, Math.max(lowest, value))
}
