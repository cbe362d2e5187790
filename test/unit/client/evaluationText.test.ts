import { expect, it, vi } from 'vitest'
import type { CandidateReport, EvaluationReport } from '../../../protocol/evaluation.ts'
import { fail } from '../../../shared/fail.ts'

vi.mock('vscode', () => ({
  env: { language: 'en' },
  l10n: {
    t: (text: string, ...values: unknown[]) => text.replace(/\{(\d+)\}/g, (_, place) => String(values[Number(place)])),
  },
}))

const { evaluationText } = await import('../../../client/evaluation/evaluationText.ts')

const builtin: CandidateReport = {
  candidate: { provider: 'builtin' },
  name: 'builtin/builtin',
  kind: 'builtin',
  runId: '01jd0000-abcd',
  state: 'done',
  reason: null,
  counts: { total: 4, ok: 3, failed: 1, skipped: 0, waiting: 0 },
  categorization: {
    items: 4,
    failed: 1,
    accuracy: 0.5,
    jaccard: 0.625,
    micro: { precision: 0.75, recall: 0.6, f1: 0.667 },
    macro: { precision: 0.7, recall: 0.65, f1: 0.61 },
    kappa: 0.43,
    kappaByLabel: 0.38,
    labels: [
      { label: 'Crash', support: 2, given: 1, precision: 1, recall: 0.5, f1: 0.5, kappa: 0.4 },
      { label: 'Spam\u202e\n  fake', support: 1, given: 0, precision: null, recall: 0, f1: null, kappa: null },
    ],
    confusion: [
      { expected: 'Crash', given: 'Crash', failed: false, items: 1 },
      { expected: 'Crash', given: 'Spam', failed: false, items: 1 },
      { expected: null, given: null, failed: false, items: 1 },
      { expected: 'Spam', given: null, failed: true, items: 1 },
    ],
  },
  scoring: {
    items: 3,
    failed: 0,
    interest: { items: 3, meanAbsolute: 1.5, bias: 0.5 },
    quality: null,
    score: { items: 3, meanAbsolute: 2.25, bias: -2 },
  },
  costUsd: 0,
  input: 0,
  output: 0,
  latencyMs: { p50: 0.2, p95: 12 },
  reused: 2,
}

const routes: CandidateReport = {
  ...builtin,
  candidate: { provider: null },
  name: 'cloud/a + cloud/b',
  costUsd: null,
  input: 1200,
  output: 34,
  reused: 0,
  latencyMs: { p50: 820, p95: 2300 },
}

const report: EvaluationReport = {
  id: '20261121t010000000z-abcdef',
  reason: null,
  state: 'completed',
  golden: { path: '/work/.llm-providers/golden.jsonl', labels: 5, used: 4, broken: 1, unknownCategories: ['Gone'] },
  tasks: ['categorization', 'scoring'],
  candidates: [builtin, routes],
  startedAt: '2026-11-21T01:00:00.000Z',
  finishedAt: '2026-11-21T01:00:04.500Z',
}

const rowOf = (text: string, pattern: RegExp) => text.split('\n').find((line) => pattern.test(line)) ?? ''
const fields = (line: string) => line.trim().split(/ {2,}/)

it('tells what was compared, and what could not be', () => {
  const text = evaluationText(report)
  expect(text).toContain('4 of 5 labels in /work/.llm-providers/golden.jsonl')
  expect(text).toContain('1 line cannot be read')
  expect(text).toContain('Not in the profile, so no answer can be right: Gone')
  expect(text).toContain('took 4.5 s.')
})

it('puts the candidates side by side: categories, scores, calls', () => {
  const lines = evaluationText(report).split('\n')
  const under = (heading: RegExp) => lines.slice(lines.findIndex((line) => heading.test(line)))
  const categories = under(/^ {2}Categories .*accuracy +micro F1 +macro F1 +overlap +kappa$/)
  expect(fields(categories[2] ?? '')).toEqual(['builtin/builtin', '0.50', '0.67', '0.61', '0.63', '0.43'])
  const scores = under(/^ {2}Scores, mean error/)
  expect(fields(scores[2] ?? '')).toEqual(['builtin/builtin', '1.50 (+0.50)', '–', '2.25 (-2.00)'])
  const calls = under(/^ {2}Calls .*cost/)
  expect(fields(calls[2] ?? '')).toEqual(['builtin/builtin', '4', '1', '$0.00', 'under 1 ms', '12 ms', '0'])
  expect(fields(calls[3] ?? '')).toEqual(['Routes: cloud/a + cloud/b', '4', '1', 'unknown', '820 ms', '2.3 s', '1,234'])
})

