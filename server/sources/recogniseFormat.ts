import type { SourceFields, SourceFormat } from '../../protocol/sources.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { readCsvHead } from './csvHead.ts'
import { findArrays } from './jsonDocument.ts'
import type { ArrayPath } from './jsonElements.ts'
import { looksLikeJsonLog } from './jsonLog.ts'
import { hasStamps } from './logRecords.ts'
import { findFrontMatter } from './markdownFile.ts'
import type { OpenedFile } from './openedFile.ts'
import { usualTextNames } from './rowEntries.ts'

export interface RecognisedFormat {
  format: SourceFormat
  /** All that would fit, the best first. */
  fits: readonly SourceFormat[]
  /** Where the items are in a JSON document; null: there is no array of them. */
  items: ArrayPath | null
}

/** By what the beginning of the file holds; its name decides only where contents look alike. Everything else is one text. */
export function recogniseFormat(file: Pick<OpenedFile, 'path' | 'head'>, fields?: SourceFields): RecognisedFormat {
  const text = file.head.toString()
  const start = text.trimStart()
  const ending = /\.([a-z0-9]+)$/i.exec(file.path)?.[1]?.toLowerCase() ?? ''
  if (start.startsWith('<')) return recogniseXml(start)
  const isJsonLines = ending === 'jsonl' || ending === 'ndjson'
  if (start.startsWith('{') && (isJsonLines || holdsObjectOnEachLine(start))) return recogniseJsonLines(start, ending)
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
      return fitting('text')
  }
}

/** Exports named `.json` are often one object a line. */
function holdsObjectOnEachLine(start: string): boolean {
  const [first = '', second = ''] = start.split('\n', 2)
  return second.startsWith('{') && isRecord(parsed(first))
}

function recogniseJsonLines(start: string, ending: string): RecognisedFormat {
  const first = parsed(start.split(/\r?\n|\r/, 1)[0] ?? '')
  if (looksLikeIssue(first)) return fitting('github', 'jsonl', 'text')
  return looksLikeJsonLog(first) || ending === 'log' ? fitting('log', 'jsonl', 'text') : fitting('jsonl', 'log', 'text')
}

function recogniseJson(
  file: Pick<OpenedFile, 'path' | 'head'>,
  ending: string,
  fields: SourceFields | undefined,
): RecognisedFormat {
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
    const isPaged = Array.isArray(root.first)
    const first: unknown = isPaged ? (root.first as unknown[])[0] : root.first
    return json(looksLikeIssue(first) ? 'github' : 'json', isPaged ? ['*'] : [])
  }
  const head = file.head.toString('utf8', 0, 4096)
  if (at('runs') && /"\$?(?:schema|version)"\s*:\s*"(?:[^"]{0,300}sarif|2\.1\.)/i.test(head))
    return json('sarif', ['runs', '*', 'results'])
  if (ending === 'ipynb' || isCell(at('cells')?.first)) return json('notebook', ['cells'])
  if (at('items') && /"version"\s*:\s*"https:\/\/jsonfeed\.org\//.test(head)) return json('feed', ['items'])
  const chosen = chooseArray(arrays, fields)
  if (!chosen) return { format: 'text', fits: ['text', 'json'], items: null }
  return json(looksLikeIssue(chosen.first) ? 'github' : 'json', chosen.path)
}

const usualArrays =
  /^(items|data|results|records|rows|entries|issues|messages|values|nodes|hits|documents|posts|list)$/i

/** An array of objects with text in them: by a usual name however deep, else directly in the document. */
function chooseArray(arrays: readonly { path: ArrayPath; first: unknown }[], fields: SourceFields | undefined) {
  const wanted = fields?.text ?? usualTextNames
  const holding = arrays.filter(
    ({ path, first }) =>
      isRecord(first) &&
      wanted.some((name) => name.startsWith('/') || Object.keys(first).some((key) => key.toLowerCase() === name)) &&
      (path.length === 1 || usualArrays.test(path.at(-1) ?? '')),
  )
  return holding.find(({ path }) => usualArrays.test(path.at(-1) ?? '')) ?? holding[0]
}

function isCell(value: unknown): boolean {
  return isRecord(value) && typeof value.cell_type === 'string'
}

/** As `gh issue list --json number,title,…` and the REST interface have them; pull requests too. */
export function looksLikeIssue(value: unknown): boolean {
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
