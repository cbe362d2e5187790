import { expect, test, vi } from 'vitest'
import { viewOfRun } from '../../support/runs/viewOfRun.ts'

vi.mock('vscode', () => ({
  env: { language: 'en' },
  l10n: {
    t: (text: string, ...values: unknown[]) => text.replace(/\{(\d+)\}/g, (_, place) => String(values[Number(place)])),
  },
}))

const { rowName, runEndText } = await import('../../../client/describe/describeRun.ts')

const none = { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 }

test.each([
  ['completed', { total: 12, ok: 11, failed: 1 }, '12 items: 11 ok, 1 failed'],
  ['completed', { total: 1, ok: 1 }, '1 item: 1 ok'],
  ['completed', { total: 50, ok: 50, reused: 48 }, '48 reused, 2 judged · 50 items: 50 ok'],
  ['running', { total: 60_000, ok: 8_390, failed: 10, waiting: 51_600 }, '8,400 of 60,000 · 14 % · 10 failed'],
  ['cancelled', { total: 3_000, ok: 575, reused: 48 }, '575 of 3,000 · 19 % · 48 reused'],
  // Nobody has counted its source.
  ['interrupted', { ok: 8_400 }, '8,400 done'],
] as const)('%s with %j', (state, counts, told) => {
  expect(runEndText(viewOfRun({ state, counts: { ...none, ...counts } }))).toBe(told)
})

test('a long name leaves room for how far its run is, and keeps its end, which tells files apart', () => {
  expect(rowName(viewOfRun({ source: 'kundenfeedback.csv' }))).toBe('kundenfeedback.csv')
  expect(rowName(viewOfRun({ source: 'export-of-all-customer-feedback-2026-11-part-07.jsonl' }))).toBe(
    'export-of-all-cu…1-part-07.jsonl',
  )
})
