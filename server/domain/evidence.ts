import { longestQuote } from '../../protocol/results.ts'
import { type JsonRecord, readField } from './findVerdicts.ts'
import { asksBoth, type CategoryVerdict, type CompiledProfile, type ScoreVerdict, type Work } from './work.ts'

/** Tokens of a quote of the longest kind, with its field. */
export const tokensPerQuote = 90

/** A field of an answer that holds a quote. `criterion`: its name in the profile; absent: it is for the categories. */
interface QuoteField {
  field: string
  of: string
  criterion?: string
}

/** The quotes that a call asks for, in the order of its verdicts. */
export function quoteFields(work: Work): QuoteField[] {
  return [
    ...(work.task === 'categorization' ? categoryQuotes(work.profile) : []),
    ...(work.task === 'scoring' || asksBoth(work) ? criterionQuotes(work.profile) : []),
  ]
}

function categoryQuotes({ choice }: CompiledProfile): QuoteField[] {
  return choice.evidence ? [{ field: 'evidence', of: 'categories' }] : []
}

function criterionQuotes({ rubric }: CompiledProfile): QuoteField[] {
  const asked = rubric?.criteria.filter(({ evidence }) => evidence) ?? []
  return asked.map(({ field, name }) => ({ field: `evidence_${field}`, of: field, criterion: name }))
}

/** What a model is told of them; empty where none is wanted. */
export function evidenceLines(work: Work): string {
  const fields = quoteFields(work)
  if (fields.length === 0) return ''
  const lines = fields.map(
    ({ field, of }) =>
      `- "${field}": the passage of the item that shows best why "${of}" is as you say, copied from it word for word, ${longestQuote} characters at most; null if no passage does.`,
  )
  return `For every item give these, too:\n${lines.join('\n')}\n\n`
}

/** The shape of a verdict with the quotes in it. */
export function withQuoteFields(format: string, work: Work): string {
  const fields = quoteFields(work).map(({ field }) => `,"${field}":"…"`)
  if (fields.length === 0) return format
  const end = format.lastIndexOf('}}}')
  return `${format.slice(0, end)}${fields.join('')}${format.slice(end)}`
}

type Quoted = Pick<CategoryVerdict, 'evidence'> & { criteria?: ScoreVerdict['evidence'] }

/** What an answer quotes of an item, as the item has it; null for a quote that it does not have. Absent: nothing was asked for or given. */
export function readEvidence(record: JsonRecord, work: Work, text: string): Quoted {
  const fields = quoteFields(work)
  const criteria: [string, string | null][] = []
  let evidence: string | null | undefined
  for (const { field, criterion } of fields) {
    const said = readField(record, field)
    if (typeof said !== 'string' || said.trim() === '') continue
    const found = findPassage(text, said.slice(0, 4 * longestQuote))
    if (criterion === undefined) evidence = found
    else criteria.push([criterion, found])
  }
  return {
    ...(evidence === undefined ? {} : { evidence }),
    ...(criteria.length === 0 ? {} : { criteria: Object.fromEntries(criteria) }),
  }
}

/** Marks that models put around a quote, or where they left something out at its ends. */
const around = /^[\s"'“”„‟«»‘’`]*(?:\.{3}|…)?\s*|\s*(?:\.{3}|…)?[\s"'“”„‟«»‘’`]*$/g

/**
 * The passage as the text has it: word for word, but for blanks and line ends, which count as one blank however many there are. Null: it
 * does not stand there. One that is longer than asked for is none.
 */
export function findPassage(text: string, quote: string): string | null {
  for (const wanted of [quote.trim(), quote.replace(around, '')]) {
    if (wanted === '' || wanted.length > 2 * longestQuote) continue
    const at = text.indexOf(wanted)
    if (at >= 0) return wanted
    const words = wanted.split(/\s+/).filter((word) => word !== '')
    const found = words.length > 1 ? findWords(text, words) : null
    if (found !== null) return found
  }
  return null
}

/** The words in a row, with nothing but blanks between them. */
function findWords(text: string, [first = '', ...rest]: readonly string[]): string | null {
  for (let start = text.indexOf(first); start >= 0; start = text.indexOf(first, start + 1)) {
    let end = start + first.length
    const isThere = rest.every((word) => {
      const next = end + (/^\s+/.exec(text.slice(end, end + 1000))?.[0].length ?? 0)
      if (next === end || !text.startsWith(word, next)) return false
      end = next + word.length
      return true
    })
    if (isThere) return text.slice(start, end)
  }
  return null
}
