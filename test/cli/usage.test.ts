import { describe, expect, test } from 'vitest'
import { costText, usd } from '../../cli/describe/usageText.ts'
import { runCli } from '../../cli/runCli.ts'
import { requests } from '../../protocol/contract.ts'
import { succeed } from '../../protocol/outcome.ts'
import type { UsageRow } from '../../protocol/usage.ts'
import { fakeHost, hosting } from '../support/cli/fakeHost.ts'
import { fakeTerminal } from '../support/cli/fakeTerminal.ts'

const row: UsageRow = {
  day: null,
  provider: 'work',
  model: 'm',
  task: null,
  calls: 3,
  items: 12,
  input: 1200,
  output: 300,
  cached: 100,
  reasoning: 0,
  costUsd: 0.0123,
  unpricedCalls: 0,
}
const rows: UsageRow[] = [row, { ...row, provider: 'lab', calls: 2, costUsd: 0, unpricedCalls: 2 }]

/** Two pages of one row each. */
function usageServer() {
  return fakeHost({
    'usage/read': (params) => {
      const at = Number(params?.cursor ?? 0)
      return succeed({ rows: rows.slice(at, at + 1), next: at + 1 < rows.length ? String(at + 1) : null })
    },
  })
}

test('usage is a table over all pages with its sum, and an unknown price is said to be unknown', async () => {
  const terminal = fakeTerminal()
  const host = usageServer()
  const words = ['usage', '--days', '7', '--by', 'model,provider', '--provider', 'work']
  expect(await runCli(words, terminal, '0.0.0', hosting(host))).toBe(0)
  expect(terminal.out()).toBe(
    [
      'PROVIDER  MODEL  CALLS  ITEMS  INPUT  CACHED  OUTPUT  REASONING     COST',
      'work      m          3     12  1,200     100     300          0    $0.01',
      'lab       m          2     12  1,200     100     300          0  unknown',
      'In all 5 calls, 3,000 tokens, $0.01 + unknown (the price of 2 calls is not known)',
      '',
    ].join('\n'),
  )
  expect(host.requests[0]?.params).toMatchObject({ days: 7, groupBy: ['provider', 'model'], provider: 'work' })
})

test('usage in JSON is one page with all rows', async () => {
  const terminal = fakeTerminal()
  await runCli(['usage', '--json'], terminal, '0.0.0', hosting(usageServer()))
  expect(requests['usage/read'].result.parse(JSON.parse(terminal.out()))).toEqual(succeed({ rows, next: null }))
})

test('no usage is said to be none', async () => {
  const terminal = fakeTerminal()
  const host = fakeHost({ 'usage/read': () => succeed({ rows: [], next: null }) })
  await runCli(['usage'], terminal, '0.0.0', hosting(host))
  expect(terminal.out()).toBe('No calls in this period.\n')
})

describe('a cost', () => {
  test.each([
    [{ costUsd: 0, calls: 4, unpricedCalls: 0 }, '$0.00'],
    [{ costUsd: 0, calls: 4, unpricedCalls: 4 }, 'unknown'],
    [{ costUsd: 1.5, calls: 4, unpricedCalls: 1 }, '$1.50 + unknown'],
    [{ costUsd: 0, calls: 4, unpricedCalls: 1 }, '$0.00 + unknown'],
  ])('of %o is %s', (figures, told) => {
    expect(costText(figures)).toBe(told)
  })

  test.each([
    [0.000012, '$0.000012'],
    [0.01, '$0.01'],
    [1234.5, '$1,234.50'],
  ])('%d is told as %s', (amount, told) => {
    expect(usd(amount)).toBe(told)
  })
})
