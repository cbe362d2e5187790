import { describe, expect, test } from 'vitest'
import { type ReadinessCode, type ReasonFacts, readinessCodes } from '../../../protocol/reasons.ts'
import { Resolution, type Warning } from '../../../protocol/routing.ts'
import type { ProviderFacts, ResolutionSnapshot } from '../../../server/domain/resolutionSnapshot.ts'
import { resolveRoute } from '../../../server/domain/resolveRoute.ts'
import { failing, listed, minutesAgo, provider, snapshotOf } from './resolutionCases.ts'

const p = { provider: 'p' }
const at = { endpoint: 'https://api.example.com/v1' }

/** One row for each code: where it comes from, and the facts that it must carry. */
const rows: Record<ReadinessCode, { snapshot: ResolutionSnapshot; step: string; facts: object }> = {
  no_route: { snapshot: snapshotOf([], { routes: [] }), step: 'route', facts: { task: 'categorization' } },
  provider_unconfigured: { snapshot: snapshotOf([]), step: 'provider', facts: p },
  provider_disabled: { snapshot: snapshotOf([provider({ enabled: false })]), step: 'enabled', facts: p },
  provider_unknown: { snapshot: snapshotOf([provider({ kind: 'gone' })]), step: 'kind', facts: { ...p, kind: 'gone' } },
  config_invalid: {
    snapshot: snapshotOf([provider({ config: { nothing: 1 } })]),
    step: 'config',
    facts: { ...p, problems: [{ path: 'endpoint', message: 'is missing' }] },
  },
  model_unconfigured: {
    snapshot: snapshotOf([provider()], {
      routes: [{ task: 'categorization', provider: 'p', model: null, options: {} }],
    }),
    step: 'model',
    facts: { ...p, task: 'categorization' },
  },
  secret_missing: {
    snapshot: snapshotOf([provider({ key: { state: 'missing', source: 'environment', variable: 'P_KEY' } })]),
    step: 'key',
    facts: { ...p, source: 'environment', variable: 'P_KEY' },
  },
  policy_denied: {
    snapshot: snapshotOf([provider({ config: { endpoint: 'http://10.0.0.5:8080' } })]),
    step: 'policy',
    facts: { ...p, rule: 'plain_http_with_key' },
  },
  provider_unreachable: afterCheck({ code: 'provider_unreachable', ...p, ...at, cause: 'ECONNREFUSED' }),
  timeout: afterCheck({ code: 'timeout', ...p, ...at, phase: 'first_byte', afterMs: 10_000 }),
  auth_failed: afterCheck({ code: 'auth_failed', ...p }),
  quota_exceeded: afterCheck({ code: 'quota_exceeded', ...p }),
  rate_limited: afterCheck({ code: 'rate_limited', ...p, retryAfterMs: null }),
  overloaded: afterCheck({ code: 'overloaded', ...p, retryAfterMs: 600_000 }),
  model_missing: {
    snapshot: snapshotOf([provider({ models: listed('other', 'm-large') })]),
    step: 'model_alive',
    facts: { ...p, model: 'm', alternatives: ['m-large', 'other'] },
  },
  model_deprecated: {
    snapshot: snapshotOf([withModel({ shutdownAt: minutesAgo(1), replacement: 'm2' })]),
    step: 'model_alive',
    facts: { ...p, model: 'm', shutdownAt: minutesAgo(1), replacement: 'm2' },
  },
  context_too_long: afterCheck({ code: 'context_too_long', ...p, model: 'm', limitTokens: 4096 }),
  invalid_response: afterCheck({
    code: 'invalid_response',
    ...p,
    problem: 'not_the_api',
    detail: 'a web page came back',
  }),
  content_filtered: afterCheck({ code: 'content_filtered', ...p, model: 'm', detail: 'refusal' }),
  ask_unsupported: afterCheck({ code: 'ask_unsupported', ...p, model: 'm', ask: 'decisions', why: 'model' }),
  lane_unsupported: afterCheck({ code: 'lane_unsupported', ...p, model: 'm', why: 'kind' }),
  editor_absent: {
    snapshot: snapshotOf([provider({ kind: 'ofEditor' })]),
    step: 'kind',
    facts: { ...p, why: 'no_editor' },
  },
  consent_missing: afterCheck({ code: 'consent_missing', ...p, model: 'm' }),
  cancelled: afterCheck({ code: 'cancelled' }),
}

