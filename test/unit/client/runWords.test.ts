import { expect, test, vi } from 'vitest'
import type { RunCounts } from '../../../protocol/runs.ts'

vi.mock('vscode', () => ({
  env: { language: 'en' },
  l10n: {
    t: (text: string, ...values: unknown[]) => text.replace(/\{(\d+)\}/g, (_, place) => String(values[Number(place)])),
  },
}))

const { runCountsText } = await import('../../../client/describe/describeRun.ts')

const none: RunCounts = { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 }

test.each([
  [{ total: 12, ok: 11, failed: 1 }, '12 items: 11 ok, 1 failed'],
  [{ total: 1, ok: 1 }, '1 item: 1 ok'],
  [{ total: 60_000, ok: 60_000 }, '60,000 items: 60,000 ok'],
  [{ total: 60_000, ok: 8_390, failed: 10, waiting: 5 }, '8,400 of 60,000 items: 8,390 ok, 10 failed, 5 waiting'],
  [{ total: 1, waiting: 1 }, '0 of 1 item: 0 ok, 1 waiting'],
  // Its source was not read to the end.
  [{ ok: 8_400, waiting: 1_200 }, '8,400 items so far: 8,400 ok, 1,200 waiting'],
])('%j', (counts, told) => {
  expect(runCountsText({ ...none, ...counts })).toBe(told)
})
