import type {
  ChoiceQuestion,
  DecisionAnswer,
  DecisionQuestion,
  PredicateQuestion,
  ScoreQuestion,
} from '../../protocol/decisions.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Usage } from '../../protocol/results.ts'
import type { DecisionDialect } from '../../protocol/routing.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable } from '../../shared/message.ts'
import { checkDecision, type GivenAnswer } from '../domain/checkDecision.ts'
import type { DecisionRequest } from './adapter.ts'
import { recurringValue } from './bodyJson.ts'
import { asFields, type Fields } from './errorBody.ts'
import { costOf, tokens } from './modelFields.ts'

/** Questions as one wire form has them, with the way back from its keys to our names. */
interface WiredQuestions {
  body: object
  byId: ReadonlyMap<string, WiredQuestion>
}

interface WiredQuestion {
  id: string
  question: DecisionQuestion
  /** Names of options by their key; empty for other questions. */
  names: ReadonlyMap<string, string>
}

/** The same questions go with every item of a run. */
const wired = new WeakMap<readonly DecisionQuestion[], Map<DecisionDialect, WiredQuestions>>()

export function wireQuestions(questions: readonly DecisionQuestion[], dialect: DecisionDialect): WiredQuestions {
  const known = wired.get(questions) ?? new Map<DecisionDialect, WiredQuestions>()
  wired.set(questions, known)
  const found = known.get(dialect) ?? makeWired(questions, dialect)
  known.set(dialect, found)
  return found
}

function makeWired(questions: readonly DecisionQuestion[], dialect: DecisionDialect): WiredQuestions {
  const ids = wireKeys(
    questions.map(({ name }) => name),
    { fallback: 'question', isPlain: true },
  )
  const list = questions.map((question, place): WiredQuestion => {
    const options = question.type === 'choice' ? question.options.map(({ name }) => name) : []
    const keys = wireKeys(options, { fallback: 'option', isPlain: false })
    return { id: ids[place] ?? '', question, names: new Map(keys.map((key, index) => [key, options[index] ?? ''])) }
  })
  const body =
    dialect === 'openai'
      ? list.map(listedQuestion)
      : Object.fromEntries(list.map((each) => [each.id, keyedQuestion(each, dialect)]))
  return { body: recurringValue(body), byId: new Map(list.map((each) => [each.id, each])) }
}

/**
 * What names are called on the wire. Servers fold case, sort, and reorder keys that are integers, and models take `true` for a word:
 * so words of lower case joined by underscores that begin with a letter, each once. `isPlain`: of ASCII, as ids of questions have to be.
 */
export function wireKeys(
  names: readonly string[],
  { fallback, isPlain }: { fallback: string; isPlain: boolean },
): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const slug = slugOf(name, isPlain)
    const base = /^\p{L}/u.test(slug) && !reservedKeys.has(slug) ? slug : `${fallback}${slug === '' ? '' : `_${slug}`}`
    let key = base
    for (let count = 2; taken.has(key); count++) key = `${base}_${count}`
    taken.add(key)
    return key
  })
}

/** Words that servers or their parsers read as something else. */
const reservedKeys = new Set(['true', 'false', 'null', 'none', 'constructor', 'prototype'])
const longestKey = 60

function slugOf(name: string, isPlain: boolean): string {
  // Accents of Latin letters go; the vowel signs of other scripts are letters there.
  const folded = name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
  const between = isPlain ? /[^a-z0-9]+/g : /[^\p{L}\p{M}\p{N}]+/gu
  return [...folded.replace(between, '_')]
    .slice(0, longestKey)
    .join('')
    .replace(/^_+|_+$/g, '')
}

/** The key alone may not say what the name does: of "C++" it keeps the letter. */
function describeOption(key: string, { name, description }: ChoiceQuestion['options'][number]): string {
  if (description === undefined) return name
  return key.replaceAll('_', ' ') === name.toLowerCase().replace(/[\s_-]+/g, ' ')
    ? description
    : `${name}: ${description}`
}

function optionsOf({ question, names }: WiredQuestion): { key: string; description: string }[] {
  if (question.type !== 'choice') return []
  return [...names.keys()].map((key, place) => {
    const option = question.options[place]
    return { key, description: option === undefined ? '' : describeOption(key, option) }
  })
}

/** System One's and Gemini's: by id, options by key. */
function keyedQuestion(wiredOne: WiredQuestion, dialect: DecisionDialect): object {
  const { question } = wiredOne
  const { type, instructions } = question
  switch (type) {
    case 'choice': {
      const criteria = Object.fromEntries(optionsOf(wiredOne).map(({ key, description }) => [key, description]))
      return { type, instructions, criteria }
    }
    case 'score':
      return { type, instructions, criteria: question.levels }
    case 'predicate': {
      const { yes, no } = question
      // Servers differ in whether one side alone will do.
      if (yes === undefined || no === undefined) return { type: 'noul', instructions: instructionsOf(question) }
      const criteria =
        dialect === 'gemini' ? { true_description: yes, false_description: no } : { true: yes, false: no }
      return { type: 'noul', instructions, criteria }
    }
    default:
      return assertNever(question)
  }
}

