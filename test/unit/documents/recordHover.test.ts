import { describe, expect, test } from 'vitest'
import { Profile } from '../../../protocol/profile.ts'
import type { Receipt, ResultRecord } from '../../../protocol/results.ts'
import { askModes, decisionDialects } from '../../../protocol/routing.ts'
import { recordLabel } from '../../../server/documents/hintText.ts'
import { recordHover } from '../../../server/documents/recordHover.ts'
import type { ShownRecord } from '../../../server/documents/shownRecord.ts'
import { compileProfile } from '../../../server/domain/compileProfile.ts'
import { askTitle, describeAsk, describeAskedBy } from '../../../shared/describe/ask.ts'
import { english } from '../../../shared/language.ts'
import { recordOf } from '../../support/runs/resultRecords.ts'

const receipt: Receipt = {
  ...{ provider: 'local', kind: 'openai-compatible', model: 'nimble', endpoint: null, rule: 'route', batch: 1 },
  ...{ promptHash: 'a'.repeat(64), profileHash: 'b'.repeat(64), outputMode: 'schema', attempts: 1, latencyMs: 12 },
  ...{ usage: { input: 400, output: 0, cached: 380 }, costUsd: null, at: '2026-11-30T09:00:00.000Z' },
}

function hoverOf(changes: Partial<ResultRecord>): string {
  const result = recordOf({ id: '7', ...changes })
  const shown = { record: { broken: null }, result, isChanged: false, label: null, score: 5, categories: null }
  // Punctuation is escaped, so that it stays text.
  return recordHover(shown as unknown as ShownRecord, result, null).replaceAll('\\', '')
}

describe('what a hover says of a decision', () => {
  test('are its probabilities, the most probable first, whatever the names are', () => {
    const hover = hoverOf({ probabilities: { '2026': 0.1, '*Bug*': 0.87 }, confidence: 0.87 })
    expect(hover).toContain('Probabilities: *Bug* 87 %, 2026 10 %')
    const nowhere = hoverOf({ categories: [], probabilities: { Bug: 0.2, Idea: 0.1 }, confidence: 0.7 })
    expect(nowhere).toContain('Probabilities: no category 70 %, Bug 20 %, Idea 10 %')
    expect(hover).toContain('(87 % sure)')
    expect(hoverOf({ probabilities: null })).not.toContain('Probabilities')
  })

  test.each<[what: string, changes: Partial<Receipt>, lines: string[]]>([
    ['text', {}, ['Asked by: text (schema), 1 call', 'Prompt: aaaaaaaaaaaa, profile: bbbbbbbbbbbb']],
    [
      'native decisions',
      {
        outputMode: 'decisions',
        answeredBy: 'nimble:9b-v3',
        decision: {
          dialect: 'gemini',
          serverConfidence: { category: 0.412 },
          distributions: { quality: [0.25, 0.75] },
        },
      },
      [
        'Asked by: decisions (Gemini Decisions), 1 call',
        'Answered by: nimble:9b-v3',
        'The server’s own confidence, by its own formula: category 0.41',
        'Levels of quality, from the lowest: 25 %, 75 %',
        'Questions: aaaaaaaaaaaa, profile: bbbbbbbbbbbb',
        '400 in, 0 out (380 of them cached)',
      ],
    ],
    [
      'a read-out',
      { outputMode: 'readout', decision: { labelMass: 0.39, flips: 0 } },
      [
        'Asked by: read-out, not calibrated, 1 call',
        'Probability on the offered labels: 39 %: low, the model may not understand the question',
        'Answers that changed with the order of the options: 0',
      ],
    ],
    ['a good read-out', { outputMode: 'readout', decision: { labelMass: 0.97 } }, ['labels: 97 %  \n']],
  ])('that was asked for by %s', (_, changes, lines) => {
    const hover = hoverOf({ receipts: { categorization: { ...receipt, ...changes } } })
    for (const line of lines) expect(hover).toContain(line)
  })
})

test('each way to ask and each dialect has words of its own', () => {
  const ways = askModes.flatMap((ask) => [askTitle(english, ask), describeAsk(english, ask)])
  const dialects = decisionDialects.map((dialect) =>
    describeAskedBy(english, { outputMode: 'decisions', decision: { dialect } }),
  )
  expect(new Set([...ways, ...dialects]).size).toBe(2 * askModes.length + decisionDialects.length)
  expect(describeAskedBy(english, { outputMode: 'decisions' })).toBe('decisions')
})

describe('criteria of a profile', () => {
  const read = compileProfile(
    Profile.parse({
      categories: [{ name: 'Bug' }],
      criteria: [
        { name: 'Severity', question: 'How bad?', type: 'scale', scale: { from: 1, to: 5 }, weight: 3 },
        { name: 'real', question: 'Is it so?', type: 'boolean' },
      ],
    }),
  )
  const profile = read.ok ? read.value : null
  const criteria = { Severity: 3, real: true }
  const shown = (changes: object) =>
    ({
      ...{ record: { broken: null }, result: { status: 'ok', score: 12.5 }, isChanged: false, label: null },
      ...{ score: 12.5, categories: ['Bug'], criteria, ...changes },
    }) as unknown as ShownRecord

  test('stand in the hover with what the score is made of, and with what a person said of them', () => {
    const result = recordOf({ id: '7', categories: ['Bug'], criteria, interest: null, quality: null, score: 12.5 })
    const hover = recordHover(shown({}), result, profile).replaceAll('\\', '')
    expect(hover).toContain('Severity: **3** · real: **yes**')
    expect(hover).toContain('The score is 12.5 = (3 × 0.5 (Severity) + 1 × 1 (real)) / 4 × categories 1 × 20')
    const label = {
      categories: null,
      interest: null,
      quality: null,
      criteria: { Severity: 5 },
      at: '2026-11-30T09:00:00.000Z',
    }
    const corrected = { label, criteria: { Severity: 5, real: true }, score: 20 }
    const told = recordHover(shown(corrected), result, profile).replaceAll('\\', '')
    expect(told).toMatch(/Corrected by a person on .*: Severity 5/)
    expect(told).toContain(
      'Score with the correction: 20.0 = (3 × 1 (Severity) + 1 × 1 (real)) / 4 × categories 1 × 20',
    )
  })

  test('stand in the label behind the categories, as far as there is room', () => {
    expect(recordLabel(shown({}))).toBe('Bug · Severity 3, real yes · 12.5')
    expect(recordLabel(shown({ categories: null }))).toBe('Severity 3, real yes · 12.5')
    const long = recordLabel(shown({ criteria: { Severity: 3, 'an answer with\na long name': 'and a choice' } }))
    expect(long).toMatch(/^Bug · Severity 3, an answer.*… · 12\.5$/)
    expect(long.length).toBeLessThanOrEqual(36)
    expect(recordLabel(shown({ criteria: null }))).toBe('Bug · 12.5')
    expect(recordLabel(shown({ criteria: {} }))).toBe('Bug · 12.5')
  })
})

test('what was quoted of the item is told as text, and what does not stand in it as that', () => {
  const hover = hoverOf({ evidence: { categories: 'the [app](http://x) crashes', criteria: { Severity: null } } })
  expect(hover).toContain('Categories: “the [app](http://x) crashes”')
  expect(hover).toContain('Severity: *what was quoted does not stand in the item*')
})
