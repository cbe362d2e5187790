import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import type { Completion, CompletionRequest } from '../../../server/providers/adapter.ts'
import type { Store } from '../../../server/store/store.ts'
import { readUsage } from '../../../server/store/usageTable.ts'
import { UsageMeter } from '../../../server/usage/usageMeter.ts'
import { createHandClock } from '../../support/health/handClock.ts'
import { StoreFolders } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
let dataDir: string
beforeEach(() => {
  dataDir = folders.make()
})
afterEach(() => folders.dispose())

const never = new AbortController().signal
/** A dollar a million tokens out, nothing in: a call of a thousand tokens may cost 0.001. */
const pricing = { input: 0, output: 1 }
const route = { provider: 'paid', model: 'm', endpoint: 'https://api.example/v1' }

function requestOf(maxOutputTokens: number): CompletionRequest {
  const profile = {} as never
  return {
    model: 'm',
    system: '',
    prompt: '',
    output: { name: 'answer', schema: {} },
    mode: 'json',
    maxOutputTokens,
    thinking: undefined,
    work: { task: 'scoring', items: [{ key: '1', text: 'x' }], profile },
  }
}

/** One process: a meter on its own view of the store, and a provider that takes as many tokens of those it may as it is told. */
async function startProcess(store: Store, dailyCapUsd: number, clock = createHandClock()) {
  const meter = new UsageMeter({ store, now: clock.now, timers: clock.timers, onWritten: () => {}, log: () => {} })
  let share = 1
  let charged = 0
  let isTelling = true
  const metered = await meter.meter(
    {
      outputModes: ['json'],
      mostOutputTokens: ({ maxOutputTokens }) => maxOutputTokens,
      async complete({ maxOutputTokens }) {
        const output = Math.floor(maxOutputTokens * share)
        charged += output / 1e6
        const told = isTelling ? output : null
        const completion: Completion = { text: '', usage: { input: 0, output: told, cached: null }, latencyMs: 1 }
        return succeed(completion)
      },
    },
    {
      model: route,
      pricing,
      dailyCapUsd,
    },
  )
  if (!metered.ok) throw new Error(metered.reason.message)
  const judge = metered.value
  return {
    meter,
    clock,
    charged: () => charged,
    tellNothing() {
      isTelling = false
    },
    call(tokens: number, part = 1) {
      share = part
      return judge.complete(requestOf(tokens), never)
    },
  }
}

function spentToday(store: Store): number {
  const { rows } = store.read((database) => readUsage(database, '2026-11-21', { groupBy: [] }))
  return rows[0]?.costUsd ?? 0
}

describe('a daily cap', () => {
  it('stops the call that could pass it, and says the cap, what was spent and what it might have cost', async () => {
    const { call, meter } = await startProcess(await folders.open(dataDir), 0.0025)
    expect(await call(1000)).toMatchObject({ ok: true, value: { costUsd: 0.001 } })
    expect(await call(1000)).toMatchObject({ ok: true })
    expect(await call(1000)).toMatchObject({
      ok: false,
      reason: { code: 'spend_cap', scope: 'day', provider: 'paid', capUsd: 0.0025, spentUsd: 0.002, neededUsd: 0.001 },
    })
    expect(await call(400)).toMatchObject({ ok: true })
    await meter.close()
  })

  it('counts what other processes spent, and what they may still spend', async () => {
    const one = await startProcess(await folders.open(dataDir), 0.01)
    const other = await startProcess(await folders.open(dataDir), 0.01)
    expect(await one.call(6000)).toMatchObject({ ok: true })
    expect(await other.call(6000)).toMatchObject({ ok: false, reason: { code: 'spend_cap' } })
    await one.meter.close()
    expect(await other.call(4000)).toMatchObject({ ok: true })
    expect(await other.call(1)).toMatchObject({ ok: false, reason: { code: 'spend_cap', spentUsd: 0.01 } })
  })

  it('still counts what a process had set aside that never came back', async () => {
    const dead = await startProcess(await folders.open(dataDir), 0.01)
    await dead.call(1000)
    const next = await startProcess(await folders.open(dataDir), 0.01)
    let total = 0
    while ((await next.call(500)).ok) total += 0.0005
    expect(total).toBeLessThanOrEqual(0.009)
  })

  it('counts all that a call may have cost when its provider told nothing, for every process', async () => {
    const one = await startProcess(await folders.open(dataDir), 0.01)
    one.tellNothing()
    expect(await one.call(6000, 0.1)).toMatchObject({ ok: true })
    await one.meter.close()
    const other = await startProcess(await folders.open(dataDir), 0.01)
    expect(await other.call(5000)).toMatchObject({ ok: false, reason: { code: 'spend_cap' } })
    expect(await other.call(4000)).toMatchObject({ ok: true })
  })

  it('begins anew with each day', async () => {
    const clock = createHandClock(Date.parse('2026-11-21T23:59:00Z'))
    const { call } = await startProcess(await folders.open(dataDir), 0.001, clock)
    expect(await call(1000)).toMatchObject({ ok: true })
    expect(await call(1000)).toMatchObject({ ok: false })
    await clock.advanceTo(120_000)
    expect(await call(1000)).toMatchObject({ ok: true })
  })

  it('cannot be kept without a price, so nothing starts', async () => {
    const store = await folders.open(dataDir)
    const clock = createHandClock()
    const meter = new UsageMeter({ store, now: clock.now, timers: clock.timers, onWritten: () => {}, log: () => {} })
    const metered = await meter.meter(
      { outputModes: ['json'], mostOutputTokens: () => 1, complete: () => Promise.reject(new Error('called')) },
      {
        model: route,
        dailyCapUsd: 1,
      },
    )
    expect(metered).toMatchObject({
      ok: false,
      reason: { code: 'spend_cap', scope: 'day', capUsd: 1, neededUsd: null, action: { id: 'editProvider' } },
    })
  })

  it('is never passed by two processes that spend at the same time, and leaves nothing set aside', async () => {
    const call = fc.record({
      who: fc.boolean(),
      tokens: fc.integer({ min: 1, max: 3000 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(call, { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 12 }),
        async (waves, capMillis) => {
          const folder = folders.make()
          const capUsd = capMillis / 1000
          const stores = [await folders.open(folder), await folders.open(folder)] as const
          const processes = await Promise.all(stores.map((store) => startProcess(store, capUsd)))
          const charged = () => processes.reduce((sum, each) => sum + each.charged(), 0)
          for (const wave of waves) {
            await Promise.all(wave.map(({ who, tokens, part }) => processes[who ? 1 : 0]?.call(tokens, part)))
            expect(charged()).toBeLessThanOrEqual(capUsd + 1e-12)
          }
          for (const { meter } of processes) await meter.close()
          expect(spentToday(stores[0])).toBeCloseTo(charged(), 9)
          // All that is left can be spent by the other one.
          const left = Math.floor((capUsd - charged()) * 1e6 - 1)
          if (left > 0) expect(await processes[0]?.call(left)).toMatchObject({ ok: true })
          for (const store of stores) await store.close()
        },
      ),
      { numRuns: 15 },
    )
  }, 60_000)
})
