import { Buffer } from 'node:buffer'
import { describe, expect, test } from 'vitest'
import type { SourceSettings } from '../../../protocol/sources.ts'
import { toEnglish } from '../../../shared/message.ts'
import { type MadeCell, type MadeSheet, makeSpreadsheet, makeZip } from '../../support/runs/madeSpreadsheet.ts'
import { entryLines, readSource } from '../../support/runs/readSource.ts'
import { useSourceFolder } from '../../support/runs/sourceFolder.ts'

const folder = useSourceFolder()
const { put } = folder

const readAll = (path: string, { text, id, ...told }: SourceSettings = {}) =>
  readSource({ kind: 'paths', paths: [path], ...told }, { ...(text ? { text } : {}), ...(id ? { id } : {}) })
const read = async (path: string, told: SourceSettings = {}) => entryLines(await readAll(path, told))
const notes = async (path: string, told: SourceSettings = {}) =>
  (await readAll(path, told)).entries.flatMap((entry) =>
    entry.kind === 'readable' && entry.note ? [`${entry.id ?? entry.place}: ${toEnglish(entry.note)}`] : [],
  )

const head = ['id', 'text']
const table = (...rows: MadeCell[][]): MadeSheet => ({ name: 'Tickets', rows: [head, ...rows] })
const write = (sheets: MadeSheet[], options = {}) => put('a.xlsx', makeSpreadsheet(sheets, options))

test('the rows of a sheet are items, with the number of their row', async () => {
  const { entries } = await readAll(write([table([7, 'The app stops'], [8, 'Dark & light'])]))
  expect(entries).toMatchObject([
    { id: '7', text: 'The app stops', line: 2 },
    { id: '8', text: 'Dark & light', line: 3 },
  ])
})

test('is known by what it holds, whatever its name is', async () => {
  expect(await read(put('export', makeSpreadsheet([table([1, 'a'])])))).toEqual(['1|a'])
})

/** What a cell says, and the text that it is read as. */
const cells: [string, MadeCell, string][] = [
  [
    'a text in the cell itself',
    { xml: ' t="inlineStr"><is><t>in</t><r><t>line</t></r><rPh><t>spoken</t></rPh></is>' },
    'inline',
  ],
  ['the stored value of a formula', { xml: ' t="str"><f>A1&amp;"b"</f><v>ab</v>' }, 'ab'],
  ['the stored number of a formula', { xml: '><f>1+1</f><v>2</v>' }, '2'],
  ['a date', { xml: ' s="1"><v>46347</v>' }, '2026-11-21'],
  ['a date with a time', { xml: ' s="2"><v>46347.604166666664</v>' }, '2026-11-21T14:30:00'],
  ['a time', { xml: ' s="2"><v>0.5</v>' }, '12:00:00'],
  ['a duration', { xml: ' s="3"><v>1.25</v>' }, '30:00:00'],
  ['a number with noise', { xml: '><v>0.10000000000000001</v>' }, '0.1'],
  ['a number that a date may not be', { xml: ' s="1"><v>-3</v>' }, '-3'],
  ['yes', true, 'TRUE'],
  ['a character that XML cannot hold', 'a_x000D_\nb', 'a\r\nb'],
  ['a date as ISO text', { xml: ' t="d"><v>2026-11-21T00:00:00</v>' }, '2026-11-21T00:00:00'],
]

test.each(cells)('%s', async (_, cell, text) => {
  const [entry] = (await readAll(write([table([1, cell], [2, 'x'])]), { text: ['text'] })).entries
  expect(entry).toMatchObject({ kind: 'readable', text })
})

test('dates of a workbook that counts from 1904', async () => {
  const path = write([table([1, { xml: ' s="1"><v>44885</v>' }])], { startsIn1904: true })
  expect(await read(path, { text: ['text'] })).toEqual(['1|2026-11-21'])
})

describe('which cells are the table', () => {
  test('a title above it is none of its rows, and that is told', async () => {
    const path = write([{ name: 'A', rows: [['Tickets of 2026'], null, head, [1, 'a'], [], [2, 'b']] }])
    expect(await read(path)).toEqual(['1|a', '2|b'])
    expect(await notes(path)).toEqual(['1: 1 row above the names of the columns is not read'])
  })

  test('without names the columns are numbered', async () => {
    const path = write([
      {
        name: 'A',
        rows: [
          [1, 'The app stops'],
          [2, 'It is slow'],
        ],
      },
    ])
    expect(await read(path, { text: ['column 2'], id: 'column 1' })).toEqual(['1|The app stops', '2|It is slow'])
  })

  test('a person says whether there are names', async () => {
    const path = write([
      {
        name: 'A',
        rows: [
          ['good', 'text'],
          ['bad', 'more'],
        ],
      },
    ])
    expect(await read(path, { header: false, text: ['column 2'] })).toEqual(['row:1|text', 'row:2|more'])
    expect(await read(path, { header: true, text: ['text'] })).toEqual(['row:2|more'])
  })

  test('a column of a name that is there twice has a number', async () => {
    const path = write([
      {
        name: 'A',
        rows: [
          ['text', 'text', null],
          ['a', 'b', 'c'],
        ],
      },
    ])
    expect(await read(path, { text: ['text (2)', 'column 3'] })).toEqual(['row:2|b\n\nc'])
  })
})

