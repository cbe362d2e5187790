import { say } from '../../../shared/message.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, madeRow, type Row, type RowStream } from './row.ts'
import { readXml, type XmlReader } from './xmlEvents.ts'

const own = { text: ['title', 'description'], id: ['url'] }

/**
 * The entries of an OPML outline: each that has an address, and each that has nothing below it. The others are folders; their names
 * are the field `category` of what is in them.
 */
export function readOpml(file: OpenedFile, longestBytes: number): RowStream {
  return readXml(file, createOutlineReader(longestBytes), longestBytes)
}

interface Outline {
  line: number
  attributes: ReadonlyMap<string, string>
  hasChildren: boolean
}

function createOutlineReader(longestBytes: number): XmlReader {
  let rows: Row[] = []
  const outlines: Outline[] = []
  return {
    open(name, attributes, line) {
      if (name.toLowerCase() !== 'outline') return
      const parent = outlines.at(-1)
      if (parent) parent.hasChildren = true
      const byName = new Map(Object.entries(attributes).map(([key, value]) => [key.toLowerCase(), value]))
      outlines.push({ line, attributes: byName, hasChildren: false })
    },
    text: () => undefined,
    close(name) {
      if (name.toLowerCase() !== 'outline') return
      const outline = outlines.pop()
      const row = outline && toRow(outline, outlines, longestBytes)
      if (row) rows.push(row)
    },
    take() {
      const whole = rows
      rows = []
      return whole
    },
  }
}

function toRow({ line, attributes, hasChildren }: Outline, folders: readonly Outline[], longest: number): Row | null {
  const read = (...names: string[]): string | undefined =>
    names.map((name) => attributes.get(name)?.trim()).find((value) => value)
  const url = read('xmlurl', 'url', 'htmlurl')
  if (hasChildren && url === undefined) return null
  const length = [...attributes.values()].reduce((sum, value) => sum + value.length, 0)
  if (length > longest) return brokenRow(line, 'row_too_long', say('longer than a row may be'), '')
  const title = read('title', 'text') ?? url
  const names = folders.map((folder) => folder.attributes.get('title') ?? folder.attributes.get('text') ?? '')
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
