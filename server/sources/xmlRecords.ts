import { localizable } from '../../shared/message.ts'
import type { OpenedFile } from './openedFile.ts'
import { brokenRow, type Row, type RowStream, undecodableRow } from './row.ts'
import { readXml, type XmlReader } from './xmlEvents.ts'

/** The name of the elements that are records, and how many elements are around each. */
export interface XmlRecords {
  name: string
  around: 0 | 1
}

const listRoots = /^(?:rows|records|items|data|dataset|root|export|table|results|resultset|response|list)$/
const recordNames = /^(?:row|record|item|entry|event|ticket|issue|comment|review|post|message|document|doc|case)$/

/** A file of records, as Stack Exchange and the event log of Windows write them; null: it is a document, or something else. */
export function recogniseXmlRecords(start: string): XmlRecords | null {
  const tags = start.replaceAll(/<!--[\s\S]{0,4000}?-->/g, '').matchAll(/<(?![?!/])([\w:.-]+)/g)
  const [root = '', child = ''] = [...tags].slice(0, 2).map(([, name = '']) => name)
  if (root === 'Event' && start.includes('schemas.microsoft.com/win/')) return { name: root, around: 0 }
  const [outer, inner] = [root.toLowerCase(), child.toLowerCase()]
  const isList = outer === `${inner}s` || inner === 'row' || (listRoots.test(outer) && recordNames.test(inner))
  return isList && recordNames.test(inner) ? { name: child, around: 1 } : null
}

/** Each record with its attributes and the texts of its elements as fields: `System.EventID`. */
export function readXmlRecords(file: OpenedFile, records: XmlRecords, longestBytes: number): RowStream {
  return readXml(file, new RecordReader(records, longestBytes), longestBytes)
}

interface OpenRecord {
  line: number
  fields: Map<string, string>
  length: number
  isBroken: boolean
}

class RecordReader implements XmlReader {
  readonly #records: XmlRecords
  readonly #longestBytes: number
  #depth = 0
  /** The names of the elements within the record, the outermost first. */
  #path: string[] = []
  #record: OpenRecord | null = null
  #rows: Row[] = []
  #damagedLine = 0

  constructor(records: XmlRecords, longestBytes: number) {
    this.#records = records
    this.#longestBytes = longestBytes
  }

  open(name: string, attributes: Readonly<Record<string, string>>, line: number, isBroken: boolean): void {
    const isUnclosed = this.#record !== null && name === this.#records.name
    if (isUnclosed) this.#finish(true)
    if (this.#record) {
      // `<Data Name="User">` is the field `User`.
      this.#path.push(attributes.Name ?? name)
      this.#addAll(attributes)
    } else if (isUnclosed || (this.#depth === this.#records.around && name === this.#records.name)) {
      this.#record = { line, fields: new Map(), length: 0, isBroken }
      this.#addAll(attributes)
    }
    if (this.#record && isBroken) this.#record.isBroken = true
    this.#depth++
  }

  text(text: string): void {
    if (this.#record && text.trim() !== '') this.#add(this.#path.join('.') || 'text', text)
  }

  close(name: string): void {
    this.#depth--
    if (!this.#record) return
    if (this.#path.length > 0) this.#path.pop()
    else if (name === this.#records.name) this.#finish(false)
  }

  take(): Row[] {
    const whole = this.#rows
    this.#rows = []
    return whole
  }

  damage(line: number): void {
    this.#damagedLine = line
  }

  #addAll(attributes: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(attributes))
      if (!name.startsWith('xmlns') && name !== 'Name') this.#add([...this.#path, name].join('.'), value)
  }

  #add(name: string, value: string): void {
    const record = this.#record
    if (!record) return
    record.length += value.length
    if (record.length > this.#longestBytes) record.fields.clear()
    else record.fields.set(name, (record.fields.get(name) ?? '') + value)
  }

  #finish(isUnclosed: boolean): void {
    const record = this.#record
    this.#record = null
    this.#path = []
    if (record) this.#rows.push(this.#toRow(record, isUnclosed))
  }

  #toRow({ line, fields, length, isBroken }: OpenRecord, isUnclosed: boolean): Row {
    const content = [...fields.values()].join('\n')
    if (length > this.#longestBytes) return brokenRow(line, 'row_too_long', localizable('longer than a row may be'), '')
    if (isUnclosed) return brokenRow(line, 'row_invalid', localizable('the entry here is not closed'), content)
    if (isBroken) {
      const detail = localizable('its tag is not well-formed: an attribute holds a quotation mark')
      return brokenRow(line, 'row_invalid', detail, content)
    }
    if (this.#damagedLine >= line && content.includes('\uFFFD')) return undecodableRow(line, content)
    const names = [...fields.keys()]
    return { kind: 'row', line, fields: { names: () => names, read: (name) => fields.get(name) } }
  }
}
