import type { DecisionAnswer, DecisionQuestion } from '../../protocol/decisions.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { localizable, withMessage } from '../../shared/message.ts'

/**
 * One answer as a server gave it, whichever its wire form: options by their names, levels by their index. That its figures are numbers
 * has been seen to, nothing else.
 */
export type GivenAnswer =
  | { type: 'choice'; choice: string; probabilities: ReadonlyMap<string, number>; serverConfidence: number | null }
  | { type: 'score'; score: number; probabilities: ReadonlyMap<string, number>; serverConfidence: number | null }
  | { type: 'predicate'; probability: number; serverConfidence: number | null }
  | { type: 'refusal' }

export type CheckedDecision = { ok: true; answers: DecisionAnswer[] } | { ok: false; detail: LocalizableMessage }

/**
 * The one place that lets an answer pass, for all wire forms: every question answered, each of its type, the options exactly those of
 * the question, all figures from 0 to 1 and adding up to 1, the choice the most probable option, the score the mean of its levels.
 * `given`: one a question, in their order; undefined: not answered.
 */
export function checkDecision(
  questions: readonly DecisionQuestion[],
  given: readonly (GivenAnswer | undefined)[],
): CheckedDecision {
  const answers: DecisionAnswer[] = []
  for (const [place, question] of questions.entries()) {
    const answer = given[place]
    if (answer === undefined)
      return { ok: false, detail: localizable('the question "{0}" is not answered', question.name) }
    const checked = checkAnswer(question, answer)
    if (!checked.ok) return checked
    answers.push(checked.answer)
  }
  return { ok: true, answers }
}

type CheckedAnswer = { ok: true; answer: DecisionAnswer } | { ok: false; detail: LocalizableMessage }

function checkAnswer(question: DecisionQuestion, given: GivenAnswer): CheckedAnswer {
  const { name, type } = question
  if (given.type === 'refusal') return { ok: true, answer: { type: 'refusal', name } }
  const { serverConfidence } = given
  if (type === 'predicate' && given.type === 'predicate') {
    const { probability } = given
    return isProbability(probability)
      ? { ok: true, answer: { type, name, probability, serverConfidence } }
      : noProbability(name)
  }
  if (type === 'choice' && given.type === 'choice') {
    const options = question.options.map((option) => option.name)
    const read = readDistribution(name, options, given.probabilities)
    if (!read.ok) return read
    if (!isMostProbable(given.choice, options, read.values)) {
      return { ok: false, detail: localizable('the choice of "{0}" is not its most probable option', name) }
    }
    const probabilities = Object.fromEntries(options.map((option, place) => [option, read.values[place] ?? 0]))
    return { ok: true, answer: { type, name, choice: given.choice, probabilities, serverConfidence } }
  }
  if (type === 'score' && given.type === 'score') {
    const read = readDistribution(name, Object.keys(question.levels), given.probabilities)
    if (!read.ok) return read
    if (!isMean(given.score, read.values)) {
      return { ok: false, detail: localizable('the score of "{0}" does not follow from its probabilities', name) }
    }
    return { ok: true, answer: { type, name, score: given.score, probabilities: read.values, serverConfidence } }
  }
  return { ok: false, detail: localizable('the question "{0}" is answered as another kind of question', name) }
}

type Distribution = { ok: true; values: number[] } | { ok: false; detail: LocalizableMessage }

function readDistribution(name: string, options: readonly string[], given: ReadonlyMap<string, number>): Distribution {
  if (given.size !== options.length || options.some((option) => !given.has(option))) {
    return { ok: false, detail: localizable('the answer to "{0}" has other options than the question', name) }
  }
  const values = options.map((option) => given.get(option) ?? Number.NaN)
  if (!values.every(isProbability)) return noProbability(name)
  const sum = values.reduce((total, value) => total + value, 0)
  if (Math.abs(sum - 1) > mostDeviation(values)) {
    const rounded = Number(sum.toFixed(3))
    return { ok: false, detail: localizable('the probabilities of "{0}" add up to {1}, not to 1', name, rounded) }
  }
  return { ok: true, values }
}

/**
 * Several services round to two decimals: of 150 options, dozens may have lost up to half a hundredth each, but never is much of the
 * probability on options that all show 0.
 */
function mostDeviation(values: readonly number[]): number {
  const isRounded = values.every((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6)
  const hasPeak = values.some((value) => value > 0)
  return isRounded && hasPeak ? Math.max(0.05, Math.min(0.5, values.length * 0.005)) : 0.05
}

function noProbability(name: string): { ok: false; detail: LocalizableMessage } {
  return { ok: false, detail: localizable('a probability of "{0}" is no number from 0 to 1', name) }
}

function isProbability(value: number): boolean {
  return value >= 0 && value <= 1
}

/** What is equal in two decimals may have been unequal before. */
function isMostProbable(choice: string, options: readonly string[], values: readonly number[]): boolean {
  const place = options.indexOf(choice)
  return place >= 0 && (values[place] ?? 0) >= Math.max(...values) - 1e-6
}

/** With every figure rounded to two decimals, Σ level × probability may be off by half a hundredth a level. */
function isMean(score: number, values: readonly number[]): boolean {
  const weights = values.reduce((sum, _, level) => sum + level, 0)
  const sum = values.reduce((total, value) => total + value, 0)
  const mean = values.reduce((total, value, level) => total + level * value, 0)
  const tolerance = 0.005 * weights + 0.006
  return Math.abs(score - mean) <= tolerance || Math.abs(score - mean / sum) <= tolerance
}

/**
 * What is wrong with questions that were said by hand, before anything is sent: names, options or levels twice (letters' case and
 * spaces aside), which no answer could be told apart by.
 */
export function findQuestionProblems(questions: readonly DecisionQuestion[]): Problem[] {
  const problems = doubledIn(questions.map(({ name }) => name)).map((name) =>
    problemOf('questions', localizable('there are two questions "{0}"', name)),
  )
  for (const [place, question] of questions.entries()) problems.push(...problemsOf(question, `questions.${place}`))
  return problems
}

function problemsOf(question: DecisionQuestion, path: string): Problem[] {
  switch (question.type) {
    case 'choice':
      return doubledIn(question.options.map(({ name }) => name)).map((name) =>
        problemOf(`${path}.options`, localizable('the option "{0}" occurs twice', name)),
      )
    case 'score':
      return doubledIn(question.levels).map((level) =>
        problemOf(`${path}.levels`, localizable('the level "{0}" occurs twice', level)),
      )
    case 'predicate':
      return []
    default:
      return assertNever(question)
  }
}

function problemOf(path: string, sentence: LocalizableMessage): Problem {
  return { path, ...withMessage('message', sentence) }
}

function doubledIn(names: readonly string[]): string[] {
  const seen = new Set<string>()
  return names.filter((name) => {
    const folded = name.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
    const isDoubled = seen.has(folded)
    seen.add(folded)
    return isDoubled
  })
}
