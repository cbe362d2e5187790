import { describe, expect, it } from 'vitest'
import type { ModelList } from '../../../protocol/providers.ts'
import { resolveRoute } from '../../../server/domain/resolveRoute.ts'
import { listed, minutesAgo, provider, snapshotOf } from '../domain/resolutionCases.ts'

function resolve(models: ModelList) {
  const resolution = resolveRoute('categorization', snapshotOf([provider({ models })]))
  return {
    code: resolution.ok ? null : resolution.reason.code,
    warnings: resolution.warnings.map(({ code }) => code),
  }
}

const missingOnce = { ...listed('other'), models: [{ model: 'other' }, { model: 'm', unlistedSince: minutesAgo(1) }] }

describe('a route to a model', () => {
  it.each<[string, ModelList, string | null, string[]]>([
    ['that is listed is ready', listed('m'), null, []],
    ['that the last list lacked is ready, with a warning', missingOnce, null, ['model_unlisted']],
    ['that two lists lacked is not ready', listed('other'), 'model_missing', []],
    [
      'that a list lacked and nobody could ask again is ready, with both told',
      { ...missingOnce, state: 'stale' },
      null,
      ['stale_models', 'model_unlisted'],
    ],
    [
      'that an old list lacked is ready: it may have come since',
      { ...listed('other'), state: 'stale' },
      null,
      ['stale_models'],
    ],
    [
      'that a list without an end lacked is ready, and told as not known',
      { ...listed('other'), isPartial: true },
      null,
      ['model_not_listed'],
    ],
  ])('%s', (_, models, code, warnings) => {
    expect(resolve(models)).toEqual({ code, warnings })
  })
})
