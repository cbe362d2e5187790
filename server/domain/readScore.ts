import { isRecord } from '../../shared/isRecord.ts'
import { highestScore } from './scales.ts'
import type { ScoreVerdict } from './work.ts'

/** A whole number of the scale; a number that is none of it, whatever other scale it may be of; or no number at all. */
export type ScoreReading = { kind: 'score'; score: number } | { kind: 'off_scale'; value: number } | { kind: 'none' }

const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

/**
 * Reads `7`, `"7"`, `"7.0"`, `"7/10"`, `"7 out of 10"`. Nothing is rounded and nothing clamped: a model that answers 0.7, 7.4 or 85 uses
 * another scale, on which its 1 and its 10 mean something else, too.
 */
export function readScore(value: unknown, scale: Scale = usualScale): ScoreReading {
  if (typeof value === 'number') return ofNumber(value, scale)
  if (typeof value === 'string') return readScoreText(value.trim().slice(0, 80), scale)
  if (!isRecord(value)) return { kind: 'none' }
  const numbers = Object.entries(value).filter(([name]) => /^(?:score|value|rating)$/i.test(name))
  return numbers.length === 1 && !isRecord(numbers[0]?.[1]) ? readScore(numbers[0]?.[1], scale) : { kind: 'none' }
}

/** Whole numbers, both ends included. */
export interface Scale {
  from: number
  to: number
}
const usualScale: Scale = { from: 0, to: highestScore }

function readScoreText(text: string, scale: Scale): ScoreReading {
  const fraction = /^(-?\d{1,6}(?:[.,]\d{1,6})?)\s*(?:\/|of|out of|von|aus)\s*(\d{1,6})(?:[.,]0+)?\.?$/i.exec(text)
  if (fraction) {
    const [, part = '', whole] = fraction
    const value = numberOf(part)
    return Number(whole) === scale.to ? ofNumber(value, scale) : { kind: 'off_scale', value: value / Number(whole) }
  }
  if (/^-?\d{1,6}(?:[.,]\d{1,6})?\.?$/.test(text)) return ofNumber(numberOf(text.replace(/\.$/, '')), scale)
  const percent = /^(\d{1,3}(?:[.,]\d{1,6})?)\s*%$/.exec(text)
  if (percent) return { kind: 'off_scale', value: numberOf(percent[1] ?? '') }
  const word = words.indexOf(text.toLowerCase())
  return word < 0 ? { kind: 'none' } : ofNumber(word, scale)
}

const numberOf = (text: string): number => Number(text.replace(',', '.'))

function ofNumber(value: number, { from, to }: Scale): ScoreReading {
  if (!Number.isFinite(value)) return { kind: 'none' }
  const isOnScale = Number.isInteger(value) && value >= from && value <= to
  // Not the zero with a sign.
  return isOnScale ? { kind: 'score', score: value + 0 } : { kind: 'off_scale', value }
}

/** 0 to 1. A whole number from 2 to 100, or one with its sign, can only be a percentage; all else is not guessed at. */
export function readConfidence(value: unknown): number | null {
  const text = typeof value === 'string' ? value.trim() : ''
  const percent = /^(\d{1,3}(?:[.,]\d{1,6})?)\s*%$/.exec(text)
  if (percent) return shareOf(numberOf(percent[1] ?? '') / 100)
  const number = /^\d{1,6}(?:[.,]\d{1,6})?$/.test(text) ? numberOf(text) : value
  if (typeof number !== 'number') return null
  return Number.isInteger(number) && number >= 2 && number <= 100 ? number / 100 : shareOf(number)
}

function shareOf(value: number): number | null {
  return value >= 0 && value <= 1 ? value : null
}

/** Both scores of a verdict, or those of a whole run, that fit another scale as well. */
type OtherScale = 'fractions' | 'percent'
const sharedValues: Record<OtherScale, readonly number[]> = { fractions: [0, 1], percent: [0, highestScore] }

/**
 * What a run's scores say of the scale that the model uses. A single 0, 1 or 10 is of two scales at once: once numbers of another
 * scale came, and more often than such as only ours has, a verdict made of those alone is not believed.
 */
export class ScaleWatch {
  readonly #seen: Record<OtherScale, number> = { fractions: 0, percent: 0 }
  #ours = 0

  /** Numbers that are none of the scale. */
  sawOffScale(values: readonly number[]): void {
    for (const value of values) {
      if (value > 0 && value < 1) this.#seen.fractions++
      else if (value > highestScore) this.#seen.percent++
    }
  }

  sawScores({ interest, quality }: Pick<ScoreVerdict, 'interest' | 'quality'>): void {
    for (const score of [interest, quality]) if (score !== null && score >= 2 && score < highestScore) this.#ours++
  }

  isDoubtful({ interest, quality }: Pick<ScoreVerdict, 'interest' | 'quality'>): boolean {
    if (interest === null || quality === null) return false
    return (['fractions', 'percent'] as const).some(
      (scale) =>
        this.#seen[scale] > this.#ours && [interest, quality].every((score) => sharedValues[scale].includes(score)),
    )
  }
}
