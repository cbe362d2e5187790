import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { succeed } from '../../../protocol/outcome.ts'
import type { RunRequest } from '../../../protocol/runs.ts'
import type { CompletionRequest } from '../../../server/providers/adapter.ts'
import { RunAllowance } from '../../../server/usage/allowance.ts'
import { meterCalls } from '../../../server/usage/meterCalls.ts'
import { meterModelClient } from '../../../server/usage/meterModelClient.ts'
import { priceAsListed } from '../../../server/usage/modelPrice.ts'
import { mostInputTokens } from '../../../server/usage/mostTokens.ts'
import type { UsedCall } from '../../../server/usage/usageAccounts.ts'
import { fail } from '../../../shared/fail.ts'
import { createHarness, goodAnswer, type Harness, jsonLines } from '../../support/runs/harness.ts'

let harness: Harness | null = null
afterEach(() => harness?.dispose())

interface Bill {
  /** In US dollars for a million tokens. */
  pricing: { input: number; output: number }
  /** How much of what a call may take it takes, by its number. */
  share(call: number): number
  /** What the provider does instead of answering; it charges all the same. */
  breaks?(call: number): boolean
}

/** The engine with a provider that sends bills: what it charges is what counts, whatever we believe. */
async function createPaidHarness({ pricing, share, breaks = () => false }: Bill) {
  const price = priceAsListed(pricing)
  const used: UsedCall[] = []
  let charged = 0
  let calls = 0
  const allowances = new WeakMap<object, RunAllowance>()

  function answer(request: CompletionRequest) {
    const part = share(++calls)
    const usage = {
      input: Math.floor(mostInputTokens(request) * part),
      output: Math.floor(request.maxOutputTokens * part),
      cached: null,
    }
    charged += price.costOf(usage, 0) ?? 0
    if (breaks(calls)) {
      return fail({ code: 'invalid_response', provider: 'fake', problem: 'truncated', detail: 'it was cut off' })
    }
    const good = goodAnswer(request)
    return good.ok ? succeed({ ...good.value, usage }) : good
  }

  harness = await createHarness(undefined, {
    async connect(route, { maxCostUsd }, spending) {
      const allowance = allowances.get(spending) ?? new RunAllowance(spending)
      allowances.set(spending, allowance)
      return succeed(
        meterModelClient(
          {
            outputModes: ['schema', 'json', 'text'],
            mostOutputTokens: ({ maxOutputTokens }) => maxOutputTokens,
            complete: async (request) => answer(request),
          },
          meterCalls({
            provider: route.provider,
            model: route.model,
            price,
            caps: maxCostUsd === undefined ? [] : [{ scope: 'run', capUsd: maxCostUsd, allowance: () => allowance }],
            now: () => 0,
            record: (call) => void used.push(call),
            pausedForMs: () => 0,
            onPaused: () => {},
          }),
        ),
      )
    },
  })
  return { harness, used, charged: () => charged, calls: () => calls }
}

/** Waits for the end of the resumption, and not for that of the run before. */
async function resume(paid: Harness, runId: string, maxCostUsd?: number) {
  paid.views.length = 0
  const resumed = await paid.runs.resume(runId, maxCostUsd === undefined ? {} : { maxCostUsd })
  return resumed.ok ? await paid.ended(runId) : null
}

async function runRows(paid: Harness, count: number, request: Partial<RunRequest>) {
  const rows = Array.from({ length: count }, (_, index) => ({ id: index + 1, text: `text ${index + 1}.` }))
  const path = await paid.file('a.jsonl', jsonLines(rows))
  return await paid.run({ source: { kind: 'paths', paths: [path] }, ...request })
}

const pricing = { input: 1, output: 10 }
const costs = (used: readonly UsedCall[]) => used.reduce((sum, call) => sum + (call.costUsd ?? 0), 0)

