import type { CriterionValue } from '../../protocol/criteria.ts'
import { ResultFilter, ResultSort } from '../../protocol/resultQueries.ts'
import { ResultRecord } from '../../protocol/results.ts'
import type { RunView } from '../../protocol/runs.ts'
import { readCriterion } from '../../shared/criteriaText.ts'
import { UsageError } from '../invocation/usageError.ts'
import { oneLine } from '../terminal/plainText.ts'

export const filterHelp =
  'only results that fit: status=ok|failed|skipped, category=NAME (category= for none), score>=N, score<=N, confidence>=P, confidence<P (0 to 1), text=WORDS, human=yes|no, review=yes|no (waits for a person), disagree=yes|no (a second model says otherwise), addresses-judge=yes|no (its text speaks to the judge), criterion.NAME=ANSWER, criterion.NAME>=N, criterion.NAME<=N; repeat it to narrow, the same with = to widen'

/** One condition of the command line, added to those before it. */
export function addCondition(word: string, before: ResultFilter | undefined): ResultFilter {
  const filter = before ?? {}
  if (word.trim().startsWith(criterionPrefix)) return { ...filter, criteria: addCriterion(word, filter.criteria ?? {}) }
  const [, field = '', operator = '', value = ''] = /^([a-z-]+)\s*(>=|<=|<|=)\s*(.*)$/s.exec(word.trim()) ?? []
  const condition = `${field}${operator}`
  switch (condition) {
    case 'status=':
      return { ...filter, status: [...(filter.status ?? []), statusOf(value)] }
    case 'category=':
      return { ...filter, categories: [...(filter.categories ?? []), value] }
    case 'score>=':
      return { ...filter, minScore: scoreOf(word, value) }
    case 'score<=':
      return { ...filter, maxScore: scoreOf(word, value) }
    case 'score=':
      return { ...filter, minScore: scoreOf(word, value), maxScore: scoreOf(word, value) }
    case 'confidence>=':
      return { ...filter, minConfidence: confidenceOf(word, value) }
    case 'confidence<':
      return { ...filter, belowConfidence: confidenceOf(word, value) }
    case 'text=':
      if (value === '') throw new UsageError('text= needs the words to look for')
      return { ...filter, search: value }
    case 'human=':
      if (value !== 'yes' && value !== 'no') throw new UsageError('human= is yes or no')
      return { ...filter, changedByHuman: value === 'yes' }
    case 'disagree=':
      if (value !== 'yes' && value !== 'no') throw new UsageError('disagree= is yes or no')
      return { ...filter, disagree: value === 'yes' }
    case 'addresses-judge=':
      if (value !== 'yes' && value !== 'no') throw new UsageError('addresses-judge= is yes or no')
      return { ...filter, addressesJudge: value === 'yes' }
    case 'review=':
      if (value !== 'yes' && value !== 'no') throw new UsageError('review= is yes or no')
      return { ...filter, waits: value === 'yes' }
    default:
      throw new UsageError(`"${word}" is not a filter. ${filterHelp}`)
  }
}

const criterionPrefix = 'criterion.'

/** `criterion.Severity>=3`, `criterion.true positive=yes`; the same with = widens. */
function addCriterion(word: string, before: NonNullable<ResultFilter['criteria']>): ResultFilter['criteria'] {
  const [, given = '', operator, text = ''] =
    /^(.+?)\s*(>=|<=|=)\s*(.*)$/s.exec(word.trim().slice(criterionPrefix.length)) ?? []
  const name = given.trim()
  const value = readAnswer(text.trim())
  if (name === '' || value === null) throw new UsageError(`"${word}" is not a filter. ${filterHelp}`)
  const known = Object.hasOwn(before, name) ? before[name] : undefined
  if (operator === '=') return { ...before, [name]: { ...known, values: [...(known?.values ?? []), value] } }
  if (typeof value !== 'number') throw new UsageError(`"${word}": ${operator} needs a number`)
  return { ...before, [name]: { ...known, [operator === '>=' ? 'min' : 'max']: value } }
}

/** An answer to a criterion as a person types it; null: nothing is typed. */
export function readAnswer(text: string): CriterionValue | null {
  return text === '' ? null : readCriterion(text)
}

/** Whose criteria are asked for and are not the run's: the run says so before anything is read. */
export function checkCriteria(
  { criteria = [] }: Pick<RunView, 'criteria'>,
  { filter, sort }: { filter?: ResultFilter | undefined; sort?: ResultSort | undefined },
): void {
  const names = criteria.map(({ name }) => name)
  const asked = [...Object.keys(filter?.criteria ?? {}), ...(sort?.criterion === undefined ? [] : [sort.criterion])]
  const unknown = asked.find((name) => !names.some((each) => each.toLowerCase() === name.toLowerCase()))
  if (unknown === undefined) return
  const there = names.length === 0 ? 'it has none' : `there are: ${names.join(', ')}`
  throw new UsageError(`The run has no criterion "${oneLine(unknown)}"; ${oneLine(there)}`)
}

function statusOf(word: string): ResultRecord['status'] {
  const parsed = ResultRecord.shape.status.safeParse(word)
  if (parsed.success) return parsed.data
  throw new UsageError(`status is one of ${ResultRecord.shape.status.options.join(', ')}`)
}

function scoreOf(word: string, value: string): number {
  const parsed = ResultFilter.shape.minScore.safeParse(value === '' ? Number.NaN : Number(value))
  if (parsed.success && parsed.data !== undefined) return parsed.data
  throw new UsageError(`"${word}": a score is a number from 0 to 20`)
}

function confidenceOf(word: string, value: string): number {
  const parsed = ResultFilter.shape.minConfidence.safeParse(value === '' ? Number.NaN : Number(value))
  if (parsed.success && parsed.data !== undefined) return parsed.data
  throw new UsageError(`"${word}": a confidence is a number from 0 to 1, such as 0.6`)
}

const fields = ResultSort.shape.by.exclude(['criterion'])
const fieldSort = ResultSort.extend({ by: fields })

/** `score`, or `-score` for the highest first; `criterion.NAME`. */
export function parseSort(word: string): ResultSort {
  const descending = word.startsWith('-')
  const field = word.replace(/^-/, '')
  if (field.startsWith(criterionPrefix) && field.length > criterionPrefix.length)
    return { by: 'criterion', criterion: field.slice(criterionPrefix.length).trim(), descending }
  const parsed = fieldSort.safeParse({ by: field, descending })
  if (parsed.success) return parsed.data
  throw new UsageError(`"${word}" is nothing to sort by. It can be ${fields.options.join(', ')} or criterion.NAME`)
}
