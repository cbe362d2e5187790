import { describe, expect, test } from 'vitest'
import { evidenceRanges } from '../../../server/documents/evidenceRanges.ts'
import { recordOf } from '../../support/runs/resultRecords.ts'

const said = 'It says "no"\nand stops'

describe('where a quote stands in its document', () => {
  test.each<[string, (text: string) => string, string]>([
    ['plain', (text) => `# Title\n${text}\n`, said],
    ['as JSON', (text) => JSON.stringify({ id: 1, text }), JSON.stringify(said).slice(1, -1)],
    ['as CSV', (text) => `1,"${text.replaceAll('"', '""')}"`, said.replaceAll('"', '""')],
  ])('%s', (_, write, written) => {
    const before = 'another record: It says "no"\nand stops\n'
    const text = before + write(`Today. ${said}. It is bad.`)
    const record = { start: before.length, end: text.length }
    const result = recordOf({
      id: '1',
      evidence: { categories: said, criteria: { Severity: 'It is bad', Urgent: null } },
    })
    const found = evidenceRanges(text, record, result).map(({ start, end }) => [
      text.slice(start, end),
      start > before.length,
    ])
    expect(found).toEqual([
      [written, true],
      ['It is bad', true],
    ])
  })

  test('is nowhere when it was edited since, when it was dropped, and when none was given', () => {
    const record = { start: 0, end: 20 }
    for (const evidence of [{ categories: 'gone' }, { categories: null }, {}, undefined])
      expect(evidenceRanges('something else by now', record, recordOf({ id: '1', evidence }))).toEqual([])
  })
})