it('compares the ways of asking one model, and says which to take', () => {
  const asText: CandidateReport = {
    ...routes,
    ...{ candidate: { provider: 'hop', model: 'small', ask: 'text' }, name: 'hop/small', asked: ['text'] },
    ...{ tokensPerItem: 1161.4, secondsPerItem: 12 },
    categorization: {
      ...builtin.categorization,
      calibrationError: 0.42,
      brier: 0.31,
    } as CandidateReport['categorization'],
  }
  const read: CandidateReport = {
    ...asText,
    ...{ candidate: { ...asText.candidate, ask: 'readout' }, asked: ['readout'], labelMass: 0.26 },
    ...{ tokensPerItem: 449, secondsPerItem: 0.9 },
  }
  const text = evaluationText({ ...report, candidates: [asText, read] })
  const lines = text.split('\n')
  const ways = lines.slice(lines.findIndex((line) => /^ {2}An item .*calibration error/.test(line)))
  expect(fields(ways[2] ?? '')).toEqual(['hop/small by text', 'text', '0.42', '0.31', '12.0 s', '1,161'])
  expect(fields(ways[3] ?? '')).toEqual(['hop/small by read-out', 'read-out', '0.42', '0.31', '900 ms', '449'])
  expect(text.replace(/\s+/g, ' ')).toContain(
    'Best for Categorization: hop/small by read-out (accuracy 0.50, the fastest of those that so few labels cannot tell apart)',
  )
  expect(text.replace(/\s+/g, ' ')).toContain('Only 0.26 of the probability was on the labels')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90)
})

it('draws F1 as bars and what was taken for what as a matrix', () => {
  const text = evaluationText({ ...report, candidates: [builtin] })
  expect(fields(rowOf(text, /^ {2}Crash /))).toEqual([
    'Crash',
    '2',
    '1',
    '1.00',
    '0.50',
    '0.50',
    '0.40',
    '━'.repeat(10),
  ])
  expect(text).toContain('Kappa by category, on average: 0.38')
  expect(text).toContain('2 results reused from earlier runs')
  expect(text).toContain('First category right: 2 of 4.')
  expect(fields(rowOf(text, / 1 {2}Crash/))).toEqual(['1', 'Crash', '1', '1', '·', '·'])
  expect(fields(rowOf(text, / 2 {2}Spam/))).toEqual(['2', 'Spam', '·', '·', '·', '1'])
  expect(fields(rowOf(text, / 3 {2}no category/))).toEqual(['3', 'no category', '·', '·', '1', '·'])
})

it('says where its figures are from, in lines that can be seen, and where the results are', () => {
  const text = evaluationText({ ...report, candidates: [builtin] })
  expect(text.replace(/\s+/g, ' ')).toContain('J. Cohen, 1960')
  expect(text.replace(/\s+/g, ' ')).toContain('zero_division=0')
  expect(text).toContain('  – stands where a figure is not defined')
  expect(text).toContain('  Results: 01jd0000-abcd')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(90)
})

it('tells what became of one whose server ended, or that could not be kept', () => {
  const interrupted = { ...builtin, state: 'interrupted' as const }
  const text = evaluationText({ ...report, state: 'interrupted', candidates: [interrupted], finishedAt: null })
  expect(text).toContain('Interrupted: the background server ended. Comparing again reuses what was judged.')
  expect(text).toContain('  It was interrupted: the background server ended.')
  const { reason } = fail({ code: 'store_failed', detail: 'the disk is full' })
  expect(evaluationText({ ...report, reason })).toContain('the disk is full')
})

it('puts the rarest categories of a large matrix together', () => {
  const confusion = Array.from({ length: 30 }, (_, place) => ({
    expected: `Category ${place}`,
    given: `Category ${place}`,
    failed: false,
    items: 100 - place,
  }))
  const categorization = { ...(builtin.categorization as NonNullable<typeof builtin.categorization>), confusion }
  const text = evaluationText({ ...report, candidates: [{ ...builtin, categorization }] })
  expect(text).toMatch(/12 Category 11 /)
  expect(text).not.toMatch(/Category 12/)
  const rest = confusion.slice(12).reduce((sum, { items }) => sum + items, 0)
  expect(rowOf(text, /13 all others/)).toContain(rest.toLocaleString('en-US'))
})

it('tells why a candidate has no figures', () => {
  const none = { input: 0, output: 0, categorization: null, scoring: null, counts: null, latencyMs: null, reused: 0 }
  const { reason } = fail({ code: 'secret_missing', provider: 'cloud', source: 'secret_store' })
  const failed: CandidateReport = { ...routes, ...none, state: 'failed', runId: null, name: 'the routes', reason }
  const text = evaluationText({ ...report, state: 'cancelled', candidates: [failed] })
  expect(text).toContain('Cancelled: the comparison covers what was judged by then.')
  expect(text).toContain('The routes as they are\n──')
  expect(text).toMatch(/It did not finish\.\n {2}.*"?cloud"?/)
  expect(fields(rowOf(text, /^ {2}The routes as they are {2}/))).toEqual([
    'The routes as they are',
    '0',
    '0',
    '–',
    '–',
    '–',
    '0',
  ])
})

it('keeps names of others on one line', () => {
  const text = evaluationText(report)
  expect(text).not.toContain('\u202e')
  expect(text).toContain('Spam fake')
})
