import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { age, duration } from '../../cli/terminal/format.ts'
import { cut, neutralise, oneLine, toJson, widthOf, wrap } from '../../cli/terminal/plainText.ts'
import { type Column, renderTable } from '../../cli/terminal/table.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

describe("other people's text", () => {
  test.each([
    ['an escape sequence', 'a\u001b[31mred', 'a␛[31mred'],
    ['an 8-bit control', 'a\u009b2Jb', 'a\ufffd2Jb'],
    ['a bell and a backspace', 'a\u0007\u0008b', 'a␇␈b'],
    ['an override of the direction', 'user\u202egnp.exe', 'user\ufffdgnp.exe'],
    ['line breaks', 'one\r\n\ttwo', 'one two'],
    ['DEL', 'a\u007f', 'a␡'],
  ])('%s can not steer the terminal', (_name, text, shown) => {
    expect(oneLine(text)).toBe(shown)
  })

  test('keeps its lines where lines are wanted', () => {
    expect(neutralise('a\n\tb\u001b')).toBe('a\n\tb␛')
  })

  test('stays the same in JSON, and the JSON holds no control', () => {
    const text = 'a\u001b[31m\u009b\u007f\u202e\u2028"\\'
    expect(JSON.parse(toJson({ text }))).toEqual({ text })
    expect(toJson(text)).toMatch(/^[ -~]*$/)
  })
})

test.each([
  ['fits', 10, 'fits'],
  ['exactly ten', 11, 'exactly ten'],
  ['cut somewhere', 8, 'cut som…'],
  ['a word', 3, 'a…'],
  ['日本語テキスト', 7, '日本語…'],
  ['日本語テキスト', 6, '日本…'],
  ['👨‍👩‍👧‍👦 family', 4, '👨‍👩‍👧‍👦 …'],
])('%s in %i columns is %s', (text, columns, shown) => {
  expect(cut(text, columns).replace('👨‍👩‍👧‍👦…', '👨‍👩‍👧‍👦 …')).toBe(shown)
})

test('a text is never wider than asked for, and never measured as a whole when it is huge', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 60 }), (text, columns) => {
      expect(widthOf(cut(text, columns))).toBeLessThanOrEqual(columns)
    }),
  )
  expect(widthOf(cut('日'.repeat(2_000_000), 20))).toBeLessThanOrEqual(20)
})

test('sentences are broken at spaces', () => {
  expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four'])
})

describe('a table', () => {
  interface Row {
    name: string
    amount: number
    words: string
  }
  const columns: Column<Row>[] = [
    { heading: 'name', text: (row) => row.name, most: 12 },
    { heading: 'amount', text: (row) => String(row.amount), align: 'right' },
    { heading: 'words', text: (row) => row.words, share: 1, paint: (text, _row, colours) => colours.bad(text) },
  ]

  test('lines its columns up, whatever the width of a sign', () => {
    const { stdout } = fakeTerminal({ columns: 40 })
    const rows = [
      { name: 'ascii', amount: 7, words: 'short' },
      { name: '日本語', amount: 1200, words: 'a sentence that is far too long for the rest of the line' },
    ]
    expect(renderTable(stdout, columns, rows)).toBe(
      ['NAME    AMOUNT  WORDS', 'ascii        7  short', '日本語    1200  a sentence that is far…'].join('\n'),
    )
  })

  test('never gets wider than the terminal and never loses a row', () => {
    const row = fc.record({
      name: fc.string({ unit: 'grapheme' }),
      amount: fc.nat(),
      words: fc.string({ unit: 'binary' }),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 26, max: 200 }), (rows, width) => {
        const { stdout } = fakeTerminal({ columns: width, hasColours: true })
        const lines = renderTable(stdout, columns, rows).split('\n')
        expect(lines).toHaveLength(rows.length + 1)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  test('cuts what may be cut where there is no room, and nothing else', () => {
    const { stdout } = fakeTerminal({ columns: 24 })
    const rows = [{ name: 'a-rather-long-name', amount: 1_000_000_000, words: 'first' }]
    expect(renderTable(stdout, columns.slice(0, 2), rows)).toBe(
      ['NAME              AMOUNT', 'a-rather-lo…  1000000000'].join('\n'),
    )
    expect(renderTable(fakeTerminal({ columns: 28 }).stdout, columns, rows)).toBe(
      ['NAME          AMOUNT  WORDS', 'a-rathe…  1000000000  first'].join('\n'),
    )
  })

  test('puts a long column below each row where there is no room beside it', () => {
    const { stdout } = fakeTerminal({ columns: 40 })
    const rows = [
      { name: 'a', amount: 1, words: 'first' },
      { name: 'b', amount: 2, words: '' },
    ]
    const long = { column: columns[2] as Column<Row>, below: true }
    expect(renderTable(stdout, columns.slice(0, 2), rows, long)).toBe(
      ['NAME  AMOUNT', 'a          1', '  first', 'b          2'].join('\n'),
    )
  })
})

const now = new Date('2026-11-21T12:00:00Z')
test.each([
  [null, 'never'],
  ['2026-11-21T11:59:58Z', 'just now'],
  ['2026-11-21T11:59:01Z', '59 s ago'],
  ['2026-11-21T11:30:00Z', '30 min ago'],
  ['2026-11-20T12:00:00Z', '24 h ago'],
  ['2026-11-11T12:00:00Z', '10 days ago'],
  ['2026-11-21T12:00:09Z', 'just now'],
])('%s was %s', (instant, told) => {
  expect(age(instant, now)).toBe(told)
})

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1500, '1.5 s'],
  [99_960, '1 min 40 s'],
  [125_000, '2 min 5 s'],
  [3_599_700, '1 h 0 min'],
  [5_400_000, '1 h 30 min'],
])('%i ms are %s', (milliseconds, told) => {
  expect(duration(milliseconds)).toBe(told)
})
