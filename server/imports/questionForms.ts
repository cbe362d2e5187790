import { type Criterion, mostCriteria } from '../../protocol/criteria.ts'
import { isRecord } from '../../protocol/names.ts'
import { defaultLimits, type Profile, type ProfileCategory } from '../../protocol/profile.ts'
import { localizable } from '../../shared/message.ts'
import type { Path } from './readConfigFile.ts'
import { type LeftOut, textOf } from './services.ts'

/** A golden case as `label/import` reads it. */
export interface ImportedCase {
  id: string
  text: string
  categories: string[] | null
  criteria?: Record<string, number | boolean | string>
}

/** Questions of another tool as a profile. */
export interface FoundProfile {
  name: string
  profile: Profile
  cases: ImportedCase[]
  left: LeftOut[]
}

/** One question, whichever of the two forms it came by. */
interface Question {
  path: Path
  name: string
  type: 'yes_no' | 'choice' | 'scale'
  text: string
  /** Of a choice or a scale, with what they mean. */
  options: [name: string, meaning: string][]
}

type Fields = Record<string, unknown>

/** A pack says so by this label of each closed set; a profile lets every item fit nowhere. */
const abstains = 'unknown'

/** `pack.yaml` of spec 0; its gates and cases are files of their own beside it. */
export function readPack(pack: Fields, beside: { gates: unknown; cases: readonly unknown[] }): FoundProfile {
  const questions = Object.entries(pack.questions as Fields).map(([name, each]) => packQuestion(name, each))
  const floors = isRecord(pack.thresholds) ? pack.thresholds : {}
  const made = profileOf(textOf(pack.id) ?? 'questions', questions, (question, label) => {
    const own = floors[question.name]
    return isRecord(own) && typeof own[label] === 'number' ? own[label] : undefined
  })
  const { categorizing, profile } = made
  const left = [...made.left, ...floorsOfCriteria(floors, categorizing)]
  const gate = gateOf(beside.gates, categorizing, beside.cases.length)
  const cases = beside.cases.flatMap((each, index) => caseOf(each, index, made.used, categorizing) ?? [])
  return {
    name: made.name,
    profile: { ...profile, ...(gate.accuracy === null ? {} : { gate: { categorization: gate.accuracy } }) },
    cases,
    left: [...left, ...gate.left],
  }
}

/** A codebook of `jcol`; which column holds reference labels is told, since they stand in another file. */
export function readCodebook(book: Fields, name: string): FoundProfile {
  const columns = (book.columns as unknown[]).map((each, index) => columnQuestion(each, index))
  const { profile, left } = profileOf(name, columns, () => undefined)
  const labelled = (book.columns as unknown[]).flatMap((each, index) => {
    const gold = isRecord(each) ? textOf(each.gold) : null
    const sentence = localizable('its reference labels stand in the column {0} of a table: label import', gold ?? '')
    return gold === null ? [] : [{ path: ['columns', index, 'gold'], name: columns[index]?.name ?? '', sentence }]
  })
  return { name, profile, cases: [], left: [...left, ...labelled] }
}

function packQuestion(name: string, value: unknown): Question {
  const said = isRecord(value) ? value : {}
  const type = said.type === 'choice' ? 'choice' : said.type === 'score' ? 'scale' : 'yes_no'
  const meanings = isRecord(said.level_descriptions) ? said.level_descriptions : {}
  const options: Question['options'] =
    type === 'choice' && isRecord(said.options)
      ? Object.entries(said.options).map(([label, meaning]) => [label, textOf(meaning) ?? ''])
      : (Array.isArray(said.levels) ? said.levels : []).map((level) => [
          String(level),
          textOf(meanings[String(level)]) ?? '',
        ])
  return { path: ['questions', name], name, type, text: textOf(said.instructions) ?? name, options }
}

function columnQuestion(value: unknown, index: number): Question {
  const said = isRecord(value) ? value : {}
  const type = said.kind === 'category' ? 'choice' : said.kind === 'scale' ? 'scale' : 'yes_no'
  const options: Question['options'] = isRecord(said.options)
    ? Object.entries(said.options).map(([label, meaning]) => [label, textOf(meaning) ?? ''])
    : (Array.isArray(said.options) ? said.options : []).map((label) => [String(label), ''])
  const name = textOf(said.name) ?? `column ${index + 1}`
  return { path: ['columns', index], name, type, text: textOf(said.definition) ?? name, options }
}