/** OpenAI's: a list of questions with lists in them. Only what every server with this form knows. */
function listedQuestion(wiredOne: WiredQuestion): object {
  const { id: name, question } = wiredOne
  const { type, instructions } = question
  switch (type) {
    case 'choice':
      return {
        type,
        name,
        instructions,
        choices: optionsOf(wiredOne).map(({ key, description }) => ({ value: key, description })),
      }
    case 'score':
      return { type, name, instructions, levels: levelsOf(question) }
    case 'predicate':
      return { type, name, instructions: instructionsOf(question) }
    default:
      return assertNever(question)
  }
}

function levelsOf({ levels }: ScoreQuestion): object[] {
  return levels.map((description, index) => ({ label: String(index), description }))
}

function instructionsOf({ instructions, yes, no }: PredicateQuestion): string {
  const sides = [
    ...(yes === undefined ? [] : [`Answer true when: ${yes}`]),
    ...(no === undefined ? [] : [`Answer false when: ${no}`]),
  ]
  return [instructions, ...sides].join('\n')
}

/** The text first and the same questions after it, so that a server can keep what it has read. Only what all servers know. */
export function decisionBody({ model, input, questions }: DecisionRequest, dialect: DecisionDialect): object {
  const { body } = wireQuestions(questions, dialect)
  return dialect === 'systemone' ? { model, state: input, questions: body } : { model, input, questions: body }
}

/**
 * An answer in any of the wire forms; what is decided on has to be well formed, what is only told may be anything. Read by hand and not by a
 * schema: answers of thousands of items a second pass here, each with all options.
 */
interface WiredAnswer {
  type: string
  choice: string | undefined
  score: number | undefined
  /** Of `noul`, before that of `probability`. */
  probability: number | undefined
  probabilities: Readonly<Record<string, number>> | readonly ListedShare[] | undefined
  /** What it calls its levels, by index. */
  legend: unknown
  confidence: number | null
}

interface ListedShare {
  value: string
  probability: number
  label?: unknown
}

/** Null: one of the fields is not what it is in every form. */
function readWired(said: unknown): WiredAnswer | null {
  const fields = asFields(said)
  if (fields === null) return null
  const { type, name, choice, score, legend, noul, probability, probabilities, confidence } = fields
  const isWellFormed =
    typeof type === 'string' &&
    (name == null || typeof name === 'string') &&
    (choice === undefined || isValue(choice)) &&
    isFigureOrAbsent(score) &&
    isFigureOrAbsent(noul) &&
    isFigureOrAbsent(probability)
  const shares = readShares(probabilities)
  if (!isWellFormed || shares === null) return null
  return {
    type,
    choice: choice === undefined ? undefined : String(choice),
    score,
    probability: noul ?? probability,
    probabilities: shares,
    legend,
    confidence: isFigure(confidence) ? confidence : null,
  }
}

/** Null: they are neither figures by their keys nor a list of values with theirs. */
function readShares(given: unknown): WiredAnswer['probabilities'] | null {
  if (given === undefined) return undefined
  if (isRecord(given)) return Object.values(given).every(isFigure) ? (given as Record<string, number>) : null
  if (!Array.isArray(given)) return null
  const listed = given.map((each) => {
    const { value, probability, label } = asFields(each) ?? {}
    return isValue(value) && isFigure(probability) ? { value: String(value), probability, label } : null
  })
  return listed.every((each) => each !== null) ? listed : null
}

/** Some servers have options that are numbers or truth values, in JSON, too. */
function isValue(given: unknown): given is string | boolean | number {
  return typeof given === 'string' || typeof given === 'boolean' || isFigure(given)
}

function isFigure(given: unknown): given is number {
  return typeof given === 'number' && Number.isFinite(given)
}

function isFigureOrAbsent(given: unknown): given is number | undefined {
  return given === undefined || isFigure(given)
}

export type ReadAnswers = { ok: true; given: (GivenAnswer | undefined)[] } | { ok: false; detail: LocalizableMessage }

/**
 * The answers in the order of the questions; undefined: not answered. The form is that of what came: several servers have another one
 * than their path promises. Fails where it is none that is known, or something that was not asked is answered.
 */
export function readAnswers(body: Fields, request: DecisionRequest, dialect: DecisionDialect): ReadAnswers {
  const { list, named } = namedAnswers(body, request, dialect)
  if (named === null) return { ok: false, detail: otherShape }
  if (answersMore(named, list)) return { ok: false, detail: localizable('it answers what was not asked') }
  const given: (GivenAnswer | undefined)[] = []
  for (const each of list) {
    const said = named.get(each.id)
    const answer = said === undefined ? undefined : readAnswer(said, each)
    if (answer === null) {
      const { name } = each.question
      return { ok: false, detail: localizable('the answer to "{0}" is not one to this kind of question', name) }
    }
    given.push(answer)
  }
  return { ok: true, given }
}

