import type { DecisionLimits, DecisionQuestion } from '../../protocol/decisions.ts'
import type { Task } from '../../protocol/names.ts'
import { furtherQuestion, type ProfileQuestions } from './decisionQuestions.ts'
import { bytesInJson, cautiousTokens, type TextRoom } from './textRoom.ts'
import type { CompiledProfile } from './work.ts'

/** How the questions of a run's tasks are put into requests. */
export interface DecisionPlan {
  /** Asked of each item in its first request; one object for all items. Empty: there is nothing to ask. */
  first: readonly DecisionQuestion[]
  /** Each item's second request asks for the children of the root that was chosen in the first one. */
  asksWithinLater: boolean
  /** What both requests have room for. */
  room: TextRoom
}

/** `wanted` and `most` are numbers of options or levels. */
export interface PlanProblem {
  problem: 'options' | 'levels' | 'too_large'
  task: Task
  wanted?: number
  most?: number
}

export type PlannedDecisions = { ok: true; plan: DecisionPlan } | ({ ok: false } & PlanProblem)

/** Roles, model name, braces, what a provider says of its own. */
const tokensAround = 300
const bytesAround = 500
/** Less of a text is hardly worth a question. */
export const leastTokens = 100
const leastBytes = 400

/**
 * All questions of these tasks about one text in one request, the children of every root among them, if that leaves room for a usual
 * text of `longestText` characters; else, or where each question costs a call, those of the chosen root in a second one. Fails when
 * neither is within the limits.
 */
export function planDecisions(
  tasks: readonly Task[],
  questions: ProfileQuestions,
  profile: CompiledProfile,
  {
    limits,
    longestText,
    isOneByOne = false,
  }: { limits: DecisionLimits; longestText: number; isOneByOne?: boolean | undefined },
): PlannedDecisions {
  const problem = findProblem(tasks, questions, limits)
  if (problem) return { ok: false, ...problem }
  const plans = (isOneByOne ? [false] : [true, false])
    .map((isWhole) => planOf(tasks, questions, profile, { isWhole, limits }))
    .filter((plan) => plan !== null)
  const usual = { tokens: Math.max(leastTokens, longestText / 3), bytes: Math.max(leastBytes, longestText) }
  const plan = plans.find(({ room }) => hasRoom(room, usual)) ?? plans.findLast(({ room }) => hasRoom(room, least))
  return plan ? { ok: true, plan } : { ok: false, problem: 'too_large', task: tasks[0] ?? 'categorization' }
}

const least: TextRoom = { tokens: leastTokens, bytes: leastBytes }

function hasRoom(room: TextRoom, wanted: TextRoom): boolean {
  return room.tokens >= wanted.tokens && room.bytes >= wanted.bytes
}

function findProblem(
  tasks: readonly Task[],
  { category, within, scores }: ProfileQuestions,
  { options = Number.POSITIVE_INFINITY, levels = Number.POSITIVE_INFINITY }: DecisionLimits,
): PlanProblem | null {
  if (tasks.includes('categorization')) {
    const wanted = mostOptions([...(category ? [category] : []), ...within.values()])
    if (wanted > options) return { problem: 'options', task: 'categorization', wanted, most: options }
  }
  if (!tasks.includes('scoring')) return null
  const wanted = Math.max(0, ...scores.map((question) => (question.type === 'score' ? question.levels.length : 0)))
  if (wanted > levels) return { problem: 'levels', task: 'scoring', wanted, most: levels }
  const choices = mostOptions(scores)
  return choices > options ? { problem: 'options', task: 'scoring', wanted: choices, most: options } : null
}

function mostOptions(questions: readonly DecisionQuestion[]): number {
  return Math.max(0, ...questions.map((question) => (question.type === 'choice' ? question.options.length : 0)))
}

/** Null: more questions than a request takes. */
function planOf(
  tasks: readonly Task[],
  { category, within, scores }: ProfileQuestions,
  profile: CompiledProfile,
  { isWhole, limits }: { isWhole: boolean; limits: DecisionLimits },
): DecisionPlan | null {
  const hasCategories = tasks.includes('categorization') && category !== null
  const children = hasCategories ? [...within.values()] : []
  const first = [
    ...(hasCategories ? [category] : []),
    ...(isWhole ? children : []),
    ...(tasks.includes('scoring') ? scores : []),
  ]
  if (first.length > (limits.questions ?? Number.POSITIVE_INFINITY)) return null
  const further = profile.choice.most > 1 && hasCategories ? profile.offered.map(furtherQuestion) : []
  const seconds = [largest(further, profile.choice.most - 1), ...(isWhole ? [] : [largest(children, 1)])].flat()
  const room = roomBeside(first, limits)
  const later = roomBeside(seconds, limits)
  return {
    first,
    asksWithinLater: !isWhole && children.length > 0,
    room: { tokens: Math.min(room.tokens, later.tokens), bytes: Math.min(room.bytes, later.bytes) },
  }
}

function largest(questions: readonly DecisionQuestion[], count: number): DecisionQuestion[] {
  const length = (question: DecisionQuestion): number => JSON.stringify(question).length
  return questions.toSorted((one, other) => length(other) - length(one)).slice(0, count)
}

function roomBeside(questions: readonly DecisionQuestion[], { tokens, bytes }: DecisionLimits): TextRoom {
  const text = JSON.stringify(questions)
  return {
    tokens: tokens === undefined ? Number.POSITIVE_INFINITY : tokens - tokensAround - cautiousTokens(text),
    bytes: bytes === undefined ? Number.POSITIVE_INFINITY : bytes - bytesAround - bytesInJson(text),
  }
}

/** What the questions of one request take, in characters, for estimates. */
export function charactersOf(questions: readonly DecisionQuestion[]): number {
  return JSON.stringify(questions).length
}
