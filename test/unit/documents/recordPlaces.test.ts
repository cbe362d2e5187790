import { describe, expect, test } from 'vitest'
import { cutWords, escapeMarkdown } from '../../../server/documents/escapeMarkdown.ts'
import { moveRecords } from '../../../server/documents/openDocument.ts'
import { type DocumentRecord, lineStarts } from '../../../server/documents/readRecords.ts'

describe('lines begin', () => {
  test.each<[what: string, text: string, starts: number[]]>([
    ['nowhere but at the beginning of an empty text', '', [0]],
    ['behind line feeds', 'a\nbc\n', [0, 2, 5]],
    ['behind both signs of other systems', 'a\r\nb', [0, 3]],
    ['behind carriage returns where there is nothing else', 'a\rb\r', [0, 2, 4]],
    ['and not behind a carriage return within a line', 'a\rb\nc', [0, 4]],
    ['in UTF-16 units', '🎉\nx', [0, 3]],
  ])('%s', (_, text, starts) => {
    expect(lineStarts(text)).toEqual(starts)
  })
})

describe('after an edit a record', () => {
  const record: DocumentRecord = {
    ...{ key: 'a'.repeat(24), id: '1', inputHash: 'b'.repeat(64), start: 10, end: 20 },
    ...{ isWhole: false, hasId: true, broken: null },
  }
  test.each<[what: string, edit: Parameters<typeof moveRecords>[1], place: [number, number] | null]>([
    ['stays where the edit is behind it', { start: 21, end: 25, length: 3 }, [10, 20]],
    ['stays where something is taken away right behind it', { start: 20, end: 25, length: 0 }, [10, 20]],
    ['is unknown where something is typed right behind it', { start: 20, end: 20, length: 1 }, null],
    ['moves on by what was put in before it', { start: 3, end: 3, length: 5 }, [15, 25]],
    ['moves back by what was taken away before it', { start: 0, end: 10, length: 0 }, [0, 10]],
    ['moves where something is put in right before it', { start: 10, end: 10, length: 2 }, [12, 22]],
    ['is unknown where it was touched', { start: 15, end: 16, length: 1 }, null],
    ['is unknown where its beginning was', { start: 5, end: 11, length: 0 }, null],
    ['is unknown where all of it was replaced', { start: 0, end: 30, length: 30 }, null],
  ])('%s', (_, edit, place) => {
    const moved = moveRecords([record], edit)
    expect(moved.map(({ start, end }) => [start, end])).toEqual(place === null ? [] : [place])
  })
})

describe('words of models and files', () => {
  test.each<[text: string, escaped: string]>([
    ['plain words', 'plain words'],
    ['[quit](command:workbench.action.quit)', '\\[quit\\]\\(command\\:workbench\\.action\\.quit\\)'],
    ['<img src=x onerror=1>', '\\<img src\\=x onerror\\=1\\>'],
    ['https://example.com', 'https\\:\\/\\/example\\.com'],
    ['# a\n- b', '\\# a \\- b'],
  ])('%j stay text', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped)
  })

  test.each<[text: string, most: number, cut: string]>([
    ['short', 5, 'short'],
    ['longer', 5, 'longe…'],
    ['ab🎉', 3, 'ab…'],
  ])('%j cut to %i are %j, and no half sign', (text, most, cut) => {
    expect(cutWords(text, most)).toBe(cut)
  })
})
