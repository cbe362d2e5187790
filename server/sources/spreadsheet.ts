import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { SourceSettings } from '../../protocol/sources.ts'
import { localizable } from '../../shared/message.ts'
import { columnOf, eachElement, localName, readNumberMeanings, unescapeCell } from './cellText.ts'
import { listNames } from './fieldNames.ts'
import { fileFailure } from './fileFailure.ts'
import type { OpenedTable, StoredFile } from './openedFile.ts'
import type { Row, RowStream } from './row.ts'
import { type MergedCells, type SheetContext, SheetReader } from './sheetRows.ts'
import { readXml, type XmlReader } from './xmlEvents.ts'
import { damagedZip, openZip, tooLarge, type ZipArchive } from './zipArchive.ts'

const megabyte = 1024 * 1024
/** The file is in memory, and so are the texts that its cells share; its sheets are read piece by piece. */
const largestFile = 100 * megabyte
const largestTexts = 128 * megabyte
const largestSheets = 1024 * megabyte
const largestPart = 16 * megabyte
const mostMerges = 100_000
/** Of sheets that a person is offered. */
const mostNames = 50

interface Workbook {
  sheets: readonly Sheet[]
  startsIn1904: boolean
  hasMacros: boolean
  /** Names of parts; null: there is none. */
  strings: string | null
  styles: string | null
}

interface Sheet {
  name: string
  part: string
  isHidden: boolean
}

/** One sheet of a workbook as a table: the one that was named, or the one with most rows. */
export async function openSpreadsheet(stored: StoredFile, settings: SourceSettings): Promise<Outcome<OpenedTable>> {
  const { path } = stored
  if (stored.size > largestFile) return tooLarge(path, localizable('it is larger than {0} MB', largestFile / megabyte))
  const opened = await openZip(path, await stored.read(0, stored.size))
  if (!opened.ok) return opened
  const archive = opened.value
  if (archive.isEncrypted()) return fileFailure(path, 'encrypted', localizable('it is protected by a password'))
  const workbook = await readWorkbook(path, archive)
  if (!workbook.ok) return workbook
  const sheet = await chooseSheet(path, archive, workbook.value, settings.sheet)
  if (!sheet.ok) return sheet
  const styles = workbook.value.styles === null ? succeed('') : await archive.text(workbook.value.styles, largestPart)
  if (!styles.ok) return styles
  const { strings: stringsPart, startsIn1904 } = workbook.value
  if (stringsPart !== null && archive.sizeOf(stringsPart) > largestTexts)
    return tooLarge(path, localizable('its texts unpack to more than {0} MB', largestTexts / megabyte))
  const facts = { startsIn1904, meanings: readNumberMeanings(styles.value), merges: sheet.value.merges }
  const names = workbook.value.sheets.map(({ name }) => name).slice(0, mostNames)
  return succeed({
    format: 'spreadsheet',
    ...(names.length > 1 ? { choice: { setting: 'sheet', names, chosen: sheet.value.name } } : {}),
    async *rows(longestBytes): RowStream {
      const strings = stringsPart === null ? succeed([]) : await readStrings(path, archive, stringsPart, longestBytes)
      if (!strings.ok) return strings
      const { notes } = sheet.value
      const context: SheetContext = {
        ...facts,
        strings: strings.value,
        longestBytes,
        notes,
        hasHeader: settings.header,
      }
      const chunks = () => archive.chunks(sheet.value.part)
      const read = yield* refuseUnvalued(
        readXml({ path, chunks }, new SheetReader(context), longestBytes),
        path,
        settings.text,
      )
      return read.ok ? await stored.check() : read
    },
  })
}

