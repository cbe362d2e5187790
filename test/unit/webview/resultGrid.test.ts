import { describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import { keyStep } from '../../../webview/grid/gridKeys.ts'
import { RowPages } from '../../../webview/grid/rowPages.ts'
import { highest, lookingAt, rowsAt, scrolledTo, scrollerHeight, showingRow } from '../../../webview/grid/rowWindow.ts'
import { crossTableOf } from '../../../webview/results/crossTable.ts'
import { filterOf, nextSort, noFilter } from '../../../webview/results/filterDraft.ts'

const short = { rows: 1_000, rowHeight: 28, viewport: 560 }
const long = { rows: 10_000_000, rowHeight: 28, viewport: 560 }
const start = { scrollTop: 0, top: 0 }
const endOf = ({ rows, rowHeight, viewport }: typeof long) => rows * rowHeight - viewport

describe('the rows that are drawn', () => {
  test('of a list that fits follow the scroll bar by pixels', () => {
    expect(scrollerHeight(short)).toBe(28_000)
    const place = scrolledTo(start, 2_800, short)
    expect(rowsAt(place, short, 0)).toEqual({ first: 100, last: 120, y: 2_800 })
  })

  test('of a longer one follow its share, and by pixels in small steps', () => {
    expect(scrollerHeight(long)).toBe(highest)
    const middle = scrolledTo(start, (highest - long.viewport) / 2, long)
    expect(rowsAt(middle, long, 0).first).toBe(4_999_990)
    const step = scrolledTo(middle, middle.scrollTop + 56, long)
    expect(step.top - middle.top).toBe(56)
    const drawn = rowsAt(step, long, 8)
    expect(drawn.y).toBeCloseTo(step.scrollTop + drawn.first * 28 - step.top)
    expect(drawn.last - drawn.first).toBeLessThan(40)
  })

  test('begin and end where the list does', () => {
    const last = highest - long.viewport
    expect(rowsAt(scrolledTo(start, last, long), long, 0).last).toBe(long.rows)
    const drifted = { scrollTop: 30, top: 5_000 }
    expect(scrolledTo(drifted, 0, long).top).toBe(0)
    expect(scrolledTo({ scrollTop: last - 30, top: 90_000 }, last, long).top).toBe(endOf(long))
  })

  test.each([0, 1, 137_000, 5_000_000, 9_999_998, 9_999_999])('show row %i when they are to', (row) => {
    const place = showingRow(row, start, long)
    expect(row * 28).toBeGreaterThanOrEqual(place.top)
    expect(row * 28 + 28).toBeLessThanOrEqual(place.top + long.viewport)
    // What the browser then tells of the move changes nothing.
    expect(scrolledTo(place, place.scrollTop, long).top).toBe(place.top)
  })

  test('stay when the row is seen already, and none is drawn of nothing', () => {
    const place = lookingAt(280_000, long)
    expect(showingRow(10_005, place, long)).toBe(place)
    expect(rowsAt(start, { ...short, rows: 0 }, 8)).toMatchObject({ first: 0, last: 0 })
  })
})

test.each([
  ['ArrowDown', 5, 6],
  ['ArrowUp', 0, 0],
  ['PageDown', 95, 99],
  ['PageUp', 50, 30],
  ['Home', 50, 0],
  ['End', 50, 99],
  ['a', 50, null],
])('%s leads from row %i to %s', (key, active, expected) => {
  expect(keyStep(key, { active, total: 100, page: 20 })).toBe(expected)
})

describe('rows of a long list', () => {
  function make(total = 1_000) {
    const asked: number[] = []
    const answers: (() => void)[] = []
    const waiting: (() => void)[] = []
    const pages = new RowPages<number>({
      read: (offset, limit) =>
        new Promise((resolve) => {
          asked.push(offset)
          const rows = Array.from({ length: Math.min(limit, total - offset) }, (_, index) => offset + index)
          answers.push(() => resolve(succeed({ rows, total })))
        }),
      onChange: () => {},
      later: (act) => waiting.push(act),
    })
    const settle = async () => {
      for (const act of [...waiting.splice(0), ...answers.splice(0)]) act()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { pages, asked, settle }
  }

  test('are read where somebody rests, not where the bar has passed', async () => {
    const { pages, asked, settle } = make()
    pages.want(0, 30)
    await settle()
    expect(pages.row(29)).toBe(29)
    for (let first = 0; first < 900; first += 10) pages.want(first, first + 30)
    await settle()
    await settle()
    expect(asked).toEqual([0, 800, 900])
    expect(pages.row(915)).toBe(915)
  })

  test('are shown while they are read again', async () => {
    const { pages, asked, settle } = make()
    pages.want(0, 30)
    await settle()
    pages.refresh()
    expect(pages.row(5)).toBe(5)
    await settle()
    expect(asked).toEqual([0, 0])
  })

  test('that failed say why, and are not asked for in a circle', async () => {
    let asked = 0
    const pages = new RowPages<number>({
      async read() {
        asked += 1
        return { ok: false, reason: { code: 'cancelled', message: '', action: { id: 'list', label: '' } } }
      },
      onChange: () => {},
      later: (act) => act(),
    })
    pages.want(0, 30)
    await new Promise((resolve) => setImmediate(resolve))
    expect([asked, pages.failed?.code, pages.total]).toEqual([1, 'cancelled', null])
  })
})

test('what is typed as a filter is asked for where it says something', () => {
  expect(filterOf(noFilter)).toBeUndefined()
  expect(filterOf({ ...noFilter, search: '  ', minScore: 'x', maxScore: '20.5' })).toBeUndefined()
  expect(filterOf({ ...noFilter, minScore: '2,5', categories: [''], changedByHuman: true, waits: true })).toEqual({
    minScore: 2.5,
    categories: [''],
    changedByHuman: true,
    waits: true,
  })
})

test.each([
  ['0.6', 0.6],
  ['0,6', 0.6],
  [' 60 % ', 0.6],
  ['60%', 0.6],
  ['1', 1],
  ['0', 0],
  ['60', undefined],
  ['101 %', undefined],
  ['-1', undefined],
  ['%', undefined],
  ['.', undefined],
  ['1.2.3', undefined],
])('a confidence typed as %j filters below %s', (belowConfidence, expected) => {
  expect(filterOf({ ...noFilter, belowConfidence })?.belowConfidence).toBe(expected)
})

test('a heading sorts, then the other way, then not at all', () => {
  const once = nextSort(null, 'score')
  const twice = nextSort(once, 'score')
  expect([once, twice, nextSort(twice, 'score')]).toEqual([
    { by: 'score', descending: true },
    { by: 'score', descending: false },
    null,
  ])
  expect(nextSort(once, 'id')).toEqual({ by: 'id', descending: false })
})

test('a cross-table is square, the most frequent first, and tells what it leaves out', () => {
  const names = Array.from({ length: 16 }, (_, index) => ({ from: `n${index}`, to: `n${index}`, items: 100 - index }))
  const table = crossTableOf({ categories: [...names, { from: 'n0', to: null, items: 500 }] })
  expect(table.names.slice(0, 2)).toEqual(['n0', null])
  expect(table.names).toHaveLength(15)
  expect(table.cells[0]?.slice(0, 2)).toEqual([100, 500])
  expect(table.others).toBe(86 + 85)
})
