import * as z from 'zod'
import type { ChoiceQuestion, DecisionQuestion, PredicateQuestion, ScoreQuestion } from '../../protocol/decisions.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { assertNever } from '../../protocol/names.ts'
import type { Usage } from '../../protocol/results.ts'
import type { DecisionDialect } from '../../protocol/routing.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { localizable } from '../../shared/message.ts'
import type { GivenAnswer } from '../domain/checkDecision.ts'
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

const value = z.union([z.string(), z.boolean(), z.number()]).transform(String)
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().catch(null)

/** Figures by their keys. Not a record of the library: answers of thousands of items a second pass here, each with all options. */
const figures = z.custom<Readonly<Record<string, number>>>(
  (given) => isRecord(given) && Object.values(given).every((figure) => Number.isFinite(figure)),
)

/** An answer in any of the wire forms; what is decided on has to be well formed, what is only told may be anything. */
const WiredAnswer = z.looseObject({
  type: z.string(),
  name: z.string().nullish(),
  choice: value.optional(),
  score: z.number().optional(),
  legend: z.unknown().optional(),
  noul: z.number().optional(),
  probability: z.number().optional(),
  probabilities: z.union([figures, z.array(z.looseObject({ value, probability: z.number() }))]).optional(),
  confidence: optional(z.number()),
})
type WiredAnswer = z.infer<typeof WiredAnswer>

export type ReadAnswers = { ok: true; given: (GivenAnswer | undefined)[] } | { ok: false; detail: LocalizableMessage }

/**
 * The answers in the order of the questions; undefined: not answered. The form is that of what came: several servers have another one
 * than their path promises. Fails where it is none that is known, or something that was not asked is answered.
 */
export function readAnswers(body: Fields, request: DecisionRequest, dialect: DecisionDialect): ReadAnswers {
  const list = [...wireQuestions(request.questions, dialect).byId.values()]
  const named = Array.isArray(body.answers) ? byOrder(body.answers, list) : byKey(body.answers)
  if (named === null) return { ok: false, detail: otherShape }
  if ([...named.keys()].some((id) => !list.some((each) => each.id === id))) {
    return { ok: false, detail: localizable('it answers what was not asked') }
  }
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

const otherShape = localizable('it has not the shape of this API')

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
  const parsed = WiredAnswer.safeParse(said)
  if (!parsed.success) return null
  const { type, choice, score, confidence } = parsed.data
  const serverConfidence = confidence ?? null
  const probabilities = distributionOf(parsed.data)
  switch (type) {
    case 'choice': {
      if (choice === undefined || probabilities === null) return null
      const named = new Map([...probabilities].map(([key, figure]) => [names.get(key) ?? `(${key})`, figure]))
      return { type, choice: names.get(choice) ?? choice, probabilities: named, serverConfidence }
    }
    case 'score':
      if (question.type === 'score' && countsOtherwise(parsed.data, question)) return null
      return score === undefined || probabilities === null ? null : { type, score, probabilities, serverConfidence }
    case 'noul':
    case 'boolean':
    case 'predicate': {
      const probability = parsed.data.noul ?? parsed.data.probability
      return probability === undefined ? null : { type: 'predicate', probability, serverConfidence }
    }
    case 'refusal':
      return { type }
    default:
      return null
  }
}

/** A server that counts its levels from 1 or backwards says so in its legend, and would be read wrongly. */
function countsOtherwise({ legend, probabilities }: WiredAnswer, { levels }: ScoreQuestion): boolean {
  const listed = Array.isArray(probabilities)
    ? probabilities.map((each): [string, unknown] => [each.value, each.label])
    : []
  return [...Object.entries(asFields(legend) ?? {}), ...listed].some(
    ([index, label]) => typeof label === 'string' && levels.includes(label) && levels[Number(index)] !== label,
  )
}

/** Null: there is none, or an option is there twice. */
function distributionOf({ probabilities }: WiredAnswer): Map<string, number> | null {
  if (probabilities === undefined) return null
  if (!Array.isArray(probabilities)) return new Map(Object.entries(probabilities))
  const figures = new Map(probabilities.map((each) => [each.value, each.probability]))
  return figures.size === probabilities.length ? figures : null
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
  return values.map(tokens).find((count) => count !== null) ?? null
}
