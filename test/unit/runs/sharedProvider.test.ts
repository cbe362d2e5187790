import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import type { RunRequest } from '../../../protocol/runs.ts'
import { AdaptiveLimiter, type LimiterShare } from '../../../server/engine/adaptiveLimiter.ts'
import { callsLeft, readRateLimits } from '../../../server/providers/rateLimits.ts'
import { fail } from '../../../shared/fail.ts'
import { createFakeClock } from '../../support/runs/fakeClock.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'
import { HeldCalls } from '../../support/runs/heldCalls.ts'

const never = new AbortController().signal

describe('the calls that a provider gets at the same time', () => {
  function open(first = 4, most = 8) {
    const clock = createFakeClock()
    const limiter = new AdaptiveLimiter(clock)
    const share = limiter.join({ weight: 1, concurrency: { first, most } })
    const fill = (): number => {
      let taken = 0
      while (share.tryAcquire()) taken++
      return taken
    }
    return { clock, limiter, share, fill }
  }

  test('grow by one for each round that went well, up to the most', () => {
    const { limiter, share, fill } = open()
    expect(fill()).toBe(4)
    for (let call = 0; call < 5; call++) limiter.succeeded()
    expect(limiter.limit()).toBe(5)
    for (let call = 0; call < 100; call++) {
      fill()
      limiter.succeeded()
    }
    expect(limiter.limit()).toBe(8)
    share.leave()
  })

  test('do not grow while they are not used', () => {
    const { limiter, share } = open()
    expect(share.tryAcquire()).toBe(true)
    for (let call = 0; call < 100; call++) limiter.succeeded()
    expect(limiter.limit()).toBe(4)
  })

  test('are halved when there were too many, and one is left at the least', () => {
    const { limiter } = open(8, 8)
    const sizes = [1, 2, 3, 4, 5].map(() => {
      limiter.overloaded()
      return limiter.limit()
    })
    expect(sizes).toEqual([4, 2, 1, 1, 1])
  })

  test('a run that joins soon after trouble does not start it again', () => {
    const { clock, limiter, share } = open(8, 8)
    limiter.overloaded()
    share.leave()
    const next = limiter.join({ weight: 1, concurrency: { first: 8, most: 8 } })
    expect(limiter.limit()).toBe(4)
    next.leave()
    clock.advance(61_000)
    limiter.join({ weight: 1, concurrency: { first: 8, most: 8 } })
    expect(limiter.limit()).toBe(8)
  })

  test('are held down for as long as the provider announced', () => {
    const { clock, limiter } = open(8, 8)
    limiter.limitTo(3, 5000)
    expect(limiter.limit()).toBe(3)
    clock.advance(5001)
    expect(limiter.limit()).toBe(8)
  })

  test.each([
    [1, 1, 50],
    [3, 1, 75],
    [9, 1, 90],
  ])('runs of weights %i and %i take turns: the first gets %i of 100', async (one, other, expected) => {
    const limiter = new AdaptiveLimiter(createFakeClock())
    const shares = [one, other].map((weight) => limiter.join({ weight, concurrency: { first: 2, most: 2 } }))
    const turns: number[] = []
    const ask = (share: LimiterShare, which: number): void => {
      void share.acquire(never).then(() => {
        turns.push(which)
        if (turns.length < 100) ask(share, which)
        share.release()
      })
    }
    shares.forEach((share, which) => {
      for (let worker = 0; worker < 4; worker++) ask(share, which)
    })
    await expect.poll(() => turns.length).toBeGreaterThanOrEqual(100)
    const first = turns.slice(0, 100).filter((which) => which === 0).length
    expect(Math.abs(first - expected)).toBeLessThanOrEqual(2)
  })

  test('whoever gives up waiting takes no place, and what a run that ends still has is free', async () => {
    const limiter = new AdaptiveLimiter(createFakeClock())
    const one = limiter.join({ weight: 1, concurrency: { first: 1, most: 1 } })
    const other = limiter.join({ weight: 1, concurrency: { first: 1, most: 1 } })
    expect(one.tryAcquire()).toBe(true)
    const givingUp = new AbortController()
    const first = other.acquire(givingUp.signal)
    const second = other.acquire(never)
    givingUp.abort()
    expect(await first).toBe(false)
    one.leave()
    expect(await second).toBe(true)
  })
})