/** Of an answer that cannot be used as a whole, those questions that are answered rightly. */
export function readRightAnswers(body: Fields, request: DecisionRequest, dialect: DecisionDialect): DecisionAnswer[] {
  const { list, named } = namedAnswers(body, request, dialect)
  if (named === null || answersMore(named, list)) return []
  return list.flatMap((each) => {
    const said = named.get(each.id)
    const given = said === undefined ? null : readAnswer(said, each)
    const checked = given === null ? null : checkDecision([each.question], [given])
    return checked?.ok ? checked.answers : []
  })
}

interface NamedAnswers {
  list: readonly WiredQuestion[]
  /** By the ids of the questions; null: it has not the shape of an answer. */
  named: ReadonlyMap<string, unknown> | null
}

function namedAnswers({ answers }: Fields, request: DecisionRequest, dialect: DecisionDialect): NamedAnswers {
  const list = [...wireQuestions(request.questions, dialect).byId.values()]
  return { list, named: Array.isArray(answers) ? byOrder(answers, list) : byKey(answers) }
}

function answersMore(named: ReadonlyMap<string, unknown>, list: readonly WiredQuestion[]): boolean {
  return [...named.keys()].some((id) => !list.some((each) => each.id === id))
}

const otherShape = localizable('it does not have the format of this API')

function byKey(answers: unknown): Map<string, unknown> | null {
  const fields = asFields(answers)
  return fields === null ? null : new Map(Object.entries(fields))
}

/** Names are given back, or all of them are left out: then the order is that of the questions. */
function byOrder(answers: readonly unknown[], list: readonly WiredQuestion[]): Map<string, unknown> | null {
  const names = answers.map((answer) => asFields(answer)?.name ?? asFields(answer)?.id ?? null)
  if (names.every((name) => name === null)) {
    if (answers.length !== list.length) return null
    return new Map(list.map(({ id }, place) => [id, answers[place]]))
  }
  const isNamed = names.every((name) => typeof name === 'string') && new Set(names).size === names.length
  return isNamed ? new Map(answers.map((answer, place) => [String(names[place]), answer])) : null
}

/** Null: it is no answer in a form that is known. */
function readAnswer(said: unknown, { names, question }: WiredQuestion): GivenAnswer | null {
  const answer = readWired(said)
  if (answer === null) return null
  const { type, choice, score, probability, confidence: serverConfidence } = answer
  // What is no option of the question has no name among them.
  const probabilities = distributionOf(answer, (key) => (type === 'choice' ? (names.get(key) ?? `(${key})`) : key))
  switch (type) {
    case 'choice': {
      if (choice === undefined || probabilities === null) return null
      return { type, choice: names.get(choice) ?? choice, probabilities, serverConfidence }
    }
    case 'score':
      if (question.type === 'score' && countsOtherwise(answer, question)) return null
      return score === undefined || probabilities === null ? null : { type, score, probabilities, serverConfidence }
    case 'noul':
    case 'boolean':
    case 'predicate':
      return probability === undefined ? null : { type: 'predicate', probability, serverConfidence }
    case 'refusal':
      return { type }
    default:
      return null
  }
}

/** A server that counts its levels from 1 or backwards says so in its legend, and would be read wrongly. */
function countsOtherwise({ legend, probabilities }: WiredAnswer, { levels }: ScoreQuestion): boolean {
  const isOther = (index: string, label: unknown): boolean =>
    typeof label === 'string' && levels.includes(label) && levels[Number(index)] !== label
  for (const index in asFields(legend)) if (isOther(index, (legend as Fields)[index])) return true
  if (probabilities === undefined || !isListed(probabilities)) return false
  return probabilities.some(({ value, label }) => isOther(value, label))
}

/** Null: there is none, or an option is there twice. */
function distributionOf(
  { probabilities }: WiredAnswer,
  nameOf: (key: string) => string,
): ReadonlyMap<string, number> | null {
  if (probabilities === undefined) return null
  const figures = new Map<string, number>()
  if (isListed(probabilities)) {
    for (const { value, probability } of probabilities) figures.set(nameOf(value), probability)
    return figures.size === probabilities.length ? figures : null
  }
  for (const key in probabilities) figures.set(nameOf(key), probabilities[key] as number)
  return figures
}

function isListed(probabilities: NonNullable<WiredAnswer['probabilities']>): probabilities is readonly ListedShare[] {
  return Array.isArray(probabilities)
}

/** What the call took, under the names that the servers have for it. What they do not say stays unknown. */
export function decisionUsage(usage: Fields | null): { usage: Usage; costUsd?: number } {
  const details = asFields(usage?.input_tokens_details)
  return {
    usage: {
      input: firstCount(usage?.input_tokens, usage?.inputTokens, usage?.total_input_tokens, usage?.prompt_tokens),
      output: firstCount(
        usage?.output_tokens,
        usage?.outputTokens,
        usage?.total_output_tokens,
        usage?.completion_tokens,
      ),
      cached: firstCount(details?.cached_tokens, usage?.total_cached_tokens),
    },
    ...costOf(usage?.cost),
  }
}

function firstCount(...values: unknown[]): number | null {
  for (const value of values) {
    const count = tokens(value)
    if (count !== null) return count
  }
  return null
}
