import type { SourceFields, SourceFormat } from '../../protocol/sources.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { readCsvHead } from './csvHead.ts'
import { usualTextNames } from './fieldNames.ts'
import { type FoundArray, findArrays } from './jsonDocument.ts'
import type { ArrayPath } from './jsonElements.ts'
import { looksLikeJsonLog } from './jsonLog.ts'
import { type ObjectsForm, recogniseObjects } from './jsonObjects.ts'
import { parsedLoosely } from './jsonRow.ts'
import { hasStamps } from './logRecords.ts'
import { findFrontMatter } from './markdownFile.ts'
import type { OpenedFile } from './openedFile.ts'
import { recogniseXmlRecords } from './xmlRecords.ts'

export interface RecognisedFormat {
  format: SourceFormat
  /** All that would fit, the best first. */
  fits: readonly SourceFormat[]
  /** Where the items are in a JSON document; null: there is no array of them, or none at its beginning. */
  items: ArrayPath | null
  /** Objects that no array is around. */
  objects?: ObjectsForm
}

/** `size` absent: the beginning is all of it. */
type RecognisableFile = Pick<OpenedFile, 'path' | 'head'> & Partial<Pick<OpenedFile, 'size' | 'unpackedSize'>>

/** By what the beginning of the file holds; its name decides only where contents look alike. Everything else is one text. */
export function recogniseFormat(file: RecognisableFile, fields?: SourceFields): RecognisedFormat {
  const text = file.head.toString()
  const start = text.trimStart()
  const ending = /\.([a-z0-9]+)(?:\.(?:gz|zst))?$/i.exec(file.path)?.[1]?.toLowerCase() ?? ''
  if (start.startsWith('<')) return recogniseXml(start)
  const isJsonLines = ending === 'jsonl' || ending === 'ndjson'
  if (start.startsWith('{') && (isJsonLines || holdsObjectOnEachLine(start, ending)))
    return recogniseJsonLines(start, ending)
  if (/^\[\s*(?:[[{"\]]|$)/.test(start) && ending !== 'md') return recogniseJson(file, ending, fields)
  if (start.startsWith('{')) return recogniseJson(file, ending, fields)
  if (isJsonLines) return fitting('jsonl', 'log', 'text')
  if (ending === 'csv') return fitting('csv', 'tsv', 'text')
  if (ending === 'tsv' || ending === 'tab') return fitting('tsv', 'csv', 'text')
  if (/^(md|markdown|mdx|mdown|qmd|rmd)$/.test(ending)) return fitting('markdown', 'text')
  if (ending === 'log') return fitting('log', 'text')
  return recognisePlain(text, ending, fields)
}

function fitting(format: SourceFormat, ...others: SourceFormat[]): RecognisedFormat {
  return { format, fits: [format, ...others], items: null }
}

function recogniseXml(start: string): RecognisedFormat {
  const root = /<(?![?!])([\w:.-]+)/.exec(start.slice(0, 8192).replaceAll(/<!--[\s\S]{0,4000}?-->/g, ''))?.[1]
  switch (root?.toLowerCase()) {
    case 'rss':
    case 'rdf:rdf':
    case 'feed':
      return fitting('feed', 'text')
    case 'opml':
      return fitting('opml', 'text')
    default:
      return recogniseXmlRecords(start) ? fitting('feed', 'text') : fitting('text')
  }
}

/** Exports named `.json` are often one object a line. */
function holdsObjectOnEachLine(start: string, ending: string): boolean {
  const [first = '', second = ''] = start.split('\n', 2)
  return (second.startsWith('{') || (ending === 'log' && second === '')) && isRecord(parsed(first))
}

function recogniseJsonLines(start: string, ending: string): RecognisedFormat {
  const first = parsed(start.split(/\r?\n|\r/, 1)[0] ?? '')
  if (looksLikeIssue(first)) return fitting('github', 'jsonl', 'text')
  return looksLikeJsonLog(first) || ending === 'log' ? fitting('log', 'jsonl', 'text') : fitting('jsonl', 'log', 'text')
}

function recogniseJson(file: RecognisableFile, ending: string, fields: SourceFields | undefined): RecognisedFormat {
  const arrays = findArrays(file.head)
  const at = (key: string) => arrays.find(({ path }) => path.length === 1 && path[0] === key)
  const json = (format: SourceFormat, items: ArrayPath): RecognisedFormat => ({
    format,
    fits: format === 'json' ? ['json', 'text'] : [format, 'json', 'text'],
    items,
  })
  const root = arrays.find(({ path }) => path.length === 0)
  if (root) {
    // `gh api --paginate --slurp` makes an array of pages.
    const isPaged = Array.isArray(root.first) && (root.first.length === 0 || isRecord(root.first[0]))
    const first: unknown = isPaged ? (root.first as unknown[])[0] : root.first
    return json(looksLikeIssue(first) ? 'github' : 'json', isPaged ? ['*'] : [])
  }
  const head = file.head.toString()
  if (isSarif(head, ending, arrays)) return json('sarif', ['runs', '*', 'results'])
  if (ending === 'ipynb' || isCell(at('cells')?.first)) return json('notebook', ['cells'])
  if (at('items') && /"version"\s*:\s*"https:\/\/jsonfeed\.org\//.test(head)) return json('feed', ['items'])
  const isWhole = (file.unpackedSize ?? file.size ?? 0) <= file.head.length
  const objects = recogniseObjects(head, isWhole)
  if (objects === 'documents') return { ...json('json', []), objects }
  const chosen = chooseArray(arrays, fields)
  if (chosen) return json(looksLikeIssue(chosen.first) ? 'github' : 'json', chosen.path)
  if (objects === 'keyed' && holdsText(parsedStart(head), fields)) return { ...json('json', []), objects }
  if (objects === 'object' && holdsText([parsed(head)], fields)) return { ...json('json', []), objects: 'documents' }
  if (ending === 'md') return { format: 'text', fits: ['text', 'json'], items: null }
  // The items of a large document may come after a long description of it.
  if (!isWhole) return { format: 'json', fits: ['json', 'text'], items: null }
  return recogniseObject(head, arrays) ?? { format: 'text', fits: ['text', 'json'], items: null }
}

/**
 * One object in which nothing looks like a text: settings, counts, records by their keys. It is read where there is one way to, else
 * refused by whoever reads it, with its lists or fields: as one text it would be judged without anybody having meant that. Null: it is
 * no JSON.
 */
function recogniseObject(head: string, arrays: readonly FoundArray[]): RecognisedFormat | null {
  const value = parsedLoosely(head)
  if (!isRecord(value)) return null
  if (looksLikeJsonLog(value) && !/\n./.test(head.trim())) return fitting('log', 'json', 'text')
  const json: RecognisedFormat = { format: 'json', fits: ['json', 'text'], items: null }
  const lists = arrays.filter(({ first, path }) => isList(first, path))
  if (lists.length === 1 && lists[0]) return { ...json, items: lists[0].path }
  if (lists.length > 1) return json
  const inner = Object.values(value)
  const isKeyed = inner.length > 1 && inner.every(isRecord)
  return { ...json, items: [], objects: isKeyed ? 'keyed' : 'documents' }
}

/** Of records, of texts and not of names, or with nothing in it where items are usual. `first` is undefined where it is empty. */
function isList(first: unknown, path: ArrayPath): boolean {
  const isUsual = usualArrays.test(path.at(-1) ?? '')
  if (typeof first === 'string') return isUsual || first.trim().split(/\s+/).length >= 4
  return isRecord(first) || (first === undefined && isUsual && path.length === 1)
}

function isSarif(head: string, ending: string, arrays: readonly FoundArray[]): boolean {
  if (ending === 'sarif') return true
  const hasRuns = arrays.some(({ path }) => path.length === 1 && path[0] === 'runs')
  if (!hasRuns) return false
  const says = /"\$?(?:schema|version)"\s*:\s*"(?:[^"]{0,300}sarif|2\.1\.)/i.test(head)
  return says || (/"tool"\s*:\s*\{\s*"driver"/.test(head) && /"(?:ruleId|rules|results|informationUri)"/.test(head))
}

/** The objects within the first one, as far as they are whole. */
function parsedStart(head: string): unknown[] {
  const whole = parsed(head)
  if (isRecord(whole)) return Object.values(whole)
  // Where the beginning ends in the middle, the last whole object is enough to know.
  const end = head.lastIndexOf('},')
  const cut = end === -1 ? null : parsed(`${head.slice(0, end + 1)}}`)
  return isRecord(cut) ? Object.values(cut) : []
}

function holdsText(values: readonly unknown[], fields: SourceFields | undefined): boolean {
  const wanted = wantedNames(fields)
  const sample = values.slice(0, 20)
  return sample.length > 0 && sample.every(isRecord) && sample.some((value) => hasName(value, wanted, 2))
}

const usualArrays =
  /^(items|data|results|records|rows|entries|issues|messages|values|nodes|hits|documents|posts|list|features|comments|reviews|questions|tickets|articles|tweets|feedback|responses|answers|conversations|examples|samples|utterances|paragraphs|value)$/i

function wantedNames(fields: SourceFields | undefined): readonly string[] {
  return fields?.text?.flatMap((name) => [name, ...name.split(',')]) ?? usualTextNames
}

function hasName(value: unknown, wanted: readonly string[], depth: number): boolean {
  if (!isRecord(value)) return false
  return (
    wanted.some(
      (name) => /^\/|\./.test(name) || Object.keys(value).some((key) => key.toLowerCase() === name.toLowerCase()),
    ) ||
    (depth > 0 && Object.values(value).some((inner) => hasName(inner, wanted, depth - 1)))
  )
}

/** An array of objects with text in them: by a usual name however deep, else directly in the document. */
function chooseArray(arrays: readonly FoundArray[], fields: SourceFields | undefined): FoundArray | undefined {
  const wanted = wantedNames(fields)
  const isUsual = ({ path }: FoundArray): boolean => usualArrays.test(path.at(-1) ?? '')
  const objects = arrays.filter(({ first }) => isRecord(first))
  const holding = objects.filter(
    (array) => hasName(array.first, wanted, 0) && (array.path.length === 1 || isUsual(array)),
  )
  const nested = objects.filter((array) => hasName(array.first, wanted, 2) && isUsual(array))
  return (
    holding.find(isUsual) ??
    holding[0] ??
    nested[0] ??
    objects.find((array) => isUsual(array) && array.path.length <= 2)
  )
}

/** Of a whole document that is larger than its beginning. */
export function chooseItems(arrays: readonly FoundArray[], fields: SourceFields | undefined): ArrayPath | null {
  const lists = arrays.filter(({ path, first }) => path.length === 1 && isRecord(first))
  return (chooseArray(arrays, fields) ?? (lists.length === 1 ? lists[0] : undefined))?.path ?? null
}

function isCell(value: unknown): boolean {
  return isRecord(value) && typeof value.cell_type === 'string'
}

/** As `gh issue list --json number,title,…` and the REST interface have them; pull requests too. */
function looksLikeIssue(value: unknown): boolean {
  if (!isRecord(value) || typeof value.title !== 'string') return false
  const address = value.html_url ?? value.url
  const isNumbered = Number.isInteger(value.number)
  const isAddressed = typeof address === 'string' && /^https?:\/\/[^/]+\/.*\/(issues|pull|pulls)\/\d+$/.test(address)
  return isAddressed || (isNumbered && ['body', 'state', 'labels', 'author', 'user'].some((name) => name in value))
}

function recognisePlain(text: string, ending: string, fields: SourceFields | undefined): RecognisedFormat {
  if (!/^ya?ml$/.test(ending) && findFrontMatter(text)?.kind === 'yaml' && /^---\r?\n[\w-]+:/.test(text))
    return fitting('markdown', 'text')
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '')
  if (lines.length >= 3 && hasStamps(text)) return fitting('log', 'text')
  // Source code and prose have commas, too: only where the name says nothing of the kind.
  if (/^(txt|dat|psv|asc|)$/.test(ending)) {
    const head = readCsvHead(text, fields)
    if (head) return fitting(head.delimiter === '\t' ? 'tsv' : 'csv', 'text')
  }
  return { format: 'text', fits: ['text', 'log', 'markdown'], items: null }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
