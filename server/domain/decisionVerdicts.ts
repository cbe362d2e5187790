import type { CriterionValue } from '../../protocol/criteria.ts'
import type { DecisionAnswer, DecisionQuestion } from '../../protocol/decisions.ts'
import { assertNever, type Task } from '../../protocol/names.ts'
import type { DecisionFacts } from '../../protocol/results.ts'
import type { DecisionDialect } from '../../protocol/routing.ts'
import { foldName } from './categoryNames.ts'
import type { CompiledCriterion } from './criteria.ts'
import {
  categoryQuestion,
  criterionQuestionName,
  furtherName,
  furtherQuestion,
  levelsOfScale,
  type ProfileQuestions,
  scoreQuestionNames,
  taskOfQuestion,
  withinName,
} from './decisionQuestions.ts'
import { bands } from './prompts.ts'
import type { CategoryVerdict, CompiledCategory, CompiledProfile, ScoreVerdict } from './work.ts'

/** The answers about one text so far, by the names of their questions. */
export type Answers = ReadonlyMap<string, DecisionAnswer>

/** A further category is taken when it is more likely right than not. */
const furtherIsRightFrom = 0.5
const mostProbabilities = 5

/** What has to be asked in a second request: the children of the root that was chosen, and further categories. Empty: nothing. */
export function questionsLeft(
  questions: ProfileQuestions,
  answers: Answers,
  profile: CompiledProfile,
): DecisionQuestion[] {
  const chosen = choiceOf(answers, categoryQuestion)
  if (chosen === null || chosen.choice === questions.none) return []
  const within = questions.within.get(chosen.choice)
  const left: DecisionQuestion[] = within && !answers.has(within.name) ? [within] : []
  const further = candidates(questions, answers, profile).filter(({ name }) => !answers.has(furtherName(name)))
  return [...left, ...further.map(furtherQuestionOf)]
}

/** Made once for each category of a profile. */
const furtherQuestions = new WeakMap<CompiledCategory, ReturnType<typeof furtherQuestion>>()

function furtherQuestionOf(category: CompiledCategory): ReturnType<typeof furtherQuestion> {
  const known = furtherQuestions.get(category) ?? furtherQuestion(category)
  furtherQuestions.set(category, known)
  return known
}

/** The question that was refused and without which there is no verdict; null: none. */
export function refusedQuestion(questions: ProfileQuestions, answers: Answers): string | null {
  for (const { type, name } of answers.values()) if (type === 'refusal' && counts(name, questions, answers)) return name
  return null
}

/** Children of a root that was not chosen were asked about on suspicion only. */
function counts(name: string, { within }: ProfileQuestions, answers: Answers): boolean {
  const chosen = choiceOf(answers, categoryQuestion)?.choice
  return [...within.keys()].every((root) => withinName(root) !== name || root === chosen)
}

/**
 * The categories: the first by the choice, of two levels by the choice among the roots and then by that within the chosen one; further
 * ones only where a question about them alone was answered with yes. Confidence is the probability of the first one, of two levels
 * the product, or of "none of these" where nothing fits. Probabilities are rounded to four decimals.
 */
export function readCategories(questions: ProfileQuestions, answers: Answers): CategoryVerdict {
  const suggested = { names: [], parent: null }
  const chosen = choiceOf(answers, categoryQuestion)
  if (chosen === null) return { categories: [], confidence: null, suggested }
  const shares = sharesOf(questions, answers)
  const probabilities = Object.fromEntries(
    shares.slice(0, mostProbabilities).map(([name, share]) => [name, rounded(share)]),
  )
  if (chosen.choice === questions.none) {
    const confidence = rounded(chosen.probabilities[questions.none] ?? 0)
    return { categories: [], confidence, probabilities, suggested }
  }
  const first = firstOf(questions, answers)
  const share = shares.find(([name]) => name === first)?.[1] ?? 0
  const further = shares.flatMap(([name]) => (name !== first && isYes(answers.get(furtherName(name))) ? [name] : []))
  const categories = [first, ...further]
  return { categories, confidence: rounded(share), probabilities, suggested }
}

function isYes(answer: DecisionAnswer | undefined): boolean {
  return answer?.type === 'predicate' && answer.probability >= furtherIsRightFrom
}

/** The expected level, as a number from 0 to 10: by the middles of the bands, in a straight line between two of them. */
export function readScores(answers: Answers, { rubric }: Pick<CompiledProfile, 'rubric'> = {}): ScoreVerdict {
  if (rubric) {
    const values = rubric.criteria.map((criterion) => [criterion.name, readCriterion(criterion, answers)] as const)
    return { interest: null, quality: null, criteria: Object.fromEntries(values), reasoning: null }
  }
  return {
    interest: onScale(expectedLevel(answers, scoreQuestionNames.interest)),
    quality: onScale(expectedLevel(answers, scoreQuestionNames.quality)),
    reasoning: null,
  }
}

/** A number by the middles of the stretches, rounded once; yes from a probability of a half on; the choice. */
function readCriterion(criterion: CompiledCriterion, answers: Answers): CriterionValue {
  const name = criterionQuestionName(criterion)
  switch (criterion.type) {
    case 'scale': {
      const centres = levelsOfScale(criterion).map(({ from, to }) => (from + to) / 2)
      return onScale(expectedLevel(answers, name), centres)
    }
    case 'boolean':
      return isYes(answers.get(name))
    case 'choice':
      return choiceOf(answers, name)?.choice ?? criterion.choices[0]?.name ?? ''
    default:
      return assertNever(criterion)
  }
}