describe('announced limits', () => {
  const now = Date.parse('2026-11-21T10:00:00Z')
  test.each([
    ['none', {}, []],
    [
      'the OpenAI family',
      {
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1m2s',
        'x-ratelimit-remaining-tokens': '0',
      },
      [{ counts: 'requests', left: 59, resetMs: 62_000 }],
    ],
    [
      'bare seconds',
      { 'x-ratelimit-remaining-tokens': '1200', 'x-ratelimit-reset-tokens': '7.5' },
      [{ counts: 'tokens', left: 1200, resetMs: 7500 }],
    ],
    [
      'Anthropic',
      {
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-21T10:00:30Z',
        'anthropic-ratelimit-requests-remaining': '3',
        'anthropic-ratelimit-requests-reset': '2026-11-21T09:59:00Z',
      },
      [{ counts: 'tokens', left: 0, resetMs: 30_000 }],
    ],
    ['nonsense', { 'x-ratelimit-remaining-requests': '-1', 'x-ratelimit-reset-requests': 'soon' }, []],
  ])('of %s', (_, headers, expected) => {
    expect(readRateLimits(headers, now)).toEqual(expected)
  })

  test('leave as many calls as the narrowest one allows', () => {
    const limits = [
      { counts: 'requests' as const, left: 50, resetMs: 1000 },
      { counts: 'tokens' as const, left: 1000, resetMs: 9000 },
    ]
    expect(callsLeft(limits, 300)).toEqual({ calls: 3, resetMs: 9000 })
    expect(callsLeft(limits, null)).toEqual({ calls: 50, resetMs: 1000 })
    expect(callsLeft([], 300)).toBeNull()
  })
})

