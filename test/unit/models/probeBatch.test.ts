import { expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import { measureBatch, mostBatchCalls } from '../../../server/models/probeBatch.ts'
import type { CompletionRequest } from '../../../server/providers/adapter.ts'
import { fail } from '../../../shared/fail.ts'

/** A model that knows fruit from animals; `change` spoils the verdict on one item, or leaves it out with null. */
async function measure(change: (at: number, of: number, label: string) => string | null = (_at, _of, label) => label) {
  const asked: number[] = []
  const outcome = await measureBatch(
    {
      ...{ model: 'm', parameters: {}, offered: ['schema' as const], topLogprobs: 0, canThink: false },
      drawMark: () => 'markmark',
      async complete({ work: { items } }: CompletionRequest) {
        asked.push(items.length)
        const verdicts = items.flatMap(({ key, text }, at) => {
          const isAnimal = /slept|woods|pond/.test(text)
          const label = change(at, items.length, isAnimal ? 'Animal' : 'Fruit')
          const scores = { interest: 5, quality: 5, reasoning: 'Plain.' }
          return label === null ? [] : [{ key, categories: label === '' ? [] : [label], confidence: 1, ...scores }]
        })
        const usage = { input: 1, output: 1, cached: null }
        return succeed({ text: JSON.stringify({ verdicts }), latencyMs: 1, usage })
      },
    },
    'schema',
  )
  if (!outcome.ok) throw new Error(outcome.reason.message)
  return { ...outcome.value, asked }
}

const other = (label: string) => (label === 'Fruit' ? 'Animal' : 'Fruit')

test.each<[string, Parameters<typeof measure>[0], number | null]>([
  ['who judges each item as it does alone can judge as many as are asked', undefined, 40],
  [
    'who leaves one out of a larger call can judge fewer',
    (at, of, label) => (of === 40 && at === 22 ? null : label),
    20,
  ],
  [
    'who judges one otherwise than alone can judge fewer',
    (at, of, label) => (of === 20 && at === 15 ? other(label) : label),
    10,
  ],
  [
    'who errs more can judge fewer, whichever the items are',
    (at, of, label) => (of > 5 && at % 5 === 2 ? other(label) : label),
    5,
  ],
  ['who always errs errs no more', (_at, _of, label) => other(label), 40],
  ['who cannot judge one alone is not compared', (_at, of) => (of === 1 ? null : 'Fruit'), null],
  ['who always says the same is no measure of anything but itself', () => '', 40],
])('%s', async (_name, change, batch) => {
  const found = await measure(change)
  expect(found.batch).toBe(batch)
  expect(found.asked.length).toBe(found.calls)
  expect(found.calls).toBeLessThanOrEqual(mostBatchCalls)
})

test('an outage is no measure', async () => {
  const { reason } = fail({
    code: 'timeout',
    provider: 'p',
    phase: 'connect',
    endpoint: 'http://127.0.0.1:1',
    afterMs: 1,
  })
  const outcome = await measureBatch(
    {
      ...{ model: 'm', parameters: {}, offered: ['schema' as const], topLogprobs: 0, canThink: false },
      drawMark: () => 'markmark',
      complete: async () => ({ ok: false, reason }),
    },
    'schema',
  )
  expect(outcome).toMatchObject({ ok: false, reason: { code: 'timeout' } })
})