function afterCheck(facts: ReasonFacts) {
  return { snapshot: snapshotOf([provider({ health: failing(facts) })]), step: 'health', facts }
}

function withModel(facts: object, state: 'fresh' | 'stale' = 'fresh'): ProviderFacts {
  return provider({ models: { state, models: [{ model: 'm', ...facts }], listedAt: minutesAgo(1) } })
}

test('there is a row for every reason code', () => {
  expect(Object.keys(rows).sort()).toEqual([...readinessCodes].sort())
})

test.each(Object.entries(rows))('%s is told with its step and facts', (code, { snapshot, step, facts }) => {
  const resolution = resolveRoute('categorization', snapshot)
  expect(Resolution.parse(resolution)).toEqual(resolution)
  if (resolution.ok) expect.unreachable('it resolved')
  expect(resolution.reason).toMatchObject({ code, ...facts })
  expect(resolution.reason.message).not.toBe('')
  expect(resolution.reason.action.label).not.toBe('')
  const last = resolution.trace.at(-1)
  expect(last).toMatchObject({ step, passed: false })
  expect(last?.detail).toContain(code)
})

describe('a task that is ready', () => {
  test('says where it goes, by which rule, and every step on the way', () => {
    const resolution = resolveRoute('categorization', snapshotOf())
    expect(resolution).toMatchObject({
      ok: true,
      value: {
        task: 'categorization',
        provider: 'p',
        kind: 'remote',
        model: 'm',
        endpoint: at.endpoint,
        rule: 'route',
      },
      warnings: [],
    })
    expect(resolution.trace).toHaveLength(10)
    expect(resolution.trace.every((step) => step.passed)).toBe(true)
  })

  const ready: [string, ProviderFacts, Warning['code'][], string][] = [
    ['key not asked for yet', provider({ key: { state: 'unknown', source: 'secret_store' } }), [], 'not known yet'],
    [
      'optional key absent',
      provider({ kind: 'keyed', key: { state: 'missing', source: 'secret_store' } }),
      [],
      'none is required',
    ],
    [
      'no key needed, plain http',
      provider({ kind: 'local', config: { endpoint: 'http://gpu:11434' } }),
      [],
      'no key is sent',
    ],
    [
      'plain http to this machine',
      provider({ config: { endpoint: 'http://127.0.0.1:1234' } }),
      [],
      'stays on this machine',
    ],
    ['plain http to [::1]', provider({ config: { endpoint: 'http://[::1]:1234' } }), [], 'stays on this machine'],
    [
      'plain http that was confirmed',
      provider({ config: { endpoint: 'http://gpu:80' }, plainHttpAllowed: true }),
      [],
      'as confirmed',
    ],
    [
      'key bound to the same origin, written differently',
      provider({ key: { state: 'present', source: 'secret_store', boundTo: 'HTTPS://API.example.com:443' } }),
      [],
      'encrypted',
    ],
    [
      'never checked',
      provider({ health: { ...failing({ code: 'cancelled' }), state: 'unknown', reason: null, checkedAt: null } }),
      ['never_checked'],
      'never checked',
    ],
    [
      'an old check',
      provider({ health: { state: 'ok', reason: null, latencyMs: 1, version: null, checkedAt: minutesAgo(180) } }),
      ['stale_check'],
      '3 h ago',
    ],
    [
      'a check from the future',
      provider({ health: { state: 'ok', reason: null, latencyMs: 1, version: null, checkedAt: minutesAgo(-999) } }),
      [],
      'less than a minute ago',
    ],
    [
      'a slow-down that has passed',
      provider({ health: failing({ code: 'rate_limited', ...p, retryAfterMs: 30_000 }, 2) }),
      ['stale_check'],
      'it asked for a pause, which is over',
    ],
    [
      'a wait that a call was asked for',
      provider({ pausedUntil: minutesAgo(-60) }),
      ['asked_to_wait'],
      'passed its last test',
    ],
    ['a wait that is nearly over', provider({ pausedUntil: minutesAgo(-0.05) }), [], 'passed its last test'],
    [
      'a failure about another model',
      provider({ health: failing({ code: 'model_missing', ...p, model: 'x', alternatives: [] }) }),
      [],
      'passed its last test',
    ],
    [
      'an old list without the model',
      provider({ models: { ...listed('other'), state: 'stale' } }),
      ['stale_models'],
      'no list',
    ],
    [
      'no list at all',
      provider({ models: { state: 'never', models: [], listedAt: null } }),
      ['stale_models'],
      'no list',
    ],
    [
      'shutdown announced',
      withModel({ shutdownAt: '2027-03-01T00:00:00Z', replacement: 'm2' }),
      ['deprecation_announced'],
      'is listed',
    ],
    ['deprecated without a date', withModel({ deprecatedAt: minutesAgo(9) }), ['deprecation_announced'], 'is listed'],
    ['a cloud model behind a local server', withModel({ leavesMachine: true }), ['leaves_machine'], 'is listed'],
    ['a name that its kind spells two ways', provider({ kind: 'local', models: listed('m:latest') }), [], 'is listed'],
    [
      'nothing is called',
      provider({
        kind: 'local',
        config: { endpoint: null },
        health: { state: 'unknown', reason: null, latencyMs: null, version: null, checkedAt: null },
        models: { state: 'never', models: [], listedAt: null },
      }),
      [],
      'nothing is sent',
    ],
  ]
  test.each(ready)('%s', (_, facts, warnings, seen) => {
    const resolution = resolveRoute('categorization', snapshotOf([facts]))
    expect(resolution.ok).toBe(true)
    expect(resolution.warnings.map((warning) => warning.code)).toEqual(warnings)
    expect(resolution.trace.map((step) => step.detail).join('\n')).toContain(seen)
  })

  test('an announced shutdown is told with date and replacement', () => {
    const facts = withModel({ shutdownAt: '2027-03-01T00:00:00Z', replacement: 'm2' })
    const { warnings } = resolveRoute('categorization', snapshotOf([facts]))
    expect(warnings[0]?.message).toBe('"m" will be shut down on 2027-03-01. Its replacement is "m2".')
  })
})

