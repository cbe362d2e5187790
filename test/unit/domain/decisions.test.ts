import { describe, expect, test } from 'vitest'
import type { DecisionAnswer, DecisionLimits } from '../../../protocol/decisions.ts'
import { Profile } from '../../../protocol/profile.ts'
import { buildPrompt } from '../../../server/domain/buildPrompt.ts'
import { questionsOf } from '../../../server/domain/decisionQuestions.ts'
import { questionsLeft, readCategories, readScores } from '../../../server/domain/decisionVerdicts.ts'
import { parseCategoryVerdicts } from '../../../server/domain/parseVerdicts.ts'
import { planDecisions } from '../../../server/domain/planDecisions.ts'
import { bytesInJson, cautiousTokens, fitText } from '../../../server/domain/textRoom.ts'
import { compiled, treeProfile } from './fixtures.ts'

const tree = compiled()
const questions = questionsOf(tree)

describe('the questions of a profile', () => {
  test('are a choice among its roots, with a described way out, and one within each root that has children', () => {
    expect(questions.category).toMatchObject({
      type: 'choice',
      name: 'category',
      options: [
        { name: 'Bug', description: 'Something is broken. Including: Crash, Flaky test' },
        { name: 'Question' },
        { name: 'Spam', description: 'Including: Giveaway, Not spam' },
        { name: 'Docs' },
        { name: 'None of these', description: expect.stringContaining('none of the other options') },
      ],
    })
    expect([...questions.within.values()].map(({ name, options }) => [name, options.map((each) => each.name)])).toEqual(
      [
        ['within Bug', ['Crash', 'Flaky test', 'Bug']],
        ['within Spam', ['Giveaway', 'Not spam', 'Spam']],
      ],
    )
  })

  test('never name what is hidden', () => {
    expect(JSON.stringify([questions.category, ...questions.within.values()])).not.toMatch(/Internal|Secret|Classified/)
  })

  test('have another name for the way out where a category has it', () => {
    const own = questionsOf(compiled(Profile.parse({ categories: [{ name: 'none of  THESE' }] })))
    expect(own.category?.options.map(({ name }) => name)).toEqual(['none of THESE', 'None of these categories'])
  })

  test('of scoring have the five bands for levels, and what the reader wants', () => {
    const [interest, quality] = questions.scores
    if (interest?.type !== 'score' || quality?.type !== 'score') throw new Error('no scores')
    expect([interest.levels.length, quality.levels.length]).toEqual([5, 5])
    expect(interest.instructions).toContain('Crashes and data loss.')
    expect(interest.instructions).toContain('Advertising.')
    expect(quality.instructions).not.toContain('Crashes')
    expect(quality.levels[0]).toBe('spam, clickbait, empty or unreadable')
  })

  test('have none about categories where none is offered', () => {
    expect(questionsOf(compiled(Profile.parse({ categories: [] }))).category).toBeNull()
  })
})

function answers(...given: DecisionAnswer[]): Map<string, DecisionAnswer> {
  return new Map(given.map((answer) => [answer.name, answer]))
}
function choice(name: string, probabilities: Record<string, number>): DecisionAnswer {
  const [chosen = ''] = Object.entries(probabilities).sort(([, one], [, other]) => other - one)[0] ?? []
  return { type: 'choice', name, choice: chosen, probabilities, serverConfidence: null }
}
const yes = (name: string, probability: number): DecisionAnswer => ({
  type: 'predicate',
  name,
  probability,
  serverConfidence: null,
})

