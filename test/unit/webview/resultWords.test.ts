import { expect, test, vi } from 'vitest'
import type { RunCounts } from '../../../protocol/runs.ts'

vi.stubGlobal('document', { documentElement: { lang: 'en' } })
const { formatCategories, formatCategory, runCountsText } = await import('../../../webview/results/describeResult.ts')

const none: RunCounts = { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 }

test.each([
  [{ total: 1_207, ok: 1_203, failed: 4 }, '1,203 ok, 4 failed'],
  [{ total: 60_000, ok: 8_390, failed: 10, waiting: 5 }, '8,400 of 60,000: 8,390 ok, 10 failed, 5 waiting'],
  [{ ok: 8_400, waiting: 1_200 }, 'so far 8,400: 8,400 ok, 1,200 waiting'],
])('%j', (counts, told) => {
  expect(runCountsText({ ...none, ...counts })).toBe(told)
})

test('an item without a category has one name wherever it is told', () => {
  expect([formatCategories([]), formatCategory(null)]).toEqual(['no category', 'no category'])
})
