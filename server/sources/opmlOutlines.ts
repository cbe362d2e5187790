import { localizable } from '../../shared/message.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, madeRow, type Row, type RowStream, undecodableRow } from './row.ts'
import { readXml, type XmlReader } from './xmlEvents.ts'

const own = { text: ['title', 'description'], id: ['url'] }

/**
 * The entries of an OPML outline: each that has an address, and each that has nothing below it. The others are folders; their names
 * are the field `category` of what is in them.
 */
export function readOpml(file: OpenedFile, longestBytes: number): RowStream {
  return readXml(file, new OutlineReader(longestBytes), longestBytes)
}

interface Outline {
  line: number
  attributes: ReadonlyMap<string, string>
  hasChildren: boolean
  /** Said of it already, so that it is no row any more. */
  isBroken: boolean
}

class OutlineReader implements XmlReader {
  readonly #longestBytes: number
  /** Those that are open, the outermost first. */
  readonly #outlines: Outline[] = []
  #rows: Row[] = []
  #damagedLine = 0

  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes
  }

  open(name: string, attributes: Readonly<Record<string, string>>, line: number, isBroken: boolean): void {
    if (name.toLowerCase() !== 'outline') return
    const isDamaged = line <= this.#damagedLine && Object.values(attributes).some((value) => value.includes('\uFFFD'))
    if (isDamaged) this.#rows.push(undecodableRow(line, contentOf(attributes)))
    else if (isBroken) {
      const detail = localizable('its tag is not well-formed: an attribute holds a quotation mark')
      this.#rows.push(brokenRow(line, 'row_invalid', detail, contentOf(attributes)))
    }
    const parent = this.#outlines.at(-1)
    if (parent) parent.hasChildren = true
    const byName = new Map(Object.entries(attributes).map(([key, value]) => [key.toLowerCase(), value]))
    this.#outlines.push({ line, attributes: byName, hasChildren: false, isBroken: isBroken || isDamaged })
  }

  text(): void {
    // An outline says everything in its attributes.
  }

  close(name: string): void {
    if (name.toLowerCase() !== 'outline') return
    const outline = this.#outlines.pop()
    const row = outline && toRow(outline, this.#outlines, this.#longestBytes)
    if (row) this.#rows.push(row)
  }

  damage(line: number): void {
    this.#damagedLine = line
  }

  take(): Row[] {
    const whole = this.#rows
    this.#rows = []
    return whole
  }
}

function contentOf(attributes: Readonly<Record<string, string>>): string {
  return Object.values(attributes).join(' ').slice(0, 10_000)
}

function toRow(outline: Outline, folders: readonly Outline[], longest: number): Row | null {
  const { line, attributes, hasChildren, isBroken } = outline
  if (isBroken) return null
  const read = (...names: string[]): string | undefined =>
    names.map((name) => attributes.get(name)?.trim()).find((value) => value)
  const url = read('xmlurl', 'url', 'htmlurl')
  if (hasChildren && url === undefined) return null
  const length = [...attributes.values()].reduce((sum, value) => sum + value.length, 0)
  if (length > longest) return brokenRow(line, 'row_too_long', localizable('longer than a row may be'), '')
  const title = read('title', 'text') ?? url
  const names = folders
    .filter((folder) => !folder.isBroken)
    .map((folder) => folder.attributes.get('title') ?? folder.attributes.get('text') ?? '')
  return madeRow(
    line,
    {
      url,
      title,
      text: read('text'),
      description: read('description', '_note'),
      category: read('category') ?? (names.length > 0 ? names.join(' / ') : undefined),
      type: read('type'),
      htmlUrl: read('htmlurl'),
      xmlUrl: read('xmlurl'),
    },
    own,
  )
}
