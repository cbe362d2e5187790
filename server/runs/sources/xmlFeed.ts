import { say } from '../../../shared/message.ts'
import { type FeedEntry, feedRow } from './feedRow.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type Row, type RowStream } from './row.ts'
import { readXml, type XmlReader } from './xmlEvents.ts'

/** The entries of an RSS 2.0, RSS 1.0 or Atom feed. */
export function readXmlFeed(file: OpenedFile, longestBytes: number): RowStream {
  return readXml(file, createFeedReader(longestBytes), longestBytes)
}

/** An entry while it is read: the texts of its children, which may come several times. */
interface OpenEntry {
  line: number
  /** RSS 1.0 names its items by this. */
  about: string | undefined
  texts: Map<string, string[]>
  links: { rel: string; href: string }[]
  terms: string[]
  length: number
}

function createFeedReader(longestBytes: number): XmlReader {
  let rows: Row[] = []
  let entry: OpenEntry | null = null
  /** The child of the entry that is open, and how deep within it the reading is. */
  let field: { name: string; parts: string[] } | null = null
  let depth = 0

  function add(text: string): void {
    if (!entry || !field) return
    entry.length += text.length
    if (entry.length <= longestBytes) field.parts.push(text)
    else field.parts = []
  }

  function end(open: OpenEntry): Row {
    if (open.length > longestBytes) return brokenRow(open.line, 'row_too_long', say('longer than a row may be'), '')
    return feedRow(open.line, entryOf(open))
  }

  return {
    open(name, attributes, line) {
      if (!entry) {
        if (name === 'item' || name === 'entry') {
          entry = { line, about: attributes['rdf:about'], texts: new Map(), links: [], terms: [], length: 0 }
        }
        return
      }
      depth++
      if (depth === 1) {
        field = { name, parts: [] }
        if (name === 'link' && attributes.href !== undefined)
          entry.links.push({ rel: attributes.rel ?? 'alternate', href: attributes.href })
        if (name === 'category' && attributes.term !== undefined) entry.terms.push(attributes.label ?? attributes.term)
      } else add(isPart(field?.name) ? ' ' : `<${name}>`)
    },
    text(text) {
      // Within markup that is part of the feed itself, a "<" was written "&lt;" and has to stay text.
      add(depth > 1 && !isPart(field?.name) ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;') : text)
    },
    close(name) {
      if (!entry) return
      if (depth === 0) {
        rows.push(end(entry))
        entry = null
        return
      }
      depth--
      if (depth > 0) add(isPart(field?.name) ? ' ' : `</${name}>`)
      else if (field) {
        const text = field.parts.join('').trim()
        if (text !== '') entry.texts.set(field.name, [...(entry.texts.get(field.name) ?? []), text])
        field = null
      }
    },
    take() {
      const whole = rows
      rows = []
      return whole
    },
  }
}

/** Children whose own children are parts of a value, and not markup: `<author><name>…`. */
function isPart(name: string | undefined): boolean {
  return name === 'author' || name === 'contributor' || name === 'source'
}

function entryOf({ about, texts, links, terms }: OpenEntry): FeedEntry {
  const first = (...names: string[]): string | undefined =>
    names.map((name) => texts.get(name)?.[0]).find((text) => text !== undefined)
  const link = (links.find(({ rel }) => rel === 'alternate') ?? links[0])?.href ?? first('link')
  return {
    id: first('guid', 'id') ?? about,
    title: first('title'),
    content: first('content:encoded', 'content', 'media:description'),
    summary: first('description', 'summary', 'dc:description', 'itunes:summary'),
    url: link,
    author: first('author', 'dc:creator', 'itunes:author')?.replaceAll(/\s+/g, ' '),
    categories: [...terms, ...(texts.get('category') ?? []), ...(texts.get('dc:subject') ?? [])],
    published: first('pubDate', 'published', 'updated', 'dc:date'),
  }
}
