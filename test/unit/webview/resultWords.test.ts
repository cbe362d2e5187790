import { expect, test, vi } from 'vitest'
import { viewOfRun } from '../../support/runs/viewOfRun.ts'

vi.stubGlobal('document', { documentElement: { lang: 'en' } })
const { formatCategories, formatCategory, runCountsText } = await import('../../../webview/results/describeResult.ts')

const none = { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 }

test.each([
  ['completed', { total: 1_207, ok: 1_203, failed: 4 }, '1,203 ok, 4 failed'],
  ['running', { total: 60_000, ok: 8_390, failed: 10, waiting: 51_600 }, '8,400 of 60,000 · 14 % · 10 failed'],
  ['running', { ok: 8_400 }, '8,400 done'],
] as const)('%s with %j', (state, counts, told) => {
  expect(runCountsText(viewOfRun({ state, counts: { ...none, ...counts } }))).toBe(told)
})

test('an item without a category has one name wherever it is told', () => {
  expect([formatCategories([]), formatCategory(null)]).toEqual(['no category', 'no category'])
})