describe('of several sheets', () => {
  const several: MadeSheet[] = [
    { name: 'Read me', rows: [['How to use this']] },
    table([1, 'a'], [2, 'b']),
    { name: 'Lists', rows: [['x'], ['y'], ['z'], ['w']], state: 'hidden' },
    { name: 'Formatted', rows: Array.from({ length: 9 }, () => [{ xml: ' s="1"/><c r="B9">' }]) },
  ]

  test('the one with most rows is read, and that is told', async () => {
    const path = write(several)
    expect(await read(path)).toEqual(['1|a', '2|b'])
    expect(await notes(path)).toEqual(['1: of its 4 sheets, "Tickets" is read, which has the most rows'])
  })

  test('one may be named, a hidden one too', async () => {
    expect(await read(write(several), { sheet: 'lists ', header: false, text: ['column 1'] })).toEqual([
      'row:1|x',
      'row:2|y',
      'row:3|z',
      'row:4|w',
    ])
    expect(await notes(write(several), { sheet: 'Tickets' })).toEqual([])
  })

  test('another name is refused with those that are there', async () => {
    const { failure } = await readAll(write(several), { sheet: 'Bugs' })
    expect(failure).toMatchObject({
      problem: 'no_table',
      detail: 'it has no sheet "Bugs"; its sheets are Read me, Tickets, Lists, Formatted',
      tables: { setting: 'sheet', names: ['Read me', 'Tickets', 'Lists', 'Formatted'] },
      action: { label: 'Choose a sheet' },
    })
  })

  test('a thousand of them', async () => {
    const path = write([
      ...Array.from({ length: 999 }, (_, at) => ({ name: `S${at}`, rows: [['x']] })),
      table([1, 'a']),
    ])
    expect(await read(path)).toEqual(['1|a'])
  })
})

test('what cannot be seen as it is read is told with its row', async () => {
  const path = write([
    {
      name: 'A',
      rows: [
        ['product', 'text', 'secret'],
        ['App', 'It stops', 's'],
        [null, 'It is slow', 's'],
        ['Web', { xml: '><f>X1</f>' }, 's'],
        ['Web', { xml: ' t="e"><v>#REF!</v>' }, 's'],
        ['Web', 'Fine', 's'],
      ],
      hiddenRows: [6],
      hiddenColumns: [3],
      merged: ['A2:A3', 'A4:B4'],
    },
  ])
  expect(await read(path, { text: ['product', 'text'] })).toEqual([
    'row:2|App\n\nIt stops',
    'row:3|App\n\nIt is slow',
    'row:4|Web',
    'row:5|Web',
    'row:6|Web\n\nFine',
  ])
  expect(await notes(path, { text: ['product', 'text'] })).toEqual([
    'row:2: hidden columns are read like the others: secret',
    'row:3: product: taken from the cell that is merged over this row',
    'row:4: text: the formula has no stored value',
    'row:5: text: the cell holds an error, no value',
    'row:6: its row is hidden',
  ])
})

test('a row that is longer than a row may be is broken alone, and its number is that of the sheet', async () => {
  const path = write([table([1, { xml: ` t="str"><v>${'long '.repeat(60_000)}</v>` }], [2, 'b'])])
  const found = await readSource({ kind: 'paths', paths: [path] }, undefined, { longestRowBytes: 200_000 })
  expect(entryLines(found)).toEqual(['row:2!row_too_long: Row 2: longer than a row may be.', '2|b'])
})

test('macros are not looked at, which is told', async () => {
  const path = put('a.xlsm', makeSpreadsheet([table([1, 'a'])], { parts: { 'xl/vbaProject.bin': 'Sub Auto_Open()' } }))
  expect(await read(path)).toEqual(['1|a'])
  expect(await notes(path)).toEqual(['1: macros in the file are ignored'])
})

/** A container of the older programs whose names are these. */
function officeFile(...names: string[]): Buffer {
  const bytes = Buffer.alloc(3 * 512)
  Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]).copy(bytes)
  bytes.writeUInt16LE(9, 30)
  bytes.writeUInt32LE(1, 48)
  for (const [at, name] of names.entries()) bytes.write(name, 1024 + at * 128, 'utf16le')
  return bytes
}

