import { beforeEach, describe, expect, test } from 'vitest'
import type { PullProgress } from '../../../protocol/models.ts'
import { type Outcome, succeed } from '../../../protocol/outcome.ts'
import { addStep, noProgress, Pulls } from '../../../server/models/pulls.ts'
import type { PullStep } from '../../../server/providers/adapter.ts'

const step = (completedBytes: number | null, totalBytes: number | null, digest: string | null = 'a'): PullStep => ({
  status: `pulling ${digest}`,
  digest,
  completedBytes,
  totalBytes,
})

describe('progress', () => {
  const after = (...steps: PullStep[]): PullProgress => steps.reduce(addStep, noProgress('p', 'm'))

  test.each<[string, PullStep[], Partial<PullProgress>]>([
    [
      'knows no bytes before the first layer',
      [step(null, null, null)],
      { completedBytes: null, totalBytes: null, layers: [] },
    ],
    ['begins a layer without a completed count', [step(null, 10)], { completedBytes: 0, totalBytes: 10 }],
    ['sums layers', [step(10, 10), step(5, 20, 'b')], { completedBytes: 15, totalBytes: 30 }],
    ['never goes back', [step(8, 10), step(null, null)], { completedBytes: 8, totalBytes: 10 }],
    ['is never more than whole', [step(12, 10)], { completedBytes: 12, totalBytes: 12 }],
    ['keeps its layers while it says other things', [step(5, 10), step(null, null, null)], { completedBytes: 5 }],
  ])('%s', (_, steps, expected) => {
    expect(after(...steps)).toMatchObject(expected)
  })

  test('holds only so many layers', () => {
    const steps = Array.from({ length: 500 }, (_, index) => step(1, 1, `layer ${index}`))
    expect(after(...steps).layers).toHaveLength(200)
  })
})

describe('pulls', () => {
  let told: PullProgress[]
  let now: number
  let planned: { at: number; work: () => void }[]
  let begun: { signal: AbortSignal; onStep: (step: PullStep) => void; end(outcome: Outcome<null>): void }[]
  let pulls: Pulls

  beforeEach(() => {
    told = []
    now = 0
    planned = []
    begun = []
    pulls = new Pulls({
      onProgress: (progress) => void told.push(progress),
      monotonicNow: () => now,
      after(delayMs, work) {
        const plan = { at: now + delayMs, work }
        planned.push(plan)
        const dispose = () => {
          planned = planned.filter((each) => each !== plan)
        }
        return { dispose }
      },
    })
  })

  function pass(ms: number): void {
    now += ms
    const due = planned.filter(({ at }) => at <= now)
    planned = planned.filter(({ at }) => at > now)
    for (const { work } of due) work()
  }

  const order = (model = 'm') => ({
    provider: 'p',
    model,
    start: (signal: AbortSignal, onStep: (step: PullStep) => void) =>
      new Promise<Outcome<null>>((resolve) => begun.push({ signal, onStep, end: resolve })),
  })
  const never = new AbortController().signal

  test('tell at most ten times a second, and the last step always', async () => {
    const done = pulls.pull(order(), never)
    for (let bytes = 0; bytes < 100; bytes++) {
      begun[0]?.onStep(step(bytes, 100))
      pass(10)
    }
    expect(told.length).toBeGreaterThan(5)
    expect(told.length).toBeLessThanOrEqual(11)
    begun[0]?.onStep(step(100, 100))
    begun[0]?.end(succeed(null))
    expect(await done).toEqual(succeed(null))
    expect(told.at(-1)?.completedBytes).toBe(100)
    expect(planned).toEqual([])
  })

  test('of one model are one, of two models two', async () => {
    const one = pulls.pull(order(), never)
    const same = pulls.pull(order(), never)
    void pulls.pull(order('other'), never)
    expect(begun).toHaveLength(2)
    begun[0]?.end(succeed(null))
    expect(await Promise.all([one, same])).toEqual([succeed(null), succeed(null)])
    void pulls.pull(order(), never)
    expect(begun).toHaveLength(3)
  })

  test('end when the last who waits goes away, and whoever comes after that begins anew', async () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const waiting = [pulls.pull(order(), first.signal), pulls.pull(order(), second.signal)]
    first.abort()
    expect(await waiting[0]).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
    expect(begun[0]?.signal.aborted).toBe(false)
    second.abort()
    expect(await waiting[1]).toMatchObject({ ok: false, reason: { code: 'cancelled' } })
    expect(begun[0]?.signal.aborted).toBe(true)
    void pulls.pull(order(), never)
    expect(begun).toHaveLength(2)
    begun[0]?.end(succeed(null))
    void pulls.pull(order(), never)
    expect(begun).toHaveLength(2)
  })

  test('all end with the server', () => {
    void pulls.pull(order(), never)
    void pulls.pull(order('other'), never)
    pulls.dispose()
    expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })
})
