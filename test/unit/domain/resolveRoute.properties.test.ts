import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tasks } from '../../../protocol/names.ts'
import type { ModelList } from '../../../protocol/providers.ts'
import type { ReasonFacts } from '../../../protocol/reasons.ts'
import { Resolution, resolutionSteps, TaskReadiness } from '../../../protocol/routing.ts'
import type { ProviderFacts, ResolutionSnapshot } from '../../../server/domain/resolutionSnapshot.ts'
import { readReadiness, readTaskReadiness, resolveRoute } from '../../../server/domain/resolveRoute.ts'
import { failing, listed, minutesAgo, now, provider, snapshotOf, well } from './resolutionCases.ts'

const ids = ['p', 'q', 'constructor']
const failures: ReasonFacts[] = [
  { code: 'auth_failed', provider: 'p' },
  { code: 'rate_limited', provider: 'p', retryAfterMs: 90_000 },
  { code: 'model_missing', provider: 'p', model: 'm', alternatives: [] },
  { code: 'cancelled' },
]
const model = fc.constantFrom('m', 'm-large', 'gone')
const someProvider: fc.Arbitrary<ProviderFacts> = fc.record({
  provider: fc.constantFrom(...ids),
  kind: fc.constantFrom('remote', 'local', 'keyed', 'nobody'),
  enabled: fc.boolean(),
  config: fc.constantFrom<unknown>(
    { endpoint: 'https://a.example' },
    { endpoint: 'http://b.example', model: 'm' },
    { endpoint: null, model: 'm' },
    null,
    'text',
  ),
  key: fc.record({
    state: fc.constantFrom('present', 'missing', 'unknown', 'not_needed'),
    source: fc.constantFrom('secret_store', 'environment'),
    variable: fc.constantFrom(undefined, 'KEY'),
    boundTo: fc.constantFrom(undefined, 'https://a.example', 'https://c.example'),
  }),
  plainHttpAllowed: fc.boolean(),
  health: fc.oneof(
    fc.constant(well),
    fc.constant({ ...well, checkedAt: minutesAgo(1000) }),
    fc.constant({ ...well, state: 'unknown' as const, checkedAt: null, latencyMs: null }),
    fc.constantFrom(...failures).chain((facts) => fc.nat(60).map((minutes) => failing(facts, minutes))),
  ),
  models: fc.oneof(
    fc.constantFrom(listed(), listed('m'), listed('m', 'm-large')),
    fc.constant({ ...listed('m'), state: 'stale' as const }),
    fc.constant<ModelList>({ state: 'never', models: [], listedAt: null }),
    fc.integer({ min: -9, max: 9 }).map((minutes) => ({
      ...listed(),
      models: [{ model: 'm', shutdownAt: minutesAgo(minutes), replacement: null, leavesMachine: true }],
    })),
  ),
})
const someSnapshot: fc.Arbitrary<ResolutionSnapshot> = fc
  .record({
    providers: fc.uniqueArray(someProvider, { selector: (facts) => facts.provider }),
    routes: fc.uniqueArray(
      fc.record({
        task: fc.constantFrom(...tasks),
        provider: fc.constantFrom(...ids),
        model: fc.option(model),
        options: fc.record(
          {
            fallback: fc.record({ provider: fc.constantFrom(...ids), model: fc.option(model) }),
            batchSize: fc.constant(3),
          },
          { requiredKeys: [] },
        ),
      }),
      { selector: (route) => route.task },
    ),
    override: fc.option(fc.record({ provider: fc.constantFrom(...ids), model: fc.option(model) }), { freq: 4 }),
  })
  .map((changes) => snapshotOf([], changes))
const someTask = fc.constantFrom(...tasks)

function freezeDeeply<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) freezeDeeply(part)
  return value
}

test('the same snapshot gives the same answer, and is not touched', () => {
  fc.assert(
    fc.property(someTask, someSnapshot, (task, snapshot) => {
      const frozen = freezeDeeply(structuredClone({ ...snapshot, kinds: null }))
      const first = resolveRoute(task, { ...frozen, kinds: snapshot.kinds })
      expect(resolveRoute(task, { ...frozen, kinds: snapshot.kinds })).toEqual(first)
      expect(Resolution.parse(first)).toEqual(first)
    }),
  )
})

test('each provider that was tried has a prefix of the ten steps, of which only the last may have failed', () => {
  fc.assert(
    fc.property(someTask, someSnapshot, (task, snapshot) => {
      const { trace, ok } = resolveRoute(task, snapshot)
      const starts = trace.flatMap((step, index) => (step.step === 'route' ? [index] : []))
      const attempts = starts.map((start, index) => trace.slice(start, starts[index + 1]))
      expect(attempts.length).toBeGreaterThanOrEqual(1)
      expect(attempts.length).toBeLessThanOrEqual(2)
      for (const attempt of attempts) {
        expect(attempt.map((step) => step.step)).toEqual(resolutionSteps.slice(0, attempt.length))
        expect(attempt.slice(0, -1).every((step) => step.passed)).toBe(true)
        if (attempt.at(-1)?.passed) expect(attempt).toHaveLength(resolutionSteps.length)
      }
      expect(trace.at(-1)?.passed).toBe(ok)
    }),
  )
})

test('nothing but the route, its named fallback or the override is ever used', () => {
  fc.assert(
    fc.property(someTask, someSnapshot, (task, snapshot) => {
      const resolution = resolveRoute(task, snapshot)
      if (!resolution.ok) return
      const route = snapshot.routes.find((candidate) => candidate.task === task)
      const allowed = {
        route: route?.provider,
        fallback: route?.options.fallback?.provider,
        override: snapshot.override?.provider,
      }
      expect(resolution.value.provider).toBe(allowed[resolution.value.rule])
      const isTold = resolution.warnings.some((warning) => warning.code === 'fallback_active')
      expect(isTold).toBe(resolution.value.rule === 'fallback')
    }),
  )
})

test('readiness says the same as the resolution', () => {
  fc.assert(
    fc.property(someTask, someSnapshot, (task, snapshot) => {
      const resolution = resolveRoute(task, snapshot)
      const readiness = readTaskReadiness(task, snapshot)
      expect(TaskReadiness.parse(readiness)).toEqual(readiness)
      expect(readiness.ready).toBe(resolution.ok)
      expect(readiness.reason === null).toBe(resolution.ok)
      expect(readiness.route === null).toBe(!resolution.ok)
      expect(readReadiness(snapshot)[task]).toEqual(readiness)
    }),
  )
})

test('readiness tells when the provider it is about was last asked', () => {
  const routes = [
    { task: 'scoring' as const, provider: 'p', model: 'm', options: { fallback: { provider: 'q', model: null } } },
  ]
  const p = provider({ enabled: false, health: { ...well, checkedAt: minutesAgo(5), latencyMs: 5 } })
  const q = provider({
    provider: 'q',
    config: { endpoint: 'https://q.example', model: 'm' },
    health: { ...well, checkedAt: minutesAgo(9), latencyMs: 9 },
  })
  expect(readTaskReadiness('scoring', snapshotOf([p, q], { routes }))).toMatchObject({ ready: true, latencyMs: 9 })
  expect(readTaskReadiness('scoring', snapshotOf([p], { routes }))).toMatchObject({
    ready: false,
    checkedAt: new Date(now - 5 * 60_000).toISOString(),
    latencyMs: 5,
  })
  expect(readTaskReadiness('categorization', snapshotOf([p], { routes }))).toMatchObject({
    reason: { code: 'no_route' },
    checkedAt: null,
    latencyMs: null,
  })
})