/** The first choice is what items are sorted into; every other question is a criterion. */
function profileOf(
  name: string,
  questions: readonly Question[],
  floorOf: (question: Question, label: string) => number | undefined,
) {
  const categorizing = questions.find(({ type }) => type === 'choice') ?? null
  const others = questions.filter((each) => each !== categorizing)
  const criteria = others.slice(0, mostCriteria).map(criterionOf)
  const left: LeftOut[] = others.slice(mostCriteria).map(({ path, name: id }) => ({
    path,
    name: id,
    sentence: localizable('a profile has {0} criteria at most', mostCriteria),
  }))
  if (categorizing)
    left.push({
      path: categorizing.path,
      name: categorizing.name,
      sentence: localizable('its options become categories, which are asked for in this product’s words'),
    })
  const categories = (categorizing?.options ?? [])
    .filter(([label]) => label !== abstains)
    .map(([label, meaning]): ProfileCategory => {
      const floor = categorizing === null ? undefined : floorOf(categorizing, label)
      const description = meaning.slice(0, 500)
      return {
        name: label,
        ...(description === '' ? {} : { description }),
        ...(floor === undefined ? {} : { review_below: floor }),
      }
    })
  const profile: Profile = {
    name: name.slice(0, 80),
    categories,
    ...(categorizing ? { category_choice: { max: 1, further_from: 0.1 }, suggestions: false } : {}),
    interests: '',
    anti_interests: '',
    limits: defaultLimits,
    ...(criteria.length > 0 ? { criteria } : {}),
  }
  return { name, profile, left, categorizing, used: others.slice(0, mostCriteria) }
}

function criterionOf({ name, type, text, options }: Question): Criterion {
  const shared = { name, question: text.slice(0, 1000) }
  if (type === 'yes_no') return { ...shared, type: 'boolean' }
  if (type === 'choice') {
    const choices = options.map(([label, meaning]) => ({
      name: label,
      ...(meaning === '' ? {} : { description: meaning.slice(0, 500) }),
    }))
    return { ...shared, type: 'choice', choices }
  }
  const levels = levelsOf(options)
  const bands = levels.map(([label, meaning], at) => ({
    ...{ from: at, to: at },
    description: (meaning === '' ? label : `${label}: ${meaning}`).slice(0, 500),
  }))
  return { ...shared, type: 'scale', scale: { from: 0, to: Math.max(1, levels.length - 1), bands } }
}

/** Lowest first; whoever cannot tell is no level. */
function levelsOf(options: Question['options']): Question['options'] {
  return options.filter(([label]) => label !== abstains)
}

function floorsOfCriteria(floors: Fields, categorizing: Question | null): LeftOut[] {
  const sentence = localizable('only categories have a floor below which a verdict waits for a person')
  const names = Object.keys(floors).filter((name) => name !== categorizing?.name)
  return names.map((name) => ({ path: ['thresholds', name], name: `thresholds.${name}`, sentence }))
}

/** Of all that a pack asks for, the accuracy of the question that sorts is what a profile can ask for, too. */
function gateOf(value: unknown, categorizing: Question | null, cases: number) {
  const gates = isRecord(value) ? value : {}
  const own = isRecord(gates.per_question) && categorizing ? gates.per_question[categorizing.name] : undefined
  const wanted = isRecord(own) && typeof own.min_accuracy === 'number' ? own.min_accuracy : gates.min_accuracy
  const isUsable = categorizing !== null && typeof wanted === 'number' && wanted >= 0 && wanted <= 1
  const sentence = localizable('a profile’s gate asks for accuracy alone')
  const left: LeftOut[] = Object.keys(gates)
    .filter((name) => name !== 'per_question' && !(name === 'min_accuracy' && isUsable))
    .map((name) => ({ path: [], name: `gates.${name}`, sentence }))
  return { accuracy: isUsable ? { accuracy: wanted, labels: Math.max(1, Math.min(30, cases || 30)) } : null, left }
}

function caseOf(
  value: unknown,
  index: number,
  criteria: readonly Question[],
  categorizing: Question | null,
): ImportedCase | null {
  if (!isRecord(value)) return null
  const parts = isRecord(value.state) ? Object.values(value.state).flatMap((part) => textOf(part) ?? []) : []
  const text = parts.join('\n\n')
  const expected = isRecord(value.expect) ? value.expect : {}
  if (text === '') return null
  const label = categorizing ? textOf(expected[categorizing.name]) : null
  const answers = criteria.flatMap((question): [string, number | boolean | string][] => {
    const answer = answerTo(question, expected[question.name])
    return answer === null ? [] : [[question.name, answer]]
  })
  return {
    id: textOf(value.id) ?? `case ${index + 1}`,
    text,
    categories: label === null ? null : label === abstains ? [] : [label],
    ...(answers.length > 0 ? { criteria: Object.fromEntries(answers) } : {}),
  }
}

function answerTo({ type, options }: Question, value: unknown): number | boolean | string | null {
  if (type === 'yes_no') return typeof value === 'boolean' ? value : null
  const text = typeof value === 'number' ? String(value) : textOf(value)
  if (type === 'choice') return text
  const level = levelsOf(options).findIndex(([label]) => label === text)
  return level < 0 ? null : level
}
