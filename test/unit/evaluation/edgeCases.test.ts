import { describe, expect, test } from 'vitest'
import type { CandidateReport } from '../../../protocol/evaluation.ts'
import type { Label } from '../../../protocol/labels.ts'
import { Profile } from '../../../protocol/profile.ts'
import type { Receipt, ResultRecord } from '../../../protocol/results.ts'
import { type CategoryPair, cohenKappa, measureCategories } from '../../../server/domain/categoryMetrics.ts'
import { compileProfile } from '../../../server/domain/compileProfile.ts'
import { measureCandidate } from '../../../server/domain/measureCandidate.ts'
import { measureErrors } from '../../../server/domain/measureErrors.ts'
import { waitingReport } from '../../../server/evaluation/judgeCandidate.ts'
import { bestCandidates } from '../../../shared/bestCandidates.ts'

const compiled = compileProfile(Profile.parse({ categories: [{ name: 'Bug' }, { name: 'Docs' }] }))
if (!compiled.ok) throw new Error(compiled.reason.message)
const profile = compiled.value

const repeat = (pair: CategoryPair, count: number): CategoryPair[] => Array.from({ length: count }, () => pair)

describe('one class', () => {
  test('that is always right has no kappa, since chance alone agrees always', () => {
    const metrics = measureCategories(repeat({ expected: ['Bug'], given: ['Bug'] }, 5))
    expect(metrics).toMatchObject({ accuracy: 1, kappa: null, kappaByLabel: null, micro: { f1: 1 }, macro: { f1: 1 } })
    expect(metrics.labels).toEqual([
      { label: 'Bug', support: 5, given: 5, precision: 1, recall: 1, f1: 1, kappa: null },
    ])
  })

  test('that was missed once has a kappa of 0: its one other answer is no better than chance', () => {
    const metrics = measureCategories([
      ...repeat({ expected: ['Bug'], given: ['Bug'] }, 4),
      { expected: ['Bug'], given: ['Docs'] },
    ])
    expect(metrics).toMatchObject({ accuracy: 0.8, kappa: 0 })
    expect(metrics.labels.find(({ label }) => label === 'Docs')).toMatchObject({
      support: 0,
      recall: null,
      precision: 0,
    })
  })

  test('that is expected, and never given, is told as missed and not as undefined', () => {
    const metrics = measureCategories(repeat({ expected: ['Bug'], given: [] }, 3))
    expect(metrics).toMatchObject({ accuracy: 0, jaccard: 0, micro: { precision: null, recall: 0, f1: 0 } })
    expect(metrics.macro).toEqual({ precision: 0, recall: 0, f1: 0 })
    expect(metrics.kappa).toBe(0)
  })

  test('that nobody has, because nothing fits, is all right and says nothing of labels', () => {
    const metrics = measureCategories(repeat({ expected: [], given: [] }, 3))
    expect(metrics).toMatchObject({ accuracy: 1, jaccard: 1, kappa: null, labels: [] })
    expect(metrics.micro).toEqual({ precision: null, recall: null, f1: null })
    expect(metrics.macro).toEqual({ precision: null, recall: null, f1: null })
  })

  test('of failures alone is wrong throughout', () => {
    const metrics = measureCategories(repeat({ expected: ['Bug'], given: null }, 2))
    expect(metrics).toMatchObject({ failed: 2, accuracy: 0, jaccard: 0, kappa: 0 })
    expect(metrics.confusion).toEqual([{ expected: 'Bug', given: null, failed: true, items: 2 }])
  })
})

describe('ties', () => {
  test('are listed by name, however the items are ordered', () => {
    const pairs: CategoryPair[] = ['C', 'A', 'B'].map((name) => ({ expected: [name], given: [name] }))
    for (const order of [pairs, pairs.toReversed()]) {
      const { labels, confusion } = measureCategories(order)
      expect(labels.map(({ label }) => label)).toEqual(['A', 'B', 'C'])
      expect(confusion.map(({ expected }) => expected)).toEqual(['A', 'B', 'C'])
    }
  })

  test('of the first category count by what stands first, not by what is in common', () => {
    const metrics = measureCategories([
      { expected: ['A', 'B'], given: ['B', 'A'] },
      { expected: ['A'], given: ['A'] },
    ])
    // In any order they are the same categories; the first one is another.
    expect(metrics).toMatchObject({ accuracy: 1, jaccard: 1 })
    expect(metrics.confusion).toContainEqual({ expected: 'A', given: 'B', failed: false, items: 1 })
    expect(metrics.kappa).toBe(0)
  })
})

