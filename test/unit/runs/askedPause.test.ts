import { describe, expect, test } from 'vitest'
import { planParking, planWait } from '../../../server/domain/retryRules.ts'
import type { Permit } from '../../../server/engine/breakerHandle.ts'
import { createCircuitBreakers } from '../../../server/engine/circuitBreaker.ts'
import { createFakeClock } from '../../support/runs/fakeClock.ts'

const never = new AbortController().signal

async function open(random = 0) {
  const clock = createFakeClock()
  const told: [provider: string, ms: number][] = []
  const breakerOf = createCircuitBreakers({
    ...{ clock, random: () => random, plan: planWait, planParking, longestParkMs: 3_600_000 },
    onPauseAsked: (provider, ms) => told.push([provider, ms]),
  })
  const handle = breakerOf('work').join({ weight: 1, concurrency: { first: 4, most: 4 }, onPause: () => undefined })
  const first = await handle.acquire(never, false)
  if (!first) throw new Error('nobody aborted')
  handle.answered(first)
  const enter = async () => (await handle.acquire(never, false)) ?? { epoch: -1, number: -1 }
  return { clock, told, handle, enter, endPause: () => breakerOf('work').endPause() }
}

test('a provider that is overloaded and says for how long is told of once, however many calls hear it', async () => {
  const { told, handle, enter } = await open()
  const calls = [await enter(), await enter(), await enter()]
  for (const [at, permit] of calls.entries()) handle.failed(permit, 30_000 + at, 'outage')
  expect(told).toEqual([['work', 30_000]])
})

test('a pause that somebody found to be over ends for those who wait, one call first', async () => {
  const { clock, handle, enter, endPause } = await open()
  handle.failed(await enter(), 3_600_000, 'outage')
  clock.freeze()
  const waiting = enter()
  endPause()
  const first = await waiting
  expect(clock.monotonic()).toBeLessThan(3_600_000)
  handle.answered(first)
  await enter()
})

describe('a call that is refused', () => {
  test('while others are answered waits alone, as long as it was told, and fewer go at once', async () => {
    const { clock, handle, enter } = await open()
    const [refused, other] = [await enter(), await enter()]
    expect(handle.failed(refused, 30_000, 'refused')).toEqual({ kind: 'parked', ms: 30_000 })
    handle.answered(other)
    const before = clock.monotonic()
    const next = [await enter(), await enter()]
    expect(clock.monotonic() - before).toBeLessThan(1000)
    for (const permit of next) handle.answered(permit)
  })

  test('late, when others were answered since, does not hold them', async () => {
    const { clock, handle, enter } = await open()
    const [first, late] = [await enter(), await enter()]
    handle.failed(first, 1_000, 'refused')
    handle.answered(await enter())
    const before = clock.monotonic()
    expect(handle.failed(late, 30_000, 'refused')).toEqual({ kind: 'parked', ms: 30_000 })
    await enter()
    expect(clock.monotonic() - before).toBeLessThan(1000)
  })

  test('without a word on how long waits for a moment', async () => {
    const { handle, enter } = await open(0.5)
    const waits = [1, 2, 3].map(() => null)
    const permits = [await enter()]
    for (const [at] of waits.entries()) {
      expect(handle.failed(permits.pop() as Permit, null, 'refused', at + 1)).toEqual({
        kind: 'parked',
        ms: 50 * 2 ** at,
      })
      handle.answered(await enter())
      permits.push(await enter())
    }
  })

  test('as all of the same moment are holds everybody', async () => {
    const { clock, handle, enter } = await open()
    const calls = [await enter(), await enter(), await enter(), await enter()]
    expect(calls.map((permit) => handle.failed(permit, 5_000, 'refused').kind)).toEqual([
      'parked',
      'parked',
      'waiting',
      'waiting',
    ])
    const before = clock.monotonic()
    await enter()
    expect(clock.monotonic() - before).toBeGreaterThanOrEqual(5_000)
  })

  test('before any was answered holds everybody', async () => {
    const clock = createFakeClock()
    const breakerOf = createCircuitBreakers({
      ...{ clock, random: () => 0, plan: planWait, planParking, longestParkMs: 3_600_000 },
    })
    const handle = breakerOf('work').join({ weight: 1, concurrency: { first: 4, most: 4 }, onPause: () => undefined })
    const first = (await handle.acquire(never, false)) as Permit
    expect(handle.failed(first, 5_000, 'refused')).toEqual({ kind: 'waiting' })
    await handle.acquire(never, false)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(5_000)
  })
})

test('a model that loads is waited for, however often it is asked, but not for ever', async () => {
  const { clock, handle, enter } = await open()
  const looks: string[] = []
  for (let look = 0; look < 1000 && looks.at(-1) !== 'given_up'; look++) {
    looks.push(handle.failed(await enter(), null, 'loading').kind)
  }
  expect(looks.at(-1)).toBe('given_up')
  expect(clock.monotonic()).toBeGreaterThanOrEqual(15 * 60_000)
  expect(clock.monotonic()).toBeLessThan(25 * 60_000)
})

test('an answer that another call of ours broke off: from then on one call goes at a time', async () => {
  const { handle, enter } = await open()
  const [older, newer] = [await enter(), await enter()]
  expect(handle.interrupted(older)).toBe(true)
  let isIn = false
  const waiting = enter().then((permit) => {
    isIn = true
    return permit
  })
  await new Promise(setImmediate)
  expect(isIn).toBe(false)
  handle.answered(newer)
  // Nobody else was there this time.
  expect(handle.interrupted(await waiting)).toBe(false)
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
  handle.failed(calls[0] ?? { epoch: -1, number: -1 }, 20_000, 'overload')
  handle.failed(calls[1] ?? { epoch: -1, number: -1 }, 45_000, 'overload')
  expect(told).toEqual([
    ['work', 20_000],
    ['work', 45_000],
  ])
})

test('short pauses, calls that are left, and what nobody asked for are not told', async () => {
  const { told, handle, enter } = await open()
  handle.announced(3, 60_000)
  handle.announced(0, 9_999)
  handle.failed(await enter(), 9_999, 'overload')
  for (let tries = 0; tries < 12; tries++) handle.failed({ epoch: 2 + tries, number: 0 }, null, 'overload')
  expect(told).toEqual([])
})
