import { expect, it } from 'vitest'
import { JournaledSpending } from '../../../server/engine/runSpending.ts'
import { nothingUsed } from '../../../server/journal/journalLines.ts'

it('counts which calls a fallback of a gateway answered', () => {
  const spending = new JournaledSpending(0, nothingUsed)
  const call = { usage: { input: 5, output: 2, cached: null }, costUsd: null }
  spending.count(call)
  spending.count({ ...call, answeredBy: { model: 'gpt-x-2026', isFallback: false } })
  expect(spending.used).not.toHaveProperty('fallbacks')
  spending.count({ ...call, answeredBy: { model: 'second', isFallback: true } })
  spending.count({ ...call, answeredBy: { model: 'second', isFallback: true } })
  spending.count({ ...call, answeredBy: { model: null, isFallback: true } })
  spending.count(call)
  expect(spending.used).toMatchObject({ calls: 6, input: 30, fallbacks: { second: 2, '': 1 } })
})
