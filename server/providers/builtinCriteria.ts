import type { CriterionValue } from '../../protocol/criteria.ts'
import { assertNever } from '../../protocol/names.ts'
import type { CompiledCriterion } from '../domain/criteria.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { stemsOf, wordsOf } from './builtinTokens.ts'

/** What may be answered, and the words that speak for it. */
interface Answer {
  value: CriterionValue
  stems: ReadonlySet<string>
}

interface AnswerIndex {
  criterion: CompiledCriterion
  answers: readonly Answer[]
  /** Where no word speaks for any. */
  otherwise: CriterionValue
}

export interface CriteriaIndex {
  /** By the fields of the criteria, as a model answers. */
  judge(text: string): Record<string, CriterionValue>
}

/**
 * Compares the words of a text with those of bands, choices and questions. It does not understand either: where nothing is said it takes
 * the middle, and "no".
 */
export function indexCriteria({ rubric }: CompiledProfile): CriteriaIndex {
  const indexes = (rubric?.criteria ?? []).map(indexCriterion)
  const known = new Set(indexes.flatMap(({ answers }) => answers.flatMap(({ stems }) => [...stems])))
  return {
    judge(text) {
      const words = new Map(wordsOf(text, known).map(({ stem, written }) => [stem, written]))
      const verdicts: Record<string, CriterionValue> = {}
      const told: string[] = []
      for (const { criterion, answers, otherwise } of indexes) {
        const found = bestOf(answers, words)
        verdicts[criterion.field] = found?.value ?? otherwise
        const by = found ? found.words.slice(0, mostTold).join(', ') : 'no word of it'
        told.push(`${criterion.name}: ${by}`)
      }
      return { ...verdicts, reasoning: `Words only. ${told.join('; ')}.` }
    },
  }
}

const mostTold = 3
/** Of the words that speak for a "yes", so many have to be there. */
const mostOfIt = 0.6

/** The one with the most words in the text, the first of those with as many; null: none has any. */
function bestOf(answers: readonly Answer[], words: ReadonlyMap<string, string>) {
  let best: { value: CriterionValue; words: string[] } | null = null
  for (const { value, stems } of answers) {
    const found = [...stems].flatMap((stem) => words.get(stem) ?? [])
    const least = typeof value === 'boolean' ? stems.size * mostOfIt : 1
    if (found.length >= least && found.length > (best?.words.length ?? 0)) best = { value, words: found }
  }
  return best
}

function indexCriterion(criterion: CompiledCriterion): AnswerIndex {
  switch (criterion.type) {
    case 'scale': {
      const { from, to, bands } = criterion
      const answers = bands.map((band) => ({
        value: middleOf(band.from, band.to),
        stems: new Set(stemsOf(band.description)),
      }))
      return { criterion, answers, otherwise: middleOf(from, to) }
    }
    case 'boolean':
      return { criterion, answers: [{ value: true, stems: new Set(stemsOf(criterion.name)) }], otherwise: false }
    case 'choice': {
      const { choices } = criterion
      const answers = choices.map(({ name, description }) => ({
        value: name,
        stems: new Set(stemsOf(`${name} ${description ?? ''}`)),
      }))
      const distance = (value: number | null) => Math.abs((value ?? 0.5) - 0.5)
      const middle = choices.toSorted((one, other) => distance(one.value) - distance(other.value))[0]
      return { criterion, answers, otherwise: middle?.name ?? '' }
    }
    default:
      return assertNever(criterion)
  }
}

function middleOf(from: number, to: number): number {
  return Math.round((from + to) / 2)
}