async function readWorkbook(path: string, archive: ZipArchive): Promise<Outcome<Workbook>> {
  const roots = await archive.text('_rels/.rels', largestPart)
  if (!roots.ok) return roots
  const main = readRelations(roots.value, '').find(({ type }) => type === 'officeDocument')?.part ?? 'xl/workbook.xml'
  if (archive.sizeOf(main) === 0 || !/^xl\/.*\.xml$/i.test(main)) return await refuseOther(path, archive)
  const folder = main.slice(0, main.lastIndexOf('/') + 1)
  const xml = await archive.text(main, largestPart)
  if (!xml.ok) return xml
  const relations = await archive.text(`${folder}_rels/${main.slice(folder.length)}.rels`, largestPart)
  if (!relations.ok) return relations
  const related = readRelations(relations.value, folder)
  const partOf = (kind: string): string | null => related.find(({ type }) => type === kind)?.part ?? null
  const sheets: Sheet[] = []
  let startsIn1904 = false
  eachElement(xml.value, (name, attributes) => {
    if (name === 'workbookPr') startsIn1904 = /^(?:1|true)$/.test(attributes.date1904 ?? '')
    if (name !== 'sheet') return
    const id = Object.entries(attributes).find(([each]) => localName(each) === 'id' && each !== 'sheetId')?.[1]
    const relation = related.find((each) => each.id === id)
    // A chart may fill a sheet of its own.
    if (relation?.type !== 'worksheet') return
    const isHidden = attributes.state === 'hidden' || attributes.state === 'veryHidden'
    sheets.push({ name: attributes.name ?? '', part: relation.part, isHidden })
  })
  const hasMacros = archive.names().some((name) => name.endsWith('vbaproject.bin'))
  return succeed({ sheets, startsIn1904, hasMacros, strings: partOf('sharedStrings'), styles: partOf('styles') })
}

/** An archive that is no workbook. */
async function refuseOther(path: string, archive: ZipArchive) {
  const names = new Set(archive.names())
  const refuse = (detail: LocalizableMessage, saveAs: string) => fileFailure(path, 'unsupported', detail, { saveAs })
  if (names.has('xl/workbook.bin')) return refuse(localizable('it is a spreadsheet in binary form (.xlsb)'), '.xlsx')
  if (names.has('word/document.xml')) return refuse(localizable('it is a Word document'), 'plain text (.txt)')
  if (names.has('ppt/presentation.xml')) return refuse(localizable('it is a presentation'), 'plain text (.txt)')
  const kind = await archive.text('mimetype', 1000)
  if (kind.ok && kind.value.includes('opendocument.spreadsheet'))
    return refuse(localizable('it is an OpenDocument spreadsheet (.ods)'), '.xlsx')
  if (kind.ok && kind.value.includes('opendocument'))
    return refuse(localizable('it is an OpenDocument text'), 'plain text (.txt)')
  if (names.has('[content_types].xml') && /\.xls/i.test(path))
    return damagedZip(path, localizable('there is no {0}', 'workbook.xml'))
  return refuse(localizable('it is a ZIP archive; unpack it, and name its files'), 'an unpacked file')
}

interface Relation {
  id: string
  type: string
  part: string
}

function readRelations(xml: string, folder: string): Relation[] {
  const relations: Relation[] = []
  eachElement(xml, (name, { Id: id = '', Type: type = '', Target: target = '' }) => {
    if (name !== 'Relationship') return
    const part = target.startsWith('/') ? target.slice(1) : folder + target.replace(/^\.\//, '')
    relations.push({ id, type: type.slice(type.lastIndexOf('/') + 1), part })
  })
  return relations
}

interface ChosenSheet extends Sheet {
  merges: readonly MergedCells[]
  notes: readonly LocalizableMessage[]
}

async function chooseSheet(
  path: string,
  archive: ZipArchive,
  { sheets, hasMacros }: Workbook,
  wanted: string | undefined,
): Promise<Outcome<ChosenSheet>> {
  const notes = hasMacros ? [localizable('macros in the file are ignored')] : []
  const named = wanted === undefined ? null : findNamed(sheets, wanted)
  const names = sheets.map(({ name }) => name)
  if (wanted !== undefined && !named) return noSheet(path, names, wanted)
  const candidates = named ? [named] : sheets
  const unfolded = candidates.reduce((sum, { part }) => sum + archive.sizeOf(part), 0)
  if (unfolded > largestSheets)
    return tooLarge(path, localizable('its sheets unpack to more than {0} MB', largestSheets / megabyte))
  let best: { sheet: Sheet; rows: number; merges: readonly MergedCells[] } | null = null
  for (const sheet of candidates) {
    const scanned = await scanSheet(archive, sheet.part)
    if (!scanned.ok) return scanned
    const isBetter = best === null || rank(sheet, scanned.value.rows) > rank(best.sheet, best.rows)
    if (isBetter) best = { sheet, ...scanned.value }
  }
  if (best === null || best.rows === 0) return fileFailure(path, 'empty', localizable('it has no sheet with cells'))
  const chosen = localizable(
    'of its {0} sheets, "{1}" is read, which has the most rows',
    sheets.length,
    best.sheet.name,
  )
  const isChosen = !named && sheets.length > 1
  return succeed({ ...best.sheet, merges: best.merges, notes: isChosen ? [chosen, ...notes] : notes })
}

/** A hidden sheet counts only where no other has rows. */
function rank({ isHidden }: Sheet, rows: number): number {
  return isHidden ? rows / 1e9 : rows
}

function findNamed(sheets: readonly Sheet[], wanted: string): Sheet | null {
  const same = (name: string): boolean => name.trim().toLowerCase() === wanted.trim().toLowerCase()
  return sheets.find(({ name }) => name === wanted) ?? sheets.find(({ name }) => same(name)) ?? null
}

function noSheet(path: string, names: readonly string[], wanted: string) {
  const detail = localizable('it has no sheet "{0}"; its sheets are {1}', wanted, listNames(names))
  return fileFailure(path, 'no_table', detail, { tables: { setting: 'sheet', names: names.slice(0, mostNames) } })
}

const marks = /<(?:[\w-]{1,20}:)?(?:(row)[\s/>]|([vt])[\s>]|mergeCell\s[^>]{0,200}?\bref="([^"]{3,40})")/g
/** A mark may be cut at the end of a piece. */
const longestMark = 300

