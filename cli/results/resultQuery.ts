import { ResultFilter, ResultSort } from '../../protocol/resultQueries.ts'
import { ResultRecord } from '../../protocol/results.ts'
import { UsageError } from '../invocation/usageError.ts'

export const filterHelp =
  'only results that fit: status=ok|failed|skipped, category=NAME (category= for none), score>=N, score<=N, confidence>=P, confidence<P (0 to 1), text=WORDS, human=yes|no, review=yes|no (waits for a person), disagree=yes|no (a second model says otherwise); repeat it to narrow, the same with = to widen'

/** One condition of the command line, added to those before it. */
export function addCondition(word: string, before: ResultFilter | undefined): ResultFilter {
  const filter = before ?? {}
  const [, field = '', operator = '', value = ''] = /^([a-z]+)\s*(>=|<=|<|=)\s*(.*)$/s.exec(word.trim()) ?? []
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
    case 'review=':
      if (value !== 'yes' && value !== 'no') throw new UsageError('review= is yes or no')
      return { ...filter, waits: value === 'yes' }
    default:
      throw new UsageError(`"${word}" is not a filter. ${filterHelp}`)
  }
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

/** `score`, or `-score` for the highest first. */
export function parseSort(word: string): ResultSort {
  const parsed = ResultSort.safeParse({ by: word.replace(/^-/, ''), descending: word.startsWith('-') })
  if (parsed.success) return parsed.data
  throw new UsageError(`"${word}" is nothing to sort by. It can be ${ResultSort.shape.by.options.join(', ')}`)
}