describe("Cohen's kappa", () => {
  test('of one judge who never varies is 0, and never a division by nothing', () => {
    expect(
      cohenKappa([
        ['a', 'a'],
        ['b', 'a'],
        ['c', 'a'],
      ]),
    ).toBe(0)
  })

  test('stays within -1 and 1, exactly, for perfect agreement and for perfect disagreement', () => {
    expect(cohenKappa(Array.from({ length: 999 }, (_, at) => [String(at % 7), String(at % 7)] as const))).toBe(1)
    expect(
      cohenKappa([
        ['a', 'b'],
        ['b', 'a'],
      ]),
    ).toBe(-1)
  })
})

describe('scores', () => {
  test('without any variance have an error of exactly their distance', () => {
    expect(measureErrors(Array.from({ length: 7 }, () => ({ expected: 5, given: 5 })))).toEqual({
      items: 7,
      meanAbsolute: 0,
      bias: 0,
    })
    expect(measureErrors(Array.from({ length: 7 }, () => ({ expected: 5, given: 8 })))).toEqual({
      items: 7,
      meanAbsolute: 3,
      bias: 3,
    })
  })

  test('that cancel each other out have no bias, and an error all the same', () => {
    expect(
      measureErrors([
        { expected: 2, given: 4 },
        { expected: 8, given: 6 },
      ]),
    ).toEqual({ items: 2, meanAbsolute: 2, bias: 0 })
  })

  test('that neither or only one has do not count', () => {
    expect(measureErrors([{ expected: null, given: null }])).toBeNull()
    expect(measureErrors([])).toBeNull()
  })
})

describe('a candidate', () => {
  const label = (part: Partial<Label>): Label => ({
    ...{ id: '1', inputHash: 'a'.repeat(64), source: 'x', text: 'a text', at: '2026-11-21T09:00:00.000Z' },
    ...{ categories: null, interest: null, quality: null },
    ...part,
  })
  const result = (part: Partial<ResultRecord> = {}): ResultRecord => ({
    ...{ runId: 'run-00000001', id: '1', inputHash: 'a'.repeat(64), status: 'ok', categories: ['Bug'], confidence: 1 },
    ...{ suggested: null, interest: 5, quality: 5, reasoning: null, score: 3.8, blockedBy: null, error: null },
    receipts: {},
    ...part,
  })
  const both = ['categorization', 'scoring'] as const

  test('without labels of a task has no figures of it, and none are made up', () => {
    const measured = measureCandidate([{ label: label({ interest: 5 }), result: result() }], both, profile)
    expect(measured.categorization).toBeNull()
    expect(measured.scoring).toMatchObject({ items: 1, interest: { items: 1 }, quality: null, score: null })
  })

  test('without any label has nothing at all', () => {
    expect(measureCandidate([], both, profile)).toEqual({
      ...{ categorization: null, scoring: null, costUsd: 0, input: 0, output: 0, latencyMs: null, reused: 0 },
      ...{ tokensPerItem: null, secondsPerItem: null, asked: [], labelMass: null },
    })
  })

  test('that came to nothing has no figures, and no wrong answers', () => {
    const measured = measureCandidate([{ label: label({ categories: ['Bug'] }), result: null }], both, profile)
    expect(measured).toMatchObject({ categorization: null, scoring: null, latencyMs: null })
  })

  const receipt = (part: Partial<Receipt>): Receipt => ({
    ...{ provider: 'p', kind: 'ollama', model: 'm', endpoint: null, rule: 'route', profileHash: '', promptHash: '' },
    ...{ outputMode: 'schema', batch: 1, attempts: 1, latencyMs: 1000, costUsd: null, at: '2026-11-21T09:00:00.000Z' },
    usage: { input: 100, output: 10, cached: null },
    ...part,
  })
  const answered = (part: Partial<Receipt>, scoring?: Partial<Receipt>) => ({
    label: label({ categories: ['Bug'] }),
    result: result({ receipts: { categorization: receipt(part), ...(scoring ? { scoring: receipt(scoring) } : {}) } }),
  })

  test.each<[string, ReturnType<typeof answered>[], object]>([
    ['its calls by the items that shared them', [answered({ batch: 5 })], { tokensPerItem: 22, secondsPerItem: 0.2 }],
    ['both tasks', [answered({}, { latencyMs: 500 })], { tokensPerItem: 220, secondsPerItem: 1.5, asked: ['text'] }],
    ['a call about both tasks once', [answered({}, { sharedCall: true })], { tokensPerItem: 110, secondsPerItem: 1 }],
    [
      'an item with the text of another one not at all',
      [answered({}), answered({ sharedWith: 'x' })],
      { tokensPerItem: 110, secondsPerItem: 1 },
    ],
    [
      'read-outs with how much of the probability was on their labels',
      [
        answered({ outputMode: 'readout', decision: { labelMass: 0.2 } }),
        answered({ outputMode: 'readout', decision: { labelMass: 0.4 } }),
      ],
      { asked: ['readout'], labelMass: expect.closeTo(0.3) },
    ],
    [
      'ways that changed',
      [answered({}), answered({ outputMode: 'decisions' })],
      { asked: ['decisions', 'text'], labelMass: null },
    ],
    [
      'usage that nobody told as unknown',
      [answered({ usage: { input: null, output: null, cached: null } })],
      { tokensPerItem: null },
    ],
  ])('counts %s', (_, pairs, expected) => {
    expect(measureCandidate(pairs, both, profile)).toMatchObject(expected)
  })

  test('whose items all failed is wrong throughout, and has no errors of scores', () => {
    const failed = result({ status: 'failed', categories: null, interest: null, quality: null, score: null })
    const said = label({ categories: ['Bug'], interest: 5, quality: 5 })
    const measured = measureCandidate([{ label: said, result: failed }], both, profile)
    expect(measured.categorization).toMatchObject({ items: 1, failed: 1, accuracy: 0 })
    expect(measured.scoring).toEqual({ items: 1, failed: 1, interest: null, quality: null, score: null })
  })

  test('is right about a name that is spelled otherwise, and never about one that the profile lacks', () => {
    const pair = (name: string) => ({ label: label({ categories: [name] }), result: result() })
    expect(measureCandidate([pair(' bUG ')], both, profile).categorization?.accuracy).toBe(1)
    expect(measureCandidate([pair('Kernel Panic')], both, profile).categorization).toMatchObject({
      accuracy: 0,
      labels: [
        { label: 'Kernel Panic', recall: 0 },
        { label: 'Bug', recall: null },
      ],
    })
  })
})