describe('categories', () => {
  const cases: [string, DecisionAnswer[], string[], number | null][] = [
    ['one of one level', [choice('category', { Question: 0.9, Docs: 0.1 })], ['Question'], 0.9],
    ['a child', [choice('category', { Bug: 0.8 }), choice('within Bug', { Crash: 0.7, Bug: 0.2 })], ['Crash'], 0.56],
    ['a root in general', [choice('category', { Bug: 0.8 }), choice('within Bug', { Bug: 0.6 })], ['Bug'], 0.48],
    ['a root whose children are not known', [choice('category', { Bug: 0.8 })], ['Bug'], 0.8],
    ['nothing', [choice('category', { 'None of these': 0.7, Bug: 0.3 })], [], 0.7],
    [
      'further ones by their own answers, most probable first',
      [choice('category', { Question: 0.5, Docs: 0.2, Spam: 0.25 }), yes('also Docs', 0.9), yes('also Spam', 0.5)],
      ['Question', 'Spam', 'Docs'],
      0.5,
    ],
    ['no further one without a question', [choice('category', { Question: 0.5, Docs: 0.49 })], ['Question'], 0.5],
  ]
  test.each(cases)('%s', (_name, given, categories, confidence) => {
    expect(readCategories(questions, answers(...given))).toMatchObject({ categories, confidence })
  })

  test('the five most probable are told, each with four decimals', () => {
    const given = answers(
      choice('category', { Bug: 0.5, Question: 0.2, Spam: 0.15, Docs: 0.1, 'None of these': 0.05 }),
      choice('within Bug', { Crash: 1 / 3, 'Flaky test': 1 / 3, Bug: 1 / 3 }),
    )
    expect(readCategories(questions, given).probabilities).toEqual({
      ...{ Question: 0.2, Crash: 0.1667, 'Flaky test': 0.1667, Bug: 0.1667, Spam: 0.15 },
    })
  })

  const candidates: [string, DecisionAnswer[], string[]][] = [
    ['nothing where nothing fits', [choice('category', { 'None of these': 0.5, Bug: 0.4 })], []],
    [
      'the next ones, at most three',
      [choice('category', { Question: 0.3, Docs: 0.25, Spam: 0.25 })],
      ['also Spam', 'also Docs'],
    ],
    [
      'a sibling, but never what is above the first',
      [
        choice('category', { Bug: 0.9 }),
        choice('within Bug', { Crash: 0.5, Bug: 0.3, 'Flaky test': 0.2 }),
        choice('within Spam', { Spam: 1 }),
      ],
      ['also Flaky test'],
    ],
    [
      'never what is below the first',
      [
        choice('category', { Bug: 0.9 }),
        choice('within Bug', { Bug: 0.6, Crash: 0.4 }),
        choice('within Spam', { Spam: 1 }),
      ],
      [],
    ],
    [
      'the children of the chosen root, and of no other',
      [choice('category', { Spam: 0.6, Question: 0.3, Bug: 0.05 })],
      ['within Spam', 'also Question'],
    ],
  ]
  test.each(candidates)('what is left to ask: %s', (_name, given, left) => {
    expect(questionsLeft(questions, answers(...given), tree).map(({ name }) => name)).toEqual(left)
  })
})

describe('a score', () => {
  const score = (...probabilities: number[]): number | null => {
    const given = (name: string): DecisionAnswer => ({
      type: 'score',
      name,
      score: 0,
      probabilities,
      serverConfidence: null,
    })
    return readScores(answers(given('interest'), given('quality'))).interest
  }
  const cases: [string, number[], number][] = [
    ['the lowest band is its middle', [1, 0, 0, 0, 0], 1],
    ['the middle of a band is rounded up', [0, 1, 0, 0, 0], 4],
    ['the highest band', [0, 0, 0, 0, 1], 10],
    ['between two bands', [0, 0, 0.5, 0.5, 0], 7],
    ['as far as it is between them', [0.8, 0.2, 0, 0, 0], 2],
    ['undecided', [0.2, 0.2, 0.2, 0.2, 0.2], 6],
    ['what was rounded to less than 1 is weighed all the same', [0, 0, 0.48, 0.48, 0], 7],
  ]
  test.each(cases)('%s', (_name, probabilities, expected) => {
    expect(score(...probabilities)).toBe(expected)
  })

  test('never falls when more of the probability lies higher', () => {
    const steps = Array.from({ length: 401 }, (_, step) => {
      const level = step / 100
      const below = Math.min(3, Math.floor(level))
      const shares = [0, 0, 0, 0, 0]
      shares[below] = 1 - (level - below)
      shares[below + 1] = level - below
      return score(...shares)
    })
    expect(steps).toEqual(steps.toSorted((one, other) => (one ?? 0) - (other ?? 0)))
    expect([steps[0], steps.at(-1)]).toEqual([1, 10])
  })
})