describe('a run with a cap', () => {
  test('stops before it is passed, and says so', async () => {
    const paid = await createPaidHarness({ pricing, share: () => 1 })
    const view = await runRows(paid.harness, 50, { maxCostUsd: 0.06, concurrency: 4, tasks: ['scoring'] })
    expect(view).toMatchObject({
      state: 'stopped',
      reason: { code: 'spend_cap', scope: 'run', capUsd: 0.06, action: { id: 'resumeRun' } },
    })
    expect(view.counts.ok).toBeGreaterThan(0)
    expect(view.counts.waiting).toBeGreaterThan(0)
    expect(paid.charged()).toBeLessThanOrEqual(0.06)
    expect(view.reason?.message).toContain('$0.06 for this run')
  })

  test('goes on with a higher cap where it stopped, and counts what it spent before', async () => {
    const paid = await createPaidHarness({ pricing, share: () => 0.5 })
    const { runId } = await runRows(paid.harness, 50, { maxCostUsd: 0.05, tasks: ['scoring'] })
    const first = paid.charged()
    // The same cap: not one call fits.
    expect(await resume(paid.harness, runId)).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap' } })
    expect(paid.charged()).toBe(first)
    const second = await resume(paid.harness, runId, 0.1)
    expect(second).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap', capUsd: 0.1 } })
    expect(paid.charged()).toBeGreaterThan(first)
    expect(paid.charged()).toBeLessThanOrEqual(0.1)
    expect(await resume(paid.harness, runId, 100)).toMatchObject({ state: 'completed', counts: { ok: 50 } })
    expect(costs(paid.used)).toBeCloseTo(paid.charged(), 12)
  })

  test('counts answers that could not be used: they are on the bill', async () => {
    const paid = await createPaidHarness({ pricing, share: () => 1, breaks: () => true })
    const view = await runRows(paid.harness, 30, { maxCostUsd: 0.1, tasks: ['categorization'] })
    expect(view).toMatchObject({ state: 'stopped', reason: { code: 'spend_cap' }, counts: { ok: 0 } })
    expect(paid.charged()).toBeLessThanOrEqual(0.1)
    expect(paid.used.every((call) => call.costUsd === null)).toBe(true)
    expect(paid.used).toHaveLength(paid.calls())
  })

  test('has the cost of each call in its receipts', async () => {
    const paid = await createPaidHarness({ pricing, share: () => 0.5 })
    const view = await runRows(paid.harness, 5, { tasks: ['categorization'] })
    const [result] = await paid.harness.results(view.resultsPath ?? '')
    expect(result?.receipts.categorization).toMatchObject({ batch: 5, costUsd: paid.charged() })
  })

  test('never passes it, whatever calls cost, however many go at once, and however often it is resumed', async () => {
    const run = fc.record({
      count: fc.integer({ min: 1, max: 40 }),
      batchSize: fc.integer({ min: 1, max: 10 }),
      concurrency: fc.integer({ min: 1, max: 12 }),
      input: fc.double({ min: 0, max: 100, noNaN: true }),
      output: fc.double({ min: 0, max: 1000, noNaN: true }),
      shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
      broken: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      caps: fc.array(fc.double({ min: 0.0001, max: 5, noNaN: true }), { minLength: 1, maxLength: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(run, async ({ count, batchSize, concurrency, input, output, shares, broken, caps }) => {
        const paid = await createPaidHarness({
          pricing: { input, output },
          share: (call) => shares[call % shares.length] ?? 0,
          breaks: (call) => broken[call % broken.length] ?? false,
        })
        const [first = 1, ...higher] = caps.toSorted((one, other) => one - other)
        const { runId } = await runRows(paid.harness, count, { maxCostUsd: first, batchSize, concurrency })
        expect(paid.charged()).toBeLessThanOrEqual(first + 1e-12)
        for (const cap of higher) {
          if ((await resume(paid.harness, runId, cap)) === null) break
          expect(paid.charged()).toBeLessThanOrEqual(cap + 1e-12)
        }
        await paid.harness.dispose()
        harness = null
      }),
      { numRuns: 40 },
    )
  }, 120_000)
})