/** How many rows have something in them, and what is merged, which the sheet says after its rows. */
async function scanSheet(
  archive: ZipArchive,
  part: string,
): Promise<Outcome<{ rows: number; merges: readonly MergedCells[] }>> {
  const merges: MergedCells[] = []
  let rows = 0
  let isRowEmpty = false
  let carried = ''
  for (const chunks = archive.chunks(part); ; ) {
    const next = await chunks.next()
    if (next.done && !next.value.ok) return next.value
    const text = carried + (next.done ? '' : next.value.toString('latin1'))
    const cut = next.done ? text.length : Math.max(0, text.lastIndexOf('<'), text.length - longestMark)
    for (const [, row, value, merged] of text.slice(0, cut).matchAll(marks)) {
      if (row) isRowEmpty = true
      else if (merged && merges.length < mostMerges) merges.push(...mergedBelow(merged))
      else if (value && isRowEmpty) {
        rows++
        isRowEmpty = false
      }
    }
    carried = text.slice(cut)
    if (next.done) return succeed({ rows, merges })
  }
}

/** Only its first column holds a value, and only rows below the first are covered. */
function mergedBelow(reference: string): MergedCells[] {
  const [first = '', last = first] = reference.split(':')
  const [top, bottom] = [first, last].map((address) => Number(/\d+$/.exec(address)?.[0] ?? 0)) as [number, number]
  const column = columnOf(first)
  return column === null || bottom <= top ? [] : [{ column, top, bottom }]
}

/** Texts that cells share, by number; of one with differently formatted pieces, all of it. */
async function readStrings(
  path: string,
  archive: ZipArchive,
  part: string,
  longestBytes: number,
): Promise<Outcome<string[]>> {
  const strings: string[] = []
  let current = ''
  let isText = false
  let isSpoken = false
  const reader: XmlReader = {
    open(prefixed) {
      const name = localName(prefixed)
      if (name === 'si') current = ''
      if (name === 'rPh') isSpoken = true
      isText = name === 't' && !isSpoken
    },
    text(text) {
      if (isText) current += text
    },
    close(prefixed) {
      const name = localName(prefixed)
      isText = false
      if (name === 'rPh') isSpoken = false
      if (name === 'si') strings.push(unescapeCell(current))
    },
    take: () => [],
    damage() {},
  }
  for (const read = readXml({ path, chunks: () => archive.chunks(part) }, reader, longestBytes); ; ) {
    const next = await read.next()
    if (next.done) return next.value.ok ? succeed(strings) : next.value
  }
}

/** A program that writes formulas and does not compute them leaves a table that looks whole and has nothing in it. */
async function* refuseUnvalued(rows: RowStream, path: string, text: readonly string[] | undefined): RowStream {
  const first = await rows.next()
  if (!first.done && first.value.length > 0 && first.value.every((row) => isUnvalued(row, text))) {
    const refused = fileFailure(
      path,
      'malformed',
      localizable('its formulas have no stored values; open it in a spreadsheet program and save it there'),
    )
    await rows.return(refused)
    return refused
  }
  if (first.done) return first.value
  yield first.value
  return yield* rows
}

/** It has a note of its formulas, and nothing to judge in the fields that are named, or no word in any. */
function isUnvalued(row: Row, text: readonly string[] | undefined): boolean {
  if (row.kind !== 'row' || row.note === undefined) return false
  const { fields } = row
  if (text) return text.every((name) => fields.read(name) === '')
  return fields.names().every((name) => !/\p{L}/u.test(String(fields.read(name))))
}