describe('runs of one provider', () => {
  let harness: Harness
  afterEach(() => harness.dispose())

  const rows = (count: number, name: string) =>
    jsonLines(Array.from({ length: count }, (_, index) => ({ id: index + 1, text: `${name} ${index + 1}.` })))

  /** Two runs that start at the same moment need different ids. */
  function drawn(): () => number {
    let draws = 0
    return () => (++draws % 100) / 100
  }

  async function start(name: string, count: number, request: Partial<RunRequest> = {}): Promise<string> {
    const path = await harness.file(`${name}.jsonl`, rows(count, name))
    const started = await harness.runs.start(
      harness.request({
        source: { kind: 'paths', paths: [path] },
        tasks: ['categorization'],
        batchSize: 1,
        ...request,
      }),
    )
    if (!started.ok) throw new Error(started.reason.message)
    return started.value.runId
  }

  test('all wait when nobody is answered any more, and both say until when', async () => {
    let pausedAt: number | null = null
    let begin = (): void => undefined
    const bothStarted = new Promise<void>((resolve) => {
      begin = resolve
    })
    const during: number[] = []
    harness = await createHarness(
      async (request, call) => {
        await bothStarted
        const now = harness.clock.monotonic()
        if (pausedAt !== null && now < pausedAt + 30_000) during.push(call)
        await new Promise(setImmediate)
        if (call >= 9 && (pausedAt === null || now < pausedAt + 30_000)) {
          pausedAt ??= now
          return fail({ code: 'rate_limited', provider: 'fake', retryAfterMs: pausedAt + 30_000 - now })
        }
        return goodAnswer(request)
      },
      { random: drawn() },
    )
    const [one, other] = [await start('one', 30), await start('other', 30)]
    begin()
    expect(await harness.ended(one)).toMatchObject({ state: 'completed', counts: { ok: 30 } })
    expect(await harness.ended(other)).toMatchObject({ state: 'completed', counts: { ok: 30 } })
    // Only those that were under way already.
    expect(during.length).toBeLessThanOrEqual(4)
    for (const runId of [one, other]) {
      expect(harness.views.some((view) => view.runId === runId && view.parkedUntil !== null)).toBe(true)
    }
  })

  test('share its calls by their priority', async () => {
    const calls = new HeldCalls()
    let underWay = 0
    let most = 0
    const order: string[] = []
    harness = await createHarness(
      async (request) => {
        most = Math.max(most, ++underWay)
        order.push(request.work.items[0]?.text.split(' ')[0] ?? '')
        await calls.hold()
        underWay--
        return goodAnswer(request)
      },
      { random: drawn() },
    )
    // No place is given away because a worker took long to write its results down.
    harness.clock.freeze()
    const low = await start('low', 300, { priority: 'low', concurrency: 4 })
    await calls.reached(1)
    calls.release()
    await calls.reached(4)
    const high = await start('high', 300, { priority: 'high', concurrency: 4 })
    const callsSinceHigh = () => (order.includes('high') ? order.length - order.indexOf('high') : 0)
    while (callsSinceHigh() < 210) {
      calls.release()
      await calls.reached(4)
    }
    calls.open()
    await Promise.all([harness.ended(low), harness.ended(high)])
    expect(most).toBe(4)
    const begin = order.indexOf('high')
    const shared = order.slice(begin + 10, begin + 210)
    const highs = shared.filter((name) => name === 'high').length
    // Nine of ten, as their weights are.
    expect(Math.abs(highs - 180)).toBeLessThanOrEqual(2)
  })

  test('make fewer calls at once after a rate limit, and more again when it goes well', async () => {
    let underWay = 0
    let wasLimited = false
    let first: number | null = null
    const seen: number[] = []
    const together = createTogether()
    harness = await createHarness(async (request, call) => {
      seen.push(++underWay)
      if (wasLimited) first ??= call
      await together(wantedTogether(call, first))
      underWay--
      if (call !== 40) return goodAnswer(request)
      wasLimited = true
      return fail({ code: 'rate_limited', provider: 'fake', retryAfterMs: 1000 })
    })
    await harness.ended(await start('a', 400, { concurrency: 16 }))
    const after = first ?? Number.NaN
    expect(Math.max(...seen.slice(0, 40))).toBeGreaterThanOrEqual(14)
    expect(Math.max(...seen.slice(after, after + 8))).toBeLessThanOrEqual(9)
    expect(Math.max(...seen.slice(300))).toBeGreaterThan(9)
  })

  /** Calls that end as soon as so many are under way, the oldest first, however long the others take to come. */
  function createTogether(): (count: number) => Promise<void> {
    const waiting: (() => void)[] = []
    return async (count) => {
      // Long enough for every call that may come: one too many would be seen.
      if (count === 0) for (let turns = 0; turns < 25; turns++) await new Promise(setImmediate)
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        while (waiting.length > 0 && waiting.length >= count) waiting.shift()?.()
      })
    }
  }

  /** `first` is the call that goes alone after the pause; 0: the call does not wait for others. */
  function wantedTogether(call: number, first: number | null): number {
    if (first === null) return call > 1 && call < 40 ? 14 : 1
    const since = call - first
    if (since === 0 || since > 320) return 1
    if (since <= 8) return 0
    return since < 150 ? 8 : 10
  }

  test('wait when an answer says that none is left, before any is refused', async () => {
    const times: number[] = []
    harness = await createHarness(async (request, call) => {
      times.push(harness.clock.monotonic())
      const answer = goodAnswer(request)
      if (!answer.ok || call !== 5) return answer
      return succeed({ ...answer.value, limits: [{ counts: 'requests' as const, left: 0, resetMs: 20_000 }] })
    })
    await harness.ended(await start('a', 12, { concurrency: 1 }))
    expect(times[4]).toBeLessThan(20_000)
    expect(times[5]).toBeGreaterThanOrEqual(20_000)
    expect(harness.calls).toHaveLength(12)
  })

  test('the last item, if it alone times out, fails alone', async () => {
    harness = await createHarness((request) =>
      request.work.items.some(({ text }) => text === 'a 12.')
        ? fail({ code: 'timeout', provider: 'fake', endpoint: 'http://127.0.0.1:9', phase: 'total', afterMs: 1 })
        : goodAnswer(request),
    )
    const view = await harness.ended(await start('a', 12, { batchSize: 5, concurrency: 2 }))
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 11, failed: 1 } })
  })

  test('an outage of a provider that never answered still stops the run', async () => {
    harness = await createHarness(() =>
      fail({ code: 'timeout', provider: 'fake', endpoint: 'http://127.0.0.1:9', phase: 'total', afterMs: 1 }),
    )
    const view = await harness.ended(await start('a', 1))
    expect(view).toMatchObject({ state: 'stopped', reason: { code: 'timeout' }, counts: { failed: 0 } })
  })

  test('a pause that is longer than a run may be parked stops it with the limits as they are', async () => {
    harness = await createHarness(() => fail({ code: 'rate_limited', provider: 'fake', retryAfterMs: 4 * 3_600_000 }))
    const view = await harness.ended(await start('a', 3))
    expect(view).toMatchObject({ state: 'stopped', reason: { code: 'rate_limited', retryAfterMs: 4 * 3_600_000 } })
  })
})