const good = makeSpreadsheet([table([1, 'a'.repeat(3000)])])
const sheetPart = 'xl/worksheets/sheet1.xml'
const withPart = (part: string, content: Parameters<typeof makeZip>[0][string]) =>
  makeSpreadsheet([table([1, 'a'])], { parts: { [part]: content } })
const row = '<worksheet><sheetData><row r="1"><c t="str"><v>text</v></c></row><row r="2"><c t="str"><v>a'

/** Name, content, the failure, and what to do. */
const refused: [string, string, Buffer, string, string][] = [
  [
    'a password',
    'a.xlsx',
    officeFile('Root Entry', 'EncryptedPackage'),
    'encrypted: it is protected by a password',
    'Save it without a password',
  ],
  [
    'the old kind',
    'a.xls',
    officeFile('Root Entry', 'Workbook'),
    'unsupported: it is a spreadsheet in the old format (.xls)',
    'Save it as .xlsx',
  ],
  [
    'an old Word document',
    'a.doc',
    officeFile('Root Entry', 'WordDocument'),
    'unsupported: it is a Word document',
    'Save it as plain text (.txt)',
  ],
  [
    'the binary kind',
    'a.xlsb',
    makeZip({ '[Content_Types].xml': '', 'xl/workbook.bin': 'x' }),
    'unsupported: it is a spreadsheet in binary form (.xlsb)',
    'Save it as .xlsx',
  ],
  [
    'OpenDocument',
    'a.ods',
    makeZip({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet' }),
    'unsupported: it is an OpenDocument spreadsheet (.ods)',
    'Save it as .xlsx',
  ],
  [
    'a Word document',
    'a.docx',
    makeZip({ '[Content_Types].xml': '', 'word/document.xml': '<a/>' }),
    'unsupported: it is a Word document',
    'Save it as plain text (.txt)',
  ],
  [
    'another archive',
    'a.zip',
    makeZip({ 'a.csv': 'id,text' }),
    'unsupported: it is a ZIP archive; unpack it, and name its files',
    'Save it as an unpacked file',
  ],
  [
    'a cut end',
    'a.xlsx',
    good.subarray(0, good.length - 300),
    'malformed: it is damaged: its end is missing',
    'Correct the source',
  ],
  [
    'a beginning that is none',
    'a.xlsx',
    Buffer.concat([Buffer.alloc(4), good]),
    'malformed: it does not begin like such a file: it is damaged',
    'Correct the source',
  ],
  [
    'a sheet that has no end',
    'a.xlsx',
    withPart(sheetPart, `${row}</v></c></row>`),
    'malformed@1: the document has no end',
    'Correct the source',
  ],
  [
    'no cells',
    'a.xlsx',
    makeSpreadsheet([{ name: 'A', rows: [] }]),
    'empty: it has no sheet with cells',
    'Choose another file',
  ],
  [
    'a sheet that unfolds to more than may be',
    'a.xlsx',
    withPart(sheetPart, { content: 'x', says: 3_000_000_000 }),
    'too_large: its sheets unpack to more than 1024 MB',
    'Save it as CSV',
  ],
  [
    'texts that unfold to more than may be',
    'a.xlsx',
    withPart('xl/sharedStrings.xml', { content: 'x', says: 3_000_000_000 }),
    'too_large: its texts unpack to more than 128 MB',
    'Save it as CSV',
  ],
  [
    'a part that is larger than it says',
    'a.xlsx',
    withPart(sheetPart, { content: row.padEnd(5_000_000), says: 50 }),
    'malformed: it is damaged: a part of it does not have the size that it declares',
    'Correct the source',
  ],
  [
    'formulas that nobody has computed',
    'a.xlsx',
    makeSpreadsheet([table(...Array.from({ length: 3 }, (_, at): MadeCell[] => [at, { xml: '><f>X1</f>' }]))]),
    'malformed: its formulas have no stored values; open it in a spreadsheet program and save it there',
    'Correct the source',
  ],
]

test.each(refused)('%s is refused with what helps', async (_, name, content, failure, action) => {
  const found = await readAll(put(name, content))
  expect(entryLines(found).at(-1)).toBe(`STOP ${failure}`)
  expect(found.failure?.action.label).toBe(action)
})

test('in a folder, a spreadsheet is read and what is none stays out', async () => {
  put('a.xlsx', makeSpreadsheet([table([1, 'a'])]))
  put('b.docx', makeZip({ 'word/document.xml': '<a/>' }))
  put('c.txt', 'note')
  put('d.xlsx', officeFile('EncryptedPackage'))
  expect(await read(folder.path)).toEqual([
    '1|a',
    'c.txt|note',
    'd.xlsx!file_unreadable: d.xlsx: it is protected by a password.',
  ])
})
