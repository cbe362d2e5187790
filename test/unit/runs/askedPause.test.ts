import { expect, test } from 'vitest'
import { planWait } from '../../../server/domain/retryRules.ts'
import { createCircuitBreakers } from '../../../server/engine/circuitBreaker.ts'
import { createFakeClock } from '../../support/runs/fakeClock.ts'

const never = new AbortController().signal

async function open() {
  const clock = createFakeClock()
  const told: [provider: string, ms: number][] = []
  const breakerOf = createCircuitBreakers({
    ...{ clock, random: () => 0, plan: planWait, longestParkMs: 3_600_000 },
    onPauseAsked: (provider, ms) => told.push([provider, ms]),
  })
  const handle = breakerOf('work').join({ weight: 1, concurrency: { first: 4, most: 4 }, onPause: () => undefined })
  const first = await handle.acquire(never, false)
  if (!first) throw new Error('nobody aborted')
  handle.answered(first)
  const enter = async () => (await handle.acquire(never, false)) ?? { epoch: -1 }
  return { clock, told, handle, enter, endPause: () => breakerOf('work').endPause() }
}

test('a provider that is overloaded and says for how long is told of once, however many calls hear it', async () => {
  const { told, handle, enter } = await open()
  const calls = [await enter(), await enter(), await enter()]
  for (const [at, permit] of calls.entries()) handle.failed(permit, 30_000 + at, false)
  expect(told).toEqual([['work', 30_000]])
})

test('a pause that somebody found to be over ends for those who wait, one call first', async () => {
  const { clock, handle, enter, endPause } = await open()
  handle.failed(await enter(), 3_600_000, false)
  clock.freeze()
  const waiting = enter()
  endPause()
  const first = await waiting
  expect(clock.monotonic()).toBeLessThan(3_600_000)
  handle.answered(first)
  await enter()
})

test('a pause that a late refusal asks for holds all calls, also when others were answered since', async () => {
  const { clock, handle, enter } = await open()
  const [refused, late] = [await enter(), await enter()]
  handle.failed(refused, 1_000, true)
  handle.answered(await enter())
  const before = clock.monotonic()
  handle.failed(late, 30_000, true)
  await enter()
  expect(clock.monotonic() - before).toBeGreaterThanOrEqual(30_000)
})

test('a limit that is used up is told of, and again when it is used up the next time', async () => {
  const { clock, told, handle } = await open()
  handle.announced(0, 60_000)
  handle.announced(0, 59_000)
  expect(told).toEqual([['work', 60_000]])
  clock.advance(61_000)
  handle.announced(0, 60_000)
  expect(told).toHaveLength(2)
})

test('calls go on no sooner than whoever was told counts to', async () => {
  const { clock, handle, enter, told } = await open()
  let others = 0
  // Telling takes time of its own.
  told.push = (...more) => {
    clock.advance(5)
    others = clock.monotonic() + (more[0]?.[1] ?? 0)
    return more.length
  }
  handle.announced(0, 60_000)
  await enter()
  expect(clock.monotonic()).toBeGreaterThanOrEqual(others)
  expect(others).toBeGreaterThan(0)
})

test('a wish for clearly longer is news', async () => {
  const { told, handle, enter } = await open()
  const calls = [await enter(), await enter()]
  handle.failed(calls[0] ?? { epoch: -1 }, 20_000, true)
  handle.failed(calls[1] ?? { epoch: -1 }, 45_000, true)
  expect(told).toEqual([
    ['work', 20_000],
    ['work', 45_000],
  ])
})

test('short pauses, calls that are left, and what nobody asked for are not told', async () => {
  const { told, handle, enter } = await open()
  handle.announced(3, 60_000)
  handle.announced(0, 9_999)
  handle.failed(await enter(), 9_999, true)
  for (let tries = 0; tries < 12; tries++) handle.failed({ epoch: 2 + tries }, null, true)
  expect(told).toEqual([])
})