describe('the best', () => {
  /** Of 100 labels, at so many seconds an item. */
  const candidate = (
    name: string,
    accuracy: number | null,
    seconds: number | null,
    error?: number,
  ): CandidateReport => ({
    ...waitingReport({ provider: name }),
    ...{ state: 'done', secondsPerItem: seconds },
    categorization:
      accuracy === null ? null : { ...measureCategories(repeat({ expected: [], given: [] }, 100)), accuracy },
    scoring:
      error === undefined
        ? null
        : { items: 9, failed: 0, interest: null, quality: null, score: { items: 9, meanAbsolute: error, bias: 0 } },
  })
  const best = (...candidates: CandidateReport[]) =>
    bestCandidates({ candidates, tasks: ['categorization', 'scoring'] }).map(({ task, report, figure, isFastest }) => [
      ...[task, report.name, figure.value, isFastest],
    ])

  test.each<[string, CandidateReport[], unknown[]]>([
    [
      'is the most accurate one',
      [candidate('a', 0.9, 5), candidate('b', 0.7, 1)],
      [['categorization', 'a', 0.9, false]],
    ],
    // One standard error of 0.9 of 100 labels is 0.03.
    [
      'is the fastest of those that the labels cannot tell apart',
      [candidate('a', 0.9, 5), candidate('b', 0.88, 1), candidate('c', 0.86, 0.1)],
      [['categorization', 'b', 0.88, true]],
    ],
    [
      'is any of those that took no time that is known',
      [candidate('a', 0.9, null), candidate('b', 0.9, 2)],
      [['categorization', 'b', 0.9, true]],
    ],
    [
      'may be another one for each task',
      [candidate('a', 0.9, 1, 4), candidate('b', 0.5, 1, 2)],
      [
        ['categorization', 'a', 0.9, false],
        ['scoring', 'b', 2, false],
      ],
    ],
    ['is nobody where nobody was measured', [candidate('a', null, 1), candidate('b', null, 1)], []],
    ['is not told of one alone', [candidate('a', 1, 1), { ...candidate('b', 1, 1), state: 'cancelled' }], []],
  ])('%s', (_, candidates, expected) => {
    expect(best(...candidates)).toEqual(expected)
  })
})
