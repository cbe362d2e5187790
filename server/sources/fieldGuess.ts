import { isRecord } from '../../shared/isRecord.ts'
import { bodyNames, titleName, usualIdNames } from './fieldNames.ts'
import type { GoodRow } from './row.ts'

/** Which fields of a file hold text and id, by what its first rows hold. */
export interface FieldGuess {
  /** Null: the usual names count, row by row. */
  text: readonly string[] | null
  /** Null: the usual names count, row by row. */
  id: string | null
  /** The likeliest text where none is clear. */
  best: string | null
}

export const noGuess: FieldGuess = { text: null, id: null, best: null }

/** A format that means certain fields is not guessed about. */
export function guessFields(rows: readonly GoodRow[]): FieldGuess {
  if (rows.length === 0 || rows.some(({ own }) => own)) return noGuess
  const columns = sampleColumns(rows).map(describeColumn)
  return { ...guessText(columns), id: guessId(columns, rows.length) }
}

interface Column {
  name: string
  /** Those that are text, a list of texts or a number. */
  values: string[]
}

const mostColumns = 300
const deepestField = 4

/** Fields within fields too, as `data.text`. */
export function sampleColumns(rows: readonly GoodRow[]): Column[] {
  const columns = new Map<string, Column>()
  for (const { fields } of rows) for (const name of fields.names()) add(name, fields.read(name), 1)
  return [...columns.values()]

  function add(name: string, value: unknown, depth: number): void {
    if (isRecord(value)) {
      if (depth < deepestField)
        for (const [key, inner] of Object.entries(value).slice(0, 100)) add(`${name}.${key}`, inner, depth + 1)
      return
    }
    let column = columns.get(name)
    if (!column) {
      if (columns.size >= mostColumns) return
      column = { name, values: [] }
      columns.set(name, column)
    }
    const text = plainValue(value)
    if (text !== '') column.values.push(text)
  }
}

function plainValue(value: unknown): string {
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  const isTexts = Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string')
  return isTexts ? value.join('\n').trim() : ''
}

interface ColumnFacts extends Column {
  /** On average, counting two characters of a script without spaces as one. */
  words: number
  /** Different values of all. */
  distinct: number
  /** Numbers, dates, addresses, one word each: nothing that a person would read. */
  isData: boolean
}

function describeColumn({ name, values }: Column): ColumnFacts {
  const count = Math.max(1, values.length)
  const words = values.reduce((sum, value) => sum + countWords(value), 0) / count
  const distinct = new Set(values).size / count
  const isData = values.length === 0 || values.filter((value) => dataShapes.test(value)).length * 2 > values.length
  return { name, values, words, distinct, isData }
}

const dataShapes =
  /^(?:[-+]?[\d.,%\s]+(?:[eE][-+]?\d+)?|true|false|null|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ,].{0,40})?|[a-z]+:\/\/\S+|[^\s@]+@[^\s@]+|[\da-f-]{16,}|[{[].*|<\/?\w[^>]*\/?>)$/is
const withoutSpaces = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu

export function countWords(text: string): number {
  const head = text.slice(0, 2000)
  return head.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length + (head.match(withoutSpaces)?.length ?? 0) / 2
}

/** `RespondentID`, `tweet_id` and `Issue key` as words in lower case. */
function wordsOfName(name: string): string[] {
  return (
    name
      .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
      .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\d]+/gu) ?? []
  )
}

const proseNames =
  /^(?:comments?|reviews?|questions?|feedback|remarks?|notes?|responses?|answers?|verbatim|tweets?|posts?|abstract|captions?|details?|reasons?|complaints?|opinions?|sentences?|utterances?|prompts?|quer(?:y|ies)|instructions?|story|article|mail|email|post|paragraph|document|narrative|statement|snippet|transcript|observations?|suggestions?|kommentare?|bemerkung(?:en)?|anmerkung(?:en)?|beschreibung|nachricht|antwort|frage|rückmeldung|meinung|texte?|texto|testo|commentaires?|avis|comentarios?|mensaje|message|description|content|body|text|summary)$/
const titleNames = /^(?:title|subject|headline|heading|betreff|titel|titre|asunto|titulo|título)$/
const otherNames =
  /^(?:url|uri|link|agent|path|file|filename|address|location|name|author|user|tags?|labels?|date|time)$/

