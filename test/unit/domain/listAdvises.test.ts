import { describe, expect, it } from 'vitest'
import type { ModelList } from '../../../protocol/providers.ts'
import type { ReasonFacts } from '../../../protocol/reasons.ts'
import { isDatedName, withLivingSuccessor } from '../../../server/domain/resolutionModelChecks.ts'
import { resolveRoute } from '../../../server/domain/resolveRoute.ts'
import { failing, listed, now, provider, snapshotOf } from './resolutionCases.ts'

const registered = { model: 'm', status: 'active', lifecycle: null } as const

function warningsOf(models: ModelList, isRegistered: boolean) {
  const facts = provider({ models, ...(isRegistered ? { registered: [registered] } : {}) })
  const resolution = resolveRoute('categorization', snapshotOf([facts]))
  return resolution.ok ? resolution.warnings.map(({ code }) => code) : resolution.reason.code
}

describe('a list that lacks the model', () => {
  it.each<[string, ModelList, boolean, unknown]>([
    ['is believed', listed('other'), false, 'model_missing'],
    ['is not believed of a model that somebody registered', listed('other'), true, ['model_not_listed']],
    ['says nothing where it is not whole', { ...listed('other'), isPartial: true }, false, ['model_not_listed']],
    ['needs no word where neither speaks against it', { ...listed('other'), isPartial: true }, true, []],
    ['has it by its day', listed('m-2026-01-01'), false, ['model_not_listed']],
    ['has a longer name', listed('m-large'), false, 'model_missing'],
  ])('%s', (_, models, isRegistered, expected) => {
    expect(warningsOf(models, isRegistered)).toEqual(expected)
  })
})

it.each([
  ['gpt-9', 'gpt-9-2026-01-01', true],
  ['claude-9', 'claude-9-20260101', true],
  ['mistral-x', 'mistral-x-2601', true],
  ['m', 'm-latest', true],
  ['gpt-9', 'gpt-9-mini', false],
  ['gpt-9', 'gpt-9-mini-2026-01-01', false],
  ['gpt-9-mini', 'gpt-9', false],
])('%s is told by %s: %s', (wanted, other, expected) => {
  expect(isDatedName(wanted, other)).toBe(expected)
})

describe('a server that had no time for a list', () => {
  const p = { provider: 'p' }
  const endpoint = 'https://api.example.com/v1'
  const busy: ReasonFacts = { code: 'overloaded', ...p, retryAfterMs: null }

  function resolve(facts: ReasonFacts, fallback?: { provider: string; model: string }) {
    const other = provider({ provider: 'q' })
    const routes = [
      { task: 'categorization' as const, provider: 'p', model: 'm', options: fallback ? { fallback } : {} },
    ]
    return resolveRoute('categorization', snapshotOf([provider({ health: failing(facts) }), other], { routes }))
  }

  it.each<[string, ReasonFacts]>([
    ['busy or loading', busy],
    ['late with it', { code: 'timeout', ...p, endpoint, phase: 'total', afterMs: 15_000 }],
  ])('is ready: %s', (_, facts) => {
    expect(resolve(facts)).toMatchObject({
      ok: true,
      value: { provider: 'p' },
      warnings: [{ code: 'busy_when_asked' }],
    })
  })

  it.each<[string, ReasonFacts]>([
    ['said when to come back', { ...busy, retryAfterMs: 600_000 } as ReasonFacts],
    ['was never reached', { code: 'timeout', ...p, endpoint, phase: 'connect', afterMs: 10_000 }],
  ])('is not ready where it %s', (_, facts) => {
    expect(resolve(facts).ok).toBe(false)
  })

  it('leaves the work to a fallback that is named', () => {
    expect(resolve(busy, { provider: 'q', model: 'm' })).toMatchObject({ ok: true, value: { provider: 'q' } })
  })
})

describe('the successor of a model that ends', () => {
  const day = (days: number) => new Date(now + days * 24 * 3_600_000).toISOString()
  const end = (shutdownAt: string | null, replacement: string | null) =>
    ({ deprecatedAt: null, shutdownAt, replacement, source: 'bundled' }) as const
  const ends: Record<string, ReturnType<typeof end>> = {
    next: end(day(10), 'last'),
    gone: end(day(-1), null),
    late: end(day(300), 'other'),
    one: end(day(1), 'two'),
    two: end(day(1), 'one'),
  }
  const rules = { announcedLifecycle: (model: string) => ends[model] ?? null }

  it.each([
    ['unknown', 'unknown'],
    ['next', 'last'],
    ['gone', null],
    ['late', 'late'],
    ['one', null],
  ])('%s leads to %s', (replacement, expected) => {
    expect(withLivingSuccessor(end(day(-5), replacement), rules, now)?.replacement).toBe(expected)
  })
})
