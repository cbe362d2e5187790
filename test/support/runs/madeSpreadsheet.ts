import { Buffer } from 'node:buffer'
import { crc32, deflateRawSync } from 'node:zlib'

/** `says`: what the archive says of the part's size, where that is not the truth. */
export type ZipPart = string | Buffer | { content: string | Buffer; says: number }

/** A ZIP archive of the parts, in their order. */
export function makeZip(parts: Readonly<Record<string, ZipPart>>): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let position = 0
  for (const [name, part] of Object.entries(parts)) {
    const content = Buffer.from(isPlain(part) ? part : part.content)
    const packed = deflateRawSync(content)
    const size = isPlain(part) ? content.length : part.says
    const facts = (head: Buffer, at: number): Buffer => {
      head.writeUInt16LE(8, at + 4)
      head.writeUInt32LE(crc32(content), at + 10)
      head.writeUInt32LE(packed.length, at + 14)
      head.writeUInt32LE(size, at + 18)
      head.writeUInt16LE(name.length, at + 22)
      return head
    }
    const local = facts(Buffer.alloc(30), 4)
    local.writeUInt32LE(0x04034b50, 0)
    const central = facts(Buffer.alloc(46), 6)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt32LE(position, 42)
    bodies.push(local, Buffer.from(name), packed)
    directory.push(central, Buffer.from(name))
    position += local.length + name.length + packed.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(parts).length, 8)
  end.writeUInt16LE(Object.keys(parts).length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(position, 16)
  return Buffer.concat([...bodies, ...directory, end])
}

function isPlain(part: ZipPart): part is string | Buffer {
  return typeof part === 'string' || Buffer.isBuffer(part)
}

export interface MadeSheet {
  name: string
  /** The cells of each row; null: the row is not there. */
  rows: readonly (readonly MadeCell[] | null)[]
  state?: 'hidden' | 'veryHidden'
  /** Numbers of rows, from 1. */
  hiddenRows?: readonly number[]
  /** Numbers of columns, from 1. */
  hiddenColumns?: readonly number[]
  merged?: readonly string[]
}

/** A text, a number, true or false, nothing, or the cell's own XML after its address: ` t="e"><v>#REF!</v>`. */
export type MadeCell = string | number | boolean | null | { xml: string }

/** A workbook as programs write one. Style 1 is a date, 2 a date with a time, 3 a duration. `parts` are added or stand instead. */
export function makeSpreadsheet(
  sheets: readonly MadeSheet[],
  options: { startsIn1904?: boolean; parts?: Readonly<Record<string, ZipPart>> } = {},
): Buffer {
  const strings: string[] = []
  const relations = sheets.map((_, at) => relation(`rId${at + 1}`, 'worksheet', `worksheets/sheet${at + 1}.xml`))
  const listed = sheets.map(
    ({ name, state }, at) =>
      `<sheet name="${inXml(name)}" sheetId="${at + 1}"${state ? ` state="${state}"` : ''} r:id="rId${at + 1}"/>`,
  )
  const bodies = sheets.map((sheet, at) => [`xl/worksheets/sheet${at + 1}.xml`, sheetXml(sheet, strings)] as const)
  return makeZip({
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relationships([relation('rId1', 'officeDocument', 'xl/workbook.xml')]),
    'xl/workbook.xml': `<workbook xmlns:r="r"><workbookPr${options.startsIn1904 ? ' date1904="1"' : ''}/><sheets>${listed.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relationships([
      ...relations,
      relation('s1', 'sharedStrings', 'sharedStrings.xml'),
      relation('s2', 'styles', '/xl/styles.xml'),
    ]),
    'xl/styles.xml': `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-407]yyyy\\-mm\\-dd hh:mm"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`,
    ...Object.fromEntries(bodies),
    'xl/sharedStrings.xml': `<sst>${strings.map((text) => `<si><t xml:space="preserve">${inXml(text)}</t></si>`).join('')}</sst>`,
    ...options.parts,
  })
}

function sheetXml({ rows, hiddenRows = [], hiddenColumns = [], merged = [] }: MadeSheet, strings: string[]): string {
  const columns = hiddenColumns.map((column) => `<col min="${column}" max="${column}" hidden="1"/>`)
  const body = rows.map((cells, at) => {
    if (cells === null) return ''
    const hidden = hiddenRows.includes(at + 1) ? ' hidden="1"' : ''
    return `<row r="${at + 1}"${hidden}>${cells.map((cell, column) => cellXml(cell, `${letter(column)}${at + 1}`, strings)).join('')}</row>`
  })
  const covered = merged.map((reference) => `<mergeCell ref="${reference}"/>`)
  return `<?xml version="1.0"?>\n<worksheet><cols>${columns.join('')}</cols><sheetData>${body.join('')}</sheetData><mergeCells>${covered.join('')}</mergeCells></worksheet>`
}

function cellXml(cell: MadeCell, address: string, strings: string[]): string {
  if (cell === null) return ''
  if (typeof cell === 'object') return `<c r="${address}"${cell.xml}</c>`
  if (typeof cell === 'number') return `<c r="${address}"><v>${cell}</v></c>`
  if (typeof cell === 'boolean') return `<c r="${address}" t="b"><v>${cell ? 1 : 0}</v></c>`
  return `<c r="${address}" t="s"><v>${strings.push(cell) - 1}</v></c>`
}

function letter(column: number): string {
  return column < 26 ? String.fromCharCode(65 + column) : `A${String.fromCharCode(65 + column - 26)}`
}

function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`
}

function relationships(relations: readonly string[]): string {
  return `<Relationships>${relations.join('')}</Relationships>`
}

function inXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