describe('the plan of the requests', () => {
  const both = ['categorization', 'scoring'] as const
  const plans: [string, DecisionLimits, object][] = [
    ['without limits everything is in one', {}, { asksWithinLater: false }],
    ['just as many questions as there are', { questions: 5 }, { asksWithinLater: false }],
    ['one less', { questions: 4 }, { asksWithinLater: true }],
    ['just as many options', { options: 5, levels: 5 }, { asksWithinLater: false }],
    ['a request that is too small for all of them and a usual text', { tokens: 1650 }, { asksWithinLater: true }],
  ]
  test.each(plans)('%s', (_name, limits, plan) => {
    expect(planDecisions(both, questions, tree, { limits, longestText: 2000 })).toMatchObject({ ok: true, plan })
  })

  const problems: [string, DecisionLimits, object][] = [
    ['options', { options: 4 }, { task: 'categorization', wanted: 5, most: 4 }],
    ['levels', { levels: 4 }, { task: 'scoring', wanted: 5, most: 4 }],
    ['too_large', { questions: 2 }, { task: 'categorization' }],
    ['too_large', { bytes: 1000 }, { task: 'categorization' }],
    ['too_large', { tokens: 600 }, { task: 'categorization' }],
  ]
  test.each(problems)('there is none: %s of %j', (problem, limits, facts) => {
    expect(planDecisions(both, questions, tree, { limits, longestText: 2000 })).toEqual({
      ok: false,
      problem,
      ...facts,
    })
  })
})

describe('the room of a text', () => {
  const texts: [string, string][] = [
    ['English', 'The window stays empty after the last update. '.repeat(20)],
    ['German', 'Nach der letzten Änderung bleibt das Fenster größtenteils leer. '.repeat(20)],
    ['Chinese', '更新后窗口保持空白。'.repeat(60)],
    ['signs in pairs', '😀'.repeat(200)],
    ['quotation marks and lines', '"\\\n'.repeat(200)],
  ]
  test.each(texts)('%s: what is sent fits, and ends marked', (_name, text) => {
    const room = { tokens: 200, bytes: 500 }
    const sent = fitText(text, room)
    expect(sent.endsWith('\n\n[…]')).toBe(true)
    expect(sent.isWellFormed()).toBe(true)
    expect(cautiousTokens(sent)).toBeLessThanOrEqual(room.tokens + 5)
    expect(bytesInJson(sent)).toBeLessThanOrEqual(room.bytes + 10)
    expect(sent.length).toBeGreaterThan(30)
    expect(fitText(text, { tokens: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY })).toBe(text)
  })

  test.each(texts)('%s: as many bytes as JSON has', (_name, text) => {
    expect(bytesInJson(text)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(text)) - 2)
  })
})

describe('a profile that wants one category', () => {
  const one = compiled({ ...treeProfile, category_choice: { max: 1, further_from: 0.1 } })
  const work = { task: 'categorization', items: [{ key: 'k7q', text: 'x' }], profile: one } as const

  test('says so to a model that answers in text, and takes no more from it', () => {
    const { system, schema } = buildPrompt(work, 'markmark')
    expect(system).toContain('"categories": 1 name from')
    expect(JSON.stringify(schema)).toContain('"maxItems":1')
    const text = JSON.stringify({ verdicts: { k7q: { categories: ['Bug', 'Docs'], confidence: 1, suggested: null } } })
    const parsed = parseCategoryVerdicts(text, work)
    expect(parsed.ok && [...parsed.verdicts.values()][0]?.categories).toEqual(['Bug'])
  })
})