describe('a list that could not be read', () => {
  test('never makes a model missing, but a shutdown date it told stays true', () => {
    const facts = withModel({ shutdownAt: minutesAgo(1) }, 'stale')
    expect(resolveRoute('categorization', snapshotOf([facts]))).toMatchObject({ reason: { code: 'model_deprecated' } })
  })
})

describe('where a key may go', () => {
  const refusedTo = (endpoint: string, boundTo?: string, changes: Partial<ProviderFacts> = {}) =>
    resolveRoute(
      'categorization',
      snapshotOf([
        provider({ config: { endpoint }, key: { state: 'present', source: 'secret_store', boundTo }, ...changes }),
      ]),
    )

  test.each([
    'http://127.0.0.1.evil.example/',
    'http://localhost.evil.example/',
    'http://127.0.0.1@evil.example/',
    'http://user:pw@127.0.0.1/',
    'http://127.0.0.1\\@evil.example/',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'ftp://127.0.0.1/',
    'HTTP://GPU:8080',
  ])('not unencrypted to %s', (endpoint) => {
    expect(refusedTo(endpoint)).toMatchObject({
      ok: false,
      reason: { code: 'policy_denied', rule: 'plain_http_with_key' },
    })
  })

  test.each([
    ['another host', 'https://evil.example/v1'],
    ['another port', 'https://api.example.com:444'],
    ['another scheme', 'http://api.example.com'],
    ['something that is no address', 'nonsense'],
  ])('not to %s than it was entered for', (_, endpoint) => {
    const resolution = refusedTo(endpoint, 'https://api.example.com', { plainHttpAllowed: true })
    expect(resolution).toMatchObject({ reason: { code: 'secret_missing', boundTo: 'https://api.example.com' } })
    expect(resolution.trace.at(-1)?.step).toBe('policy')
  })

  test('a store that withholds the key because of its origin reads the same', () => {
    const key = { state: 'missing', source: 'secret_store', boundTo: 'https://old.example' } as const
    expect(resolveRoute('categorization', snapshotOf([provider({ key })]))).toMatchObject({
      reason: { code: 'secret_missing', boundTo: 'https://old.example', origin: 'https://api.example.com' },
    })
  })

  test('a variable that was named for an optional key has to be set', () => {
    const key = { state: 'missing', source: 'environment', variable: 'K' } as const
    const facts = provider({ kind: 'keyed', key })
    expect(resolveRoute('categorization', snapshotOf([facts]))).toMatchObject({ reason: { code: 'secret_missing' } })
  })
})

