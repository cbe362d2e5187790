import { expect, test } from 'vitest'
import { planWait } from '../../../server/domain/retryRules.ts'
import { createProviderGates } from '../../../server/runs/engine/providerGate.ts'
import { createFakeClock } from '../../support/runs/fakeClock.ts'

const never = new AbortController().signal

async function open() {
  const clock = createFakeClock()
  const told: [provider: string, ms: number][] = []
  const gateOf = createProviderGates({
    ...{ clock, random: () => 0, plan: planWait, longestParkMs: 3_600_000 },
    onPauseAsked: (provider, ms) => told.push([provider, ms]),
  })
  const door = gateOf('work').join({ weight: 1, concurrency: { first: 4, most: 4 }, onPause: () => undefined })
  const first = await door.enter(never, false)
  if (!first) throw new Error('nobody aborted')
  door.answered(first)
  const enter = async () => (await door.enter(never, false)) ?? { wave: -1 }
  return { clock, told, door, enter, endPause: gateOf('work').endPause }
}

test('a provider that is overloaded and says for how long is told of once, however many calls hear it', async () => {
  const { told, door, enter } = await open()
  const calls = [await enter(), await enter(), await enter()]
  for (const [at, ticket] of calls.entries()) door.failed(ticket, 30_000 + at, false)
  expect(told).toEqual([['work', 30_000]])
})

test('a pause that somebody found to be over ends for those who wait, one call first', async () => {
  const { clock, door, enter, endPause } = await open()
  door.failed(await enter(), 3_600_000, false)
  clock.freeze()
  const waiting = enter()
  endPause()
  const first = await waiting
  expect(clock.monotonic()).toBeLessThan(3_600_000)
  door.answered(first)
  await enter()
})

test('a limit that is used up is told of, and again when it is used up the next time', async () => {
  const { clock, told, door } = await open()
  door.announced(0, 60_000)
  door.announced(0, 59_000)
  expect(told).toEqual([['work', 60_000]])
  clock.advance(61_000)
  door.announced(0, 60_000)
  expect(told).toHaveLength(2)
})

test('the gate opens no sooner than whoever was told counts to', async () => {
  const { clock, door, enter, told } = await open()
  let others = 0
  // Telling takes time of its own.
  told.push = (...more) => {
    clock.advance(5)
    others = clock.monotonic() + (more[0]?.[1] ?? 0)
    return more.length
  }
  door.announced(0, 60_000)
  await enter()
  expect(clock.monotonic()).toBeGreaterThanOrEqual(others)
  expect(others).toBeGreaterThan(0)
})

test('a wish for clearly longer is news', async () => {
  const { told, door, enter } = await open()
  const calls = [await enter(), await enter()]
  door.failed(calls[0] ?? { wave: -1 }, 20_000, true)
  door.failed(calls[1] ?? { wave: -1 }, 45_000, true)
  expect(told).toEqual([
    ['work', 20_000],
    ['work', 45_000],
  ])
})

test('short pauses, calls that are left, and what nobody asked for are not told', async () => {
  const { told, door, enter } = await open()
  door.announced(3, 60_000)
  door.announced(0, 9_999)
  door.failed(await enter(), 9_999, true)
  for (let tries = 0; tries < 12; tries++) door.failed({ wave: 2 + tries }, null, true)
  expect(told).toEqual([])
})
