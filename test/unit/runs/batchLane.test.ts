import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import type { BatchPort } from '../../../server/engine/modelClient.ts'
import type { Clock } from '../../../server/files/clock.ts'
import type { BatchOutcome, NewBatch } from '../../../server/providers/batchApi.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness | null = null
afterEach(async () => {
  await harness?.dispose()
  harness = null
})

/** Time passes by the waits of who looks at batches, of five minutes at most; a longer wait ends when so much has passed. */
function pollingClock(): Clock {
  const start = Date.parse('2026-11-21T09:30:00Z')
  let time = 0
  let long: { at: number; finish(): void }[] = []
  return {
    now: () => start + time,
    monotonic: () => time,
    async wait(ms, signal) {
      if (signal.aborted) return
      if (ms > 300_000) {
        await new Promise<void>((resolve) => {
          long.push({ at: time + ms, finish: resolve })
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        return
      }
      await new Promise((resolve) => setImmediate(resolve))
      time += ms
      const due = long.filter(({ at }) => at <= time)
      long = long.filter(({ at }) => at > time)
      for (const { finish } of due) finish()
    },
  }
}

interface Played {
  clock: Clock
  looks: number
  cancelled: number
  single: number
  batches: NewBatch[]
  reserved: number[]
  settled: number[]
}

/** `outcome`: what a batch says of itself at a look; `share`: of its requests, those that it has answered. */
async function play(script: {
  outcome(played: Played): BatchOutcome
  share?: number
  capUsd?: number
  limits?: BatchPort['limits']
}): Promise<Played> {
  const clock = pollingClock()
  const played: Played = { clock, looks: 0, cancelled: 0, single: 0, batches: [], reserved: [], settled: [] }
  const lines = new Map<string, string[]>()
  const status = (outcome: BatchOutcome, name: string) => {
    const results = outcome === 'working' ? [] : [name]
    return succeed({ id: name, outcome, said: outcome, results, answered: null })
  }
  const reservation = (mostUsd: number) => {
    played.reserved.push(mostUsd)
    return { settle: (costUsd: number) => void played.settled.push(costUsd) }
  }
  const batch: BatchPort = {
    limits: script.limits ?? { requests: 100, bytes: 1_000_000 },
    capUsd: script.capUsd ?? null,
    prepare: async (customId) => ({ line: JSON.stringify({ customId }), mostUsd: 1 }),
    readLine: (line) => ({ customId: (line as { customId: string }).customId, answer: { status: 200, body: '{}' } }),
    read: async (_, request) => goodAnswer(request),
    reserve: async (mostUsd) => succeed(reservation(mostUsd)),
    restore: async (mostUsd) => reservation(mostUsd),
    upload: null,
    findFile: async () => succeed(null),
    find: async () => succeed(null),
    async create(made) {
      played.batches.push(made)
      lines.set(made.name, (await readFile(made.path, 'utf8')).trimEnd().split('\n'))
      return status('working', made.name)
    },
    async status(id) {
      played.looks++
      return status(script.outcome(played), id)
    },
    async download(id) {
      const all = lines.get(id) ?? []
      const text = all.slice(0, Math.ceil(all.length * (script.share ?? 1))).join('\n')
      return succeed(
        (async function* () {
          yield Buffer.from(text)
        })(),
      )
    },
    async cancel() {
      played.cancelled++
      return succeed(null)
    },
    remove: async () => succeed(null),
  }
  harness = await createHarness(undefined, {
    clock,
    connect: async () =>
      succeed({
        batch,
        outputModes: ['schema'],
        mostOutputTokens: ({ maxOutputTokens }) => maxOutputTokens,
        async complete(request) {
          played.single++
          return goodAnswer(request)
        },
      }),
  })
  return played
}

async function run(items: number, deadlineSeconds?: number) {
  const rows = Array.from({ length: items }, (_, at) => ({ id: at, text: `text ${at}` }))
  const path = (await harness?.file('in.jsonl', jsonLines(rows))) ?? ''
  const ran = await harness?.run({
    ...{ tasks: ['categorization'], source: { kind: 'paths', paths: [path] }, lane: 'batch', batchSize: 2 },
    ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
  })
  if (!ran) throw new Error('no run')
  return ran
}

const sixHours = 6 * 3600

describe('a deadline', () => {
  test('cancels what has not ended, takes what was answered by then, and asks for the rest by single calls', async () => {
    const played = await play({ outcome: ({ cancelled }) => (cancelled > 0 ? 'cancelled' : 'working'), share: 0.5 })
    const view = await run(20, sixHours)
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 20 }, lane: { answered: 10, left: 10, open: 0 } })
    expect(played).toMatchObject({ cancelled: 1, single: 5 })
    expect(played.clock.monotonic()).toBeGreaterThanOrEqual(sixHours * 1000)
  })

  test('waits no longer than a while for a batch that does not end although it was cancelled', async () => {
    const played = await play({ outcome: () => 'working' })
    const view = await run(20, sixHours)
    expect(view).toMatchObject({ state: 'completed', counts: { ok: 20 }, lane: { answered: 0, left: 20, open: 0 } })
    expect(played).toMatchObject({ cancelled: 1, single: 10 })
    // Nobody knows what it has answered: all of it counts.
    expect(played.settled).toEqual(played.reserved)
  })
})

test('a batch is looked at more and more seldom: a day of it is some hundred looks', async () => {
  const day = 24 * 3_600_000
  const played = await play({ outcome: ({ clock }) => (clock.monotonic() > day ? 'completed' : 'working') })
  const view = await run(4)
  expect(view).toMatchObject({ state: 'completed', lane: { answered: 4, left: 0 } })
  expect(played.looks).toBeGreaterThan(200)
  expect(played.looks).toBeLessThan(320)
})

test('batches hold what the API takes, and no more than a part of a cap', async () => {
  const byRequests = await play({ outcome: () => 'completed', limits: { requests: 3, bytes: 1_000_000 } })
  await run(20)
  expect(byRequests.batches.map(({ requests }) => requests)).toEqual([3, 3, 3, 1])
  await harness?.dispose()
  const byBytes = await play({ outcome: () => 'completed', limits: { requests: 100, bytes: 200 } })
  await run(20)
  expect(byBytes.batches.length).toBeGreaterThan(1)
  expect(Math.max(...byBytes.batches.map(({ bytes }) => bytes))).toBeLessThanOrEqual(200)
  await harness?.dispose()
  const byCap = await play({ outcome: () => 'completed', capUsd: 16 })
  await run(20)
  expect(byCap.reserved).toEqual([4, 4, 2])
  expect(byCap.settled).toHaveLength(3)
})

test('items with the text of others are sent once, whichever batch has them', async () => {
  const played = await play({ outcome: () => 'completed', limits: { requests: 1, bytes: 1_000_000 } })
  const rows = Array.from({ length: 12 }, (_, at) => ({ id: at, text: `text ${at % 3}` }))
  const path = (await harness?.file('in.jsonl', jsonLines(rows))) ?? ''
  const source = { kind: 'paths' as const, paths: [path] }
  const view = await harness?.run({ tasks: ['categorization'], source, lane: 'batch', batchSize: 1 })
  expect(view).toMatchObject({ state: 'completed', counts: { ok: 12, identical: 9 } })
  expect(played.batches).toHaveLength(3)
  expect(played.single).toBe(0)
})