describe('an override of one run', () => {
  const route = {
    task: 'categorization',
    provider: 'p',
    model: 'm',
    options: { batchSize: 3, thinking: true, fallback: { provider: 'q', model: null } },
  } as const
  const q = provider({ provider: 'q', config: { ...at, model: 'other' } })
  const resolve = (override: { provider: string; model: string | null }, providers = [provider(), q]) =>
    resolveRoute('categorization', snapshotOf(providers, { routes: [route], override }))

  test.each([
    ['another provider and model', { provider: 'q', model: 'm-large' }, 'q', 'm-large', { batchSize: 3 }],
    ['another provider, its own default', { provider: 'q', model: null }, 'q', 'other', { batchSize: 3 }],
    [
      'the same provider keeps the model and its options',
      { provider: 'p', model: null },
      'p',
      'm',
      { batchSize: 3, thinking: true },
    ],
    ['another model of the same provider', { provider: 'p', model: 'other' }, 'p', 'other', { batchSize: 3 }],
  ])('%s', (_, override, providerId, model, options) => {
    const resolution = resolve(override)
    expect(resolution).toMatchObject({ ok: true, value: { provider: providerId, model, rule: 'override' } })
    expect(resolution.ok && resolution.value.options).toEqual(options)
  })

  test('needs no route, and never falls back', () => {
    const disabled = [provider({ enabled: false }), q]
    expect(resolve({ provider: 'p', model: null }, disabled)).toMatchObject({ reason: { code: 'provider_disabled' } })
    const withoutRoutes = snapshotOf([provider()], { routes: [], override: { provider: 'p', model: 'm' } })
    expect(resolveRoute('scoring', withoutRoutes).ok).toBe(true)
  })
})

describe('a fallback', () => {
  const options = { batchSize: 2, outputMode: 'tool', fallback: { provider: 'q', model: 'other' } } as const
  const routes = [{ task: 'categorization' as const, provider: 'p', model: 'm', options }]
  const down = provider({ health: failing({ code: 'auth_failed', ...p }) })
  const q = provider({ provider: 'q' })

  test('is not used while the route is ready', () => {
    expect(resolveRoute('categorization', snapshotOf([provider(), q], { routes }))).toMatchObject({
      value: { provider: 'p', rule: 'route' },
      warnings: [],
    })
  })

  test('is used when the route is not, and says so with the reason', () => {
    const resolution = resolveRoute('categorization', snapshotOf([down, q], { routes }))
    expect(resolution).toMatchObject({ ok: true, value: { provider: 'q', model: 'other', rule: 'fallback' } })
    expect(resolution.ok && resolution.value.options).toEqual({ batchSize: 2 })
    expect(resolution.warnings[0]).toMatchObject({ code: 'fallback_active' })
    expect(resolution.warnings[0]?.message).toContain('does not accept the key')
    expect(resolution.trace.find((step) => !step.passed)).toMatchObject({ step: 'health', provider: 'p' })
    expect(resolution.trace.at(-1)).toMatchObject({ step: 'model_alive', provider: 'q', passed: true })
  })

  test('that is not ready either leaves the reason of the route', () => {
    const resolution = resolveRoute('categorization', snapshotOf([down, { ...q, enabled: false }], { routes }))
    expect(resolution).toMatchObject({ ok: false, reason: { code: 'auth_failed', provider: 'p' } })
    expect(resolution.trace.filter((step) => !step.passed).map((step) => step.provider)).toEqual(['p', 'q'])
  })

  test('that is not named is not taken, whoever else is ready', () => {
    expect(resolveRoute('categorization', snapshotOf([down, q])).ok).toBe(false)
  })
})

test('a provider named like a built-in property is nobody', () => {
  const routes = [{ task: 'scoring' as const, provider: 'constructor', model: 'm', options: {} }]
  expect(resolveRoute('scoring', snapshotOf([provider()], { routes }))).toMatchObject({
    reason: { code: 'provider_unconfigured' },
  })
})
