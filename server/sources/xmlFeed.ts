import { localizable } from '../../shared/message.ts'
import { loadMarkupText, type ToPlainText } from '../items/plainText.ts'
import { type FeedEntry, feedRow } from './feedRow.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type Row, type RowStream, undecodableRow } from './row.ts'
import { readXml, type XmlReader } from './xmlEvents.ts'

/** The entries of an RSS 2.0, RSS 1.0 or Atom feed. */
export async function* readXmlFeed(file: OpenedFile, longestBytes: number): RowStream {
  const toText = await loadMarkupText()
  return yield* readXml(file, new FeedReader(longestBytes, toText), longestBytes)
}

/** An entry while it is read: the texts of its children, which may come several times. */
interface OpenEntry {
  /** `item` or `entry`. */
  name: string
  line: number
  /** RSS 1.0 names its items by this. */
  about: string | undefined
  texts: Map<string, string[]>
  links: { rel: string; href: string }[]
  terms: string[]
  length: number
  /** A section that is never closed has swallowed what follows. */
  hasSwallowed: boolean
}

class FeedReader implements XmlReader {
  readonly #longestBytes: number
  readonly #toText: ToPlainText
  #damagedLine = 0
  #rows: Row[] = []
  #entry: OpenEntry | null = null
  /** The child of the entry that is open. */
  #field: { name: string; parts: string[] } | null = null
  /** How deep within the entry the reading is. */
  #depth = 0

  constructor(longestBytes: number, toText: ToPlainText) {
    this.#longestBytes = longestBytes
    this.#toText = toText
  }

  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void {
    // One that is never closed ends where the next one begins.
    if (this.#entry && name === this.#entry.name) this.#finishUnclosed(this.#entry)
    if (!this.#entry) {
      if (name === 'item' || name === 'entry') this.#entry = openEntry(name, line, attributes['rdf:about'])
      return
    }
    this.#depth++
    if (this.#depth === 1) this.#openField(this.#entry, name, attributes)
    else this.#add(isPart(this.#field?.name) ? ' ' : `<${name}>`)
  }

  text(text: string, isRaw: boolean): void {
    if (isRaw && this.#entry && text.includes(`<${this.#entry.name}>`)) this.#entry.hasSwallowed = true
    // Within markup that is part of the feed itself, a "<" was written "&lt;" and has to stay text.
    const isMarkup = this.#depth > 1 && !isPart(this.#field?.name)
    this.#add(isMarkup ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;') : text)
  }

  close(name: string): void {
    const entry = this.#entry
    if (!entry) return
    if (this.#depth === 0) {
      this.#rows.push(this.#toRow(entry))
      this.#entry = null
      return
    }
    this.#depth--
    if (this.#depth > 0) this.#add(isPart(this.#field?.name) ? ' ' : `</${name}>`)
    else this.#closeField(entry)
  }

  damage(line: number): void {
    this.#damagedLine = line
  }

  #finishUnclosed(entry: OpenEntry): void {
    const detail = localizable('the entry here is not closed')
    const isWhole = this.#depth === 0
    this.#rows.push(isWhole ? this.#toRow(entry) : brokenRow(entry.line, 'row_invalid', detail, contentOf(entry)))
    this.#entry = null
    this.#field = null
    this.#depth = 0
  }

  take(): Row[] {
    const whole = this.#rows
    this.#rows = []
    return whole
  }

  #openField(entry: OpenEntry, name: string, attributes: Readonly<Record<string, string>>): void {
    this.#field = { name, parts: [] }
    const { href, rel = 'alternate', term, label } = attributes
    if (name === 'link' && href !== undefined) entry.links.push({ rel, href })
    if (name === 'category' && term !== undefined) entry.terms.push(label ?? term)
  }

  #closeField(entry: OpenEntry): void {
    if (!this.#field) return
    const { name, parts } = this.#field
    const text = parts.join('').trim()
    if (text !== '') entry.texts.set(name, [...(entry.texts.get(name) ?? []), text])
    this.#field = null
  }

  #add(text: string): void {
    if (!this.#entry || !this.#field) return
    this.#entry.length += text.length
    if (this.#entry.length <= this.#longestBytes) this.#field.parts.push(text)
    else this.#field.parts = []
  }

  #toRow(entry: OpenEntry): Row {
    if (entry.length > this.#longestBytes)
      return brokenRow(entry.line, 'row_too_long', localizable('longer than a row may be'), '')
    if (entry.hasSwallowed) {
      const detail = localizable('a part of the entry here is not closed and holds the entries that follow')
      return brokenRow(entry.line, 'row_invalid', detail, contentOf(entry))
    }
    // What was replaced is no text that anybody wrote.
    if (this.#damagedLine >= entry.line && contentOf(entry).includes('\uFFFD'))
      return undecodableRow(entry.line, contentOf(entry))
    return feedRow(entry.line, readable(entryOf(entry), this.#toText))
  }
}

function contentOf({ texts }: OpenEntry): string {
  return [...texts.values()].flat().join('\n')
}

function readable(entry: FeedEntry, toText: ToPlainText): FeedEntry {
  const read = (text: string | undefined): string | undefined => (text === undefined ? undefined : toText(text))
  const { title, content, summary } = entry
  return { ...entry, title: read(title), content: read(content), summary: read(summary) }
}

function openEntry(name: string, line: number, about: string | undefined): OpenEntry {
  return { name, line, about, texts: new Map(), links: [], terms: [], length: 0, hasSwallowed: false }
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