function isTitle({ name, isData, values }: ColumnFacts): boolean {
  return titleNames.test(wordsOfName(lastPart(name)).join(' ')) && !isData && values.length > 0
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

const enoughWords = 3
/** How much more like prose a column is than the next one, so that nobody has to be asked. */
const clearly = 2.4

/** How much a column reads like what a person wrote; 0: not at all. */
function proseScore({ name, values, words, distinct, isData }: ColumnFacts, rows: number): number {
  if (isData || isLongName(name)) return isData ? 0 : Math.min(words, 60) * distinct
  const names = wordsOfName(lastPart(name))
  const isNamed = names.some((word) => proseNames.test(word))
  if (words < enoughWords && !isNamed) return 0
  if (values.length >= 3 && distinct < 0.4) return 0
  const weight = isNamed ? 2 : otherNames.test(names.at(-1) ?? '') ? 0.4 : 1
  return Math.min(Math.max(words, isNamed ? enoughWords : 0), 60) * weight * distinct * Math.sqrt(values.length / rows)
}

/** A question of a survey; or the first row of a table that has no header. */
function isLongName(name: string): boolean {
  return name.split(/\s+/).length > 4
}

function guessText(columns: readonly ColumnFacts[]): Pick<FieldGuess, 'text' | 'best'> {
  const named = (name: string): ColumnFacts | undefined =>
    columns.find((column) => column.name.toLowerCase() === name && column.values.length > 0)
  const usual = bodyNames.map(named).find((column) => column !== undefined)
  if (usual && !isWeak(usual)) return { text: null, best: null }
  const rows = Math.max(1, ...columns.map(({ values }) => values.length))
  const title = columns.find(isTitle)
  const usualTitle = usual ? undefined : named(titleName)
  const candidates = columns
    .filter((column) => column !== title && column !== usual)
    .map((column) => ({ column, score: proseScore(column, rows) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
  const [first, second] = candidates
  const isClear = first !== undefined && first.score >= clearly * (second?.score ?? 0) && !isLikelyRow(first.column)
  if (usual || usualTitle) {
    const isBetter = isClear && first.column.words >= enoughWords && first.column.words > (usualTitle?.words ?? 0)
    return { text: isBetter ? withTitle(title, first.column) : null, best: null }
  }
  if (isClear) return { text: withTitle(title, first.column), best: null }
  if (!first && title) return { text: [title.name], best: null }
  return { text: null, best: first?.column.name ?? null }
}

function withTitle(title: ColumnFacts | undefined, { name }: ColumnFacts): string[] {
  return title ? [title.name, name] : [name]
}

/** A whole sentence for a name, and no question: the table may have no header, and its first row would be lost. */
function isLikelyRow({ name }: ColumnFacts): boolean {
  return isLongName(name) && !/[?:…]\s*$/.test(name)
}

/** What bears a usual name and is hardly text: the kind of a content, one message for all. */
function isWeak({ values, words, distinct, isData }: ColumnFacts): boolean {
  if (values.length < 2) return false
  return isData || words < 1.5 || (values.length >= 3 && distinct <= 0.34)
}

const longestId = 120

function guessId(columns: readonly ColumnFacts[], rows: number): string | null {
  const ranked = columns
    .map((column) => ({ column, rank: idRank(column.name) }))
    .filter(({ column, rank }) => rank > 0 && isUnique(column, rows))
  const best = Math.max(0, ...ranked.map(({ rank }) => rank))
  return ranked.find(({ rank }) => rank === best)?.column.name ?? null
}

function isUnique({ values, distinct }: ColumnFacts, rows: number): boolean {
  return values.length >= rows * 0.9 && distinct === 1 && values.every(isPlainId)
}

function isPlainId(value: string): boolean {
  return value.length <= longestId && value.split(/\s+/).length <= 3 && !/^-?\d+\.\d+$/.test(value)
}

/** Whose id it is: not that of the row. */
const others =
  /^(?:parent|user|author|account|reply|replied|customer|session|thread|conversation|device|group|type|category|status|owner|product|company|org|organization|repo|repository|channel|client|creator|assignee|reporter|language|country|zip|postal|phone|area|status|error|language|lang)$/
const numberWords = /^(?:key|number|no|nr|num|uuid|guid|ref|reference|ticket|case|sku|sha|hash|permalink|nummer)$/

function idRank(name: string): number {
  const usual = usualIdNames.indexOf(name.toLowerCase())
  const words = wordsOfName(lastPart(name) === '$oid' ? name.slice(0, -5) : name)
  const last = words.at(-1) ?? ''
  if (words.some((word) => others.test(word))) return 0
  if (words.length === 1 && last === 'id') return 100
  if (usual !== -1) return 95 - usual
  if (last === 'id' || last === 'ids') return 80
  if (words.length <= 3 && words[0] === 'id' && !name.includes(',')) return 70
  if (words.length <= 3 && numberWords.test(last)) return 60
  if (
    /^[a-z]{3,}id$/.test(last) &&
    !/(?:void|paid|said|grid|valid|avoid|covid|android|fluid|solid|rapid|liquid)$/.test(last)
  )
    return 50
  return 0
}
