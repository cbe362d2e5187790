import type { Buffer } from 'node:buffer'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { SourceFormat } from '../../protocol/sources.ts'
import { isRecord } from '../../shared/isRecord.ts'
import { feedRow } from './feedRow.ts'
import { type ArrayPath, type ElementOptions, ElementSplitter, readJsonElements } from './jsonElements.ts'
import { parseJsonRow } from './jsonRow.ts'
import type { OpenedFile } from './openedFile.ts'
import type { OwnFields, Row, RowStream } from './row.ts'

/** Issues and pull requests as `gh` and the REST interface give them. A number means something within one repository only. */
export const githubFields: OwnFields = { text: ['title', 'body'], id: ['number', 'html_url', 'url'] }

/** Of `/data/items`; a part that is `*` stands for every element of an array on the way. */
export function pathOfPointer(pointer: string): ArrayPath {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function pointerOfPath(path: ArrayPath): string {
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function isSamePath(one: ArrayPath, other: ArrayPath): boolean {
  return one.length === other.length && one.every((part, at) => part === other[at])
}

/** The rows of one array of the document. */
export function readJsonRows(
  file: OpenedFile,
  format: Extract<SourceFormat, 'json' | 'github' | 'feed'>,
  options: { items: ArrayPath } & Pick<ElementOptions, 'longestBytes' | 'missing' | 'likely'>,
): RowStream {
  return readJsonElements(file, {
    ...options,
    isWanted: (path) => isSamePath(path, options.items),
    toRow: rowMakers[format],
  })
}

const rowMakers: Record<'json' | 'github' | 'feed', (line: number, json: string) => Row> = {
  json: (line, json) => parseJsonRow(line, json),
  github: (line, json) => parseJsonRow(line, json, githubFields),
  feed: jsonFeedRow,
}

/** jsonfeed.org, versions 1 and 1.1. */
function jsonFeedRow(line: number, json: string): Row {
  const row = parseJsonRow(line, json)
  if (row.kind === 'broken') return row
  const { read } = row.fields
  const authors = [read('authors'), [read('author')]].find(Array.isArray) ?? []
  return feedRow(line, {
    id: asText(read('id')),
    title: asText(read('title')),
    content: asText(read('content_html')) ?? asText(read('content_text')),
    summary: asText(read('summary')),
    url: asText(read('url')) ?? asText(read('external_url')),
    author: authors.flatMap((author) => (isRecord(author) ? [asText(author.name) ?? []] : [])).join(', '),
    categories: Array.isArray(read('tags')) ? (read('tags') as unknown[]).map(String) : [],
    published: asText(read('date_published')),
  })
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

export interface FoundArray {
  path: ArrayPath
  /** Undefined where it is not whole in what was looked at. */
  first: unknown
}

/** The arrays within objects that the beginning of a document shows. */
export function findArrays(head: Buffer): FoundArray[] {
  const finder = arrayFinder(head.length)
  finder.splitter.split(head)
  return finder.found()
}

/** Those of a whole document, whatever stands before them. */
export async function findAllArrays(file: OpenedFile, longestBytes: number): Promise<Outcome<FoundArray[]>> {
  const finder = arrayFinder(longestBytes)
  const chunks = file.chunks()
  for (;;) {
    const next = await chunks.next()
    if (!next.done) finder.splitter.split(next.value)
    else return next.value.ok ? succeed(finder.found()) : next.value
  }
}

function arrayFinder(longestBytes: number) {
  const found = new Map<string, { path: ArrayPath; first: unknown }>()
  const splitter = new ElementSplitter({
    longestBytes,
    isWanted(path) {
      if (path.includes('*') || path.includes('…') || path.length > mostKeys) return false
      if (found.size >= mostArrays) return false
      if (!found.has(pointerOfPath(path))) found.set(pointerOfPath(path), { path, first: undefined })
      return true
    },
    toRow(_, json, path) {
      const array = found.get(pointerOfPath(path))
      if (array && array.first === undefined) array.first = parsed(json)
      return null
    },
  })
  return { splitter, found: () => [...found.values()] }
}

const mostKeys = 6
const mostArrays = 1000

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