/** What the receipt of a task keeps of the answers that its verdict is made of; of scoring the probability of each band, too. */
export function factsOf(
  task: Task,
  questions: ProfileQuestions,
  answers: Answers,
  dialect: DecisionDialect | undefined,
): DecisionFacts {
  const serverConfidence: Record<string, number> = {}
  let hasSome = false
  for (const answer of answers.values()) {
    if (answer.type === 'refusal' || answer.serverConfidence === null || taskOfQuestion(answer) !== task) continue
    if (!counts(answer.name, questions, answers)) continue
    serverConfidence[answer.name] = answer.serverConfidence
    hasSome = true
  }
  return {
    ...(dialect ? { dialect } : {}),
    ...(hasSome ? { serverConfidence } : {}),
    ...(task === 'scoring' ? { distributions: distributionsOf(questions, answers) } : {}),
  }
}

/** Of a score each level, lowest first; of yes or no those two, no first; of a choice each option, in the order of the profile. */
function distributionsOf({ scores }: ProfileQuestions, answers: Answers): Record<string, number[]> {
  return Object.fromEntries(scores.map((question) => [question.name, sharesOfAnswer(question, answers).map(rounded)]))
}

function sharesOfAnswer(question: DecisionQuestion, answers: Answers): readonly number[] {
  const answer = answers.get(question.name)
  if (answer?.type === 'score') return answer.probabilities
  if (answer?.type === 'predicate') return [1 - answer.probability, answer.probability]
  if (answer?.type !== 'choice' || question.type !== 'choice') return []
  return question.options.map(({ name }) => answer.probabilities[name] ?? 0)
}

type ChoiceAnswer = Extract<DecisionAnswer, { type: 'choice' }>

function choiceOf(answers: Answers, name: string): ChoiceAnswer | null {
  const answer = answers.get(name)
  return answer?.type === 'choice' ? answer : null
}

/** The category that was chosen first; of two levels the child, or the root where it is that in general. */
function firstOf({ within }: ProfileQuestions, answers: Answers): string {
  const root = choiceOf(answers, categoryQuestion)?.choice ?? ''
  const question = within.get(root)
  return (question && choiceOf(answers, question.name)?.choice) ?? root
}

/**
 * The probability of each category, most probable first, in the order of the profile where they are equal. A child's is its root's times
 * its own among the children; a root whose children were not asked about has all of its own.
 */
function sharesOf({ none, within, category }: ProfileQuestions, answers: Answers): [name: string, share: number][] {
  const chosen = choiceOf(answers, categoryQuestion)
  const shares: [string, number][] = []
  for (const { name } of category?.options ?? []) {
    if (name === none) continue
    const share = chosen?.probabilities[name] ?? 0
    const question = within.get(name)
    const parts = question && choiceOf(answers, question.name)
    if (!question || !parts) shares.push([name, share])
    else for (const part of question.options) shares.push([part.name, share * (parts.probabilities[part.name] ?? 0)])
  }
  return shares.sort(([, one], [, other]) => other - one)
}

/** The next ones after the first, as far as they are probable enough to be asked about. What is above or below the first is not beside it. */
function candidates(questions: ProfileQuestions, answers: Answers, profile: CompiledProfile): CompiledCategory[] {
  const { most, furtherFrom } = profile.choice
  if (most === 1) return []
  const root = choiceOf(answers, categoryQuestion)?.choice
  const question = questions.within.get(root ?? '')
  // As long as the children of the chosen root have not been asked about, all of it is the first.
  const first = question && answers.has(question.name) ? firstOf(questions, answers) : root
  const found: CompiledCategory[] = []
  for (const [name, share] of sharesOf(questions, answers)) {
    if (share < furtherFrom || found.length === most - 1) break
    const category = profile.byName.get(foldName(name))
    if (!category || name === first || name === root || (first === root && category.parent === root)) continue
    found.push(category)
  }
  return found
}

function levelsOf(answers: Answers, name: string): readonly number[] {
  const answer = answers.get(name)
  return answer?.type === 'score' ? answer.probabilities : []
}

/** Servers round what they say; the levels are weighed against what their probabilities add up to. */
function expectedLevel(answers: Answers, name: string): number {
  const levels = levelsOf(answers, name)
  const all = levels.reduce((sum, share) => sum + share, 0)
  return levels.reduce((sum, share, level) => sum + share * level, 0) / (all || 1)
}

const middles = bands.map(({ from, to }) => (from + to) / 2)
/** Sums of fractions end just beside the number that they are. */
const noise = 1e-9

function onScale(level: number, centres: readonly number[] = middles): number {
  const below = Math.min(Math.floor(level + noise), centres.length - 1)
  const from = centres[below] ?? 0
  const to = centres[below + 1] ?? from
  return Math.round(from + (to - from) * Math.max(0, level - below) + noise)
}

function rounded(share: number): number {
  return Math.round(Math.min(1, share) * 10_000) / 10_000
}
