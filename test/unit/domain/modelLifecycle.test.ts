import { describe, expect, test } from 'vitest'
import type { ModelInfo, ModelLifecycle } from '../../../protocol/providers.ts'
import { isShutDown, lifecycleOfModel } from '../../../server/domain/modelLifecycle.ts'
import { resolveRoute } from '../../../server/domain/resolveRoute.ts'
import { listed, now, provider, snapshotOf, testKind } from './resolutionCases.ts'

const past = '2026-11-01T00:00:00.000Z'
const future = '2027-01-01T00:00:00.000Z'
const bundled: ModelLifecycle = { deprecatedAt: null, shutdownAt: past, replacement: 'newer', source: 'bundled' }
const kept: ModelLifecycle = { deprecatedAt: null, shutdownAt: future, replacement: 'kept', source: 'live' }
const model = (changes: Partial<ModelInfo> = {}): ModelInfo => ({ model: 'm', ...changes })

describe('the end of a model is', () => {
  test.each<[string, Parameters<typeof lifecycleOfModel>, ModelLifecycle | null]>([
    ['unknown when nobody says anything', [model(), null, null], null],
    [
      'as the list says',
      [model({ shutdownAt: future, replacement: 'r' }), kept, bundled],
      { ...kept, replacement: 'r' },
    ],
    ['none when the list says so, whatever the file says', [model({ shutdownAt: null }), null, bundled], null],
    ['none when the list calls it not deprecated', [model({ deprecated: false }), null, bundled], null],
    [
      'completed by the file where the list leaves it open',
      [model({ deprecated: true }), null, bundled],
      { ...bundled, source: 'live' },
    ],
    ['as the file says where the list has no such field', [model(), null, bundled], bundled],
    ['as it was last listed when it is listed no more', [undefined, kept, bundled], kept],
    [
      'as the newer file says where an older one was kept',
      [undefined, { ...bundled, replacement: 'old' }, bundled],
      bundled,
    ],
    ['forgotten when the file takes it back', [model(), bundled, null], null],
  ])('%s', (_, said, expected) => {
    expect(lifecycleOfModel(...said)).toEqual(expected)
  })

  test.each([
    [null, false],
    [bundled, true],
    [kept, false],
    [{ ...bundled, shutdownAt: null }, false],
  ])('%j: passed %s', (lifecycle, expected) => {
    expect(isShutDown(lifecycle, now)).toBe(expected)
  })
})

describe('a resolution', () => {
  const kinds = (lifecycle: ModelLifecycle | null) =>
    new Map([['remote', { ...testKind, announcedLifecycle: (name: string) => (name === 'm' ? lifecycle : null) }]])
  const resolve = (lifecycle: ModelLifecycle | null, changes: Parameters<typeof provider>[0] = {}) =>
    resolveRoute('categorization', snapshotOf([provider(changes)], { kinds: kinds(lifecycle) }))

  test('refuses a model whose announced day has passed, with its replacement, listed or not', () => {
    const refusal = { ok: false, reason: { code: 'model_deprecated', shutdownAt: past, replacement: 'newer' } }
    expect(resolve(bundled)).toMatchObject(refusal)
    expect(resolve(bundled, { models: listed('other') })).toMatchObject(refusal)
    expect(resolve(bundled, { models: { state: 'never', models: [], listedAt: null } })).toMatchObject(refusal)
  })

  test('warns of a day that is still to come, with date and replacement', () => {
    const announced = resolve({ ...bundled, shutdownAt: future })
    expect(announced).toMatchObject({ ok: true, warnings: [{ code: 'deprecation_announced' }] })
    expect(announced.warnings[0]?.message).toMatch(/2027-01-01.*"newer"/)
  })

  test('believes what was kept of a model that is listed no more', () => {
    const registered = [{ model: 'm', status: 'active' as const, lifecycle: { ...kept, shutdownAt: past } }]
    expect(resolve(null, { models: listed('other'), registered })).toMatchObject({
      ok: false,
      reason: { code: 'model_deprecated', replacement: 'kept' },
    })
  })

  test('refuses a registered model that is switched off, before anything is asked of it', () => {
    const registered = [{ model: 'm', status: 'inactive' as const, lifecycle: null }]
    const refused = resolve(null, { registered })
    expect(refused).toMatchObject({ ok: false, reason: { code: 'model_unconfigured', inactive: 'm' } })
    expect(refused.trace.at(-1)).toMatchObject({ step: 'model', passed: false })
  })

  test('offers the default model where none is chosen, and does not take it', () => {
    const defaultModel = { provider: 'p', model: 'm' }
    const noRoute = resolveRoute('scoring', snapshotOf([provider()], { defaultModel }))
    expect(noRoute).toMatchObject({ ok: false, reason: { code: 'no_route', suggestion: defaultModel } })
    expect(resolveRoute('scoring', snapshotOf([provider()]))).toMatchObject({
      reason: { code: 'no_route', message: 'No provider is chosen for scoring.' },
    })
  })
})
