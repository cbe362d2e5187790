import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Profile } from '../../../protocol/profile.ts'
import { buildPrompt, promptText } from '../../../server/domain/buildPrompt.ts'
import { findPassage } from '../../../server/domain/evidence.ts'
import { parseCategoryVerdicts, parseJointVerdicts, parseScoreVerdicts } from '../../../server/domain/parseVerdicts.ts'
import type { CategorizationWork, ScoringWork } from '../../../server/domain/work.ts'
import { compiled, treeProfile } from './fixtures.ts'

const text = 'The app  crashes\nwhen I open “Settings”.\r\n\tNothing is lost.'

describe('a passage', () => {
  test.each<[what: string, quote: string, found: string | null]>([
    ['as it stands', 'when I open', 'when I open'],
    ['over other blanks and line ends', 'app crashes when I', 'app  crashes\nwhen I'],
    ['over a carriage return and a tab', 'Nothing is lost.', 'Nothing is lost.'],
    ['across a paragraph', '“Settings”. Nothing is lost', '“Settings”.\r\n\tNothing is lost'],
    ['in quotation marks of the model', '"The app crashes"', 'The app  crashes'],
    ['with what is left out told at its ends', '… crashes when I open ...', 'crashes\nwhen I open'],
    ['of another word', 'The app hangs', null],
    ['of another case', 'the APP crashes', null],
    ['with words of it left out', 'The app when I open', null],
    ['that ends within a word', 'Nothing is los', 'Nothing is los'],
    ['of blanks alone', ' \n ', null],
    ['of marks alone', '"…"', null],
    ['that is longer than any that is asked for', text.repeat(20), null],
  ])('%s', (_, quote, found) => {
    expect(findPassage(text, quote)).toBe(found)
  })

  test('that is found stands in the text, whatever is quoted of whatever', () => {
    const words = fc.array(fc.constantFrom('a', 'b', ' ', '\n', '\t', '"', '…', '.', '$&', '('), { maxLength: 12 })
    fc.assert(
      fc.property(words, words, (whole, quote) => {
        const found = findPassage(whole.join(''), quote.join(''))
        return found === null || whole.join('').includes(found)
      }),
    )
  })

  test('is found in a long text of one word over and over without trying forever', () => {
    expect(findPassage('a '.repeat(100_000), `${'a '.repeat(100)}b`)).toBeNull()
  })
})

const criteria = [
  { name: 'Severity', question: 'How bad?', type: 'scale' as const, scale: { from: 1, to: 5 }, evidence: true },
  { name: 'Reproducible', question: 'Can it be repeated?', type: 'boolean' as const },
]
const asking = compiled(
  Profile.parse({ ...treeProfile, criteria, category_choice: { max: 4, further_from: 0.1, evidence: true } }),
)
const items = [{ key: 'k7q', text }]
const sorting: CategorizationWork = { task: 'categorization', items, profile: asking }
const rating: ScoringWork = { task: 'scoring', items, profile: asking }
const both: CategorizationWork = { ...sorting, withScores: true }
const answer = (verdict: object): string => JSON.stringify({ verdicts: { k7q: verdict } })
const sorted = { categories: ['Crash'], confidence: 0.9, suggested: null }
const rated = { severity: 4, reproducible: true, reasoning: 'It crashes.' }

describe('what is asked', () => {
  test.each<[string, CategorizationWork | ScoringWork, string[]]>([
    ['categories', sorting, ['evidence']],
    ['criteria', rating, ['evidence_severity']],
    ['both', both, ['evidence', 'evidence_severity']],
  ])('of %s has a field for each quote, in text, shape and schema', (_, work, fields) => {
    const { system, schema } = buildPrompt(work, 'markmark')
    const { properties } = (schema as { $defs: { v: { properties: object } } }).$defs.v
    expect(Object.keys(properties).filter((name) => name.startsWith('evidence'))).toEqual(fields)
    for (const field of fields) {
      expect(system).toContain(`- "${field}":`)
      expect(system).toContain(`"${field}":"…"`)
    }
    expect(system).not.toContain('evidence_reproducible')
  })

  test('is another question, and the same as ever where no quote is wanted', () => {
    for (const asked of ['categorization', 'scoring', 'both'] as const) {
      const { evidence: _, ...severity } = criteria[0] as (typeof criteria)[0]
      const plain = compiled(Profile.parse({ ...treeProfile, criteria: [severity, criteria[1]] }))
      expect(promptText(asked, plain)).not.toContain('evidence')
      expect(promptText(asked, asking)).not.toBe(promptText(asked, plain))
    }
  })

  test('cannot be mixed up with a criterion of that name', () => {
    for (const name of ['Evidence', 'evidence severity'])
      expect(() => compiled(Profile.parse({ ...treeProfile, criteria: [{ ...criteria[1], name }] }))).toThrow(
        `"${name}" cannot be the name of a criterion`,
      )
  })
})

describe('what is quoted', () => {
  test('is kept as the item has it, and told where it does not stand there', () => {
    const { verdicts } = expectOk(parseCategoryVerdicts(answer({ ...sorted, evidence: 'app crashes when' }), sorting))
    expect(verdicts.get('k7q')).toMatchObject({ categories: ['Crash'], evidence: 'app  crashes\nwhen' })
    const made = expectOk(parseScoreVerdicts(answer({ ...rated, evidence_severity: 'All is lost.' }), rating))
    expect(made.verdicts.get('k7q')).toMatchObject({ criteria: { Severity: 4 }, evidence: { Severity: null } })
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ' '],
    ['a number', 3],
    ['a list', ['crashes']],
  ])('as %s leaves the verdict as it is, without a quote', (_, evidence) => {
    const { verdicts } = expectOk(parseCategoryVerdicts(answer({ ...sorted, evidence }), sorting))
    expect(verdicts.get('k7q')).toEqual({
      categories: ['Crash'],
      confidence: 0.9,
      suggested: { names: [], parent: null },
    })
  })

  test('for both tasks stands with each', () => {
    const said = { ...sorted, confidence: 90, ...rated, evidence: 'crashes', evidence_severity: 'Nothing is lost' }
    const { verdicts } = expectOk(parseJointVerdicts(answer(said), both, { takesOffScale: false }))
    expect(verdicts.get('k7q')).toMatchObject({
      categorization: { evidence: 'crashes' },
      scoring: { evidence: { Severity: 'Nothing is lost' } },
    })
  })

  test('counts for nothing where it was not asked for', () => {
    const plain = { ...sorting, profile: compiled() }
    const { verdicts } = expectOk(parseCategoryVerdicts(answer({ ...sorted, evidence: 'crashes' }), plain))
    expect(verdicts.get('k7q')).not.toHaveProperty('evidence')
  })
})

function expectOk<Answer extends { ok: boolean }>(parsed: Answer): Extract<Answer, { ok: true }> {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed))
  return parsed as Extract<Answer, { ok: true }>
}
