import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  clearDefault,
  findDefault,
  findModel,
  listModels,
  listModelsOf,
  listRegistrations,
  type ModelRow,
  removeModel,
  removeModelsOf,
  saveModel,
} from '../../../server/store/modelTable.ts'
import { removeProvider } from '../../../server/store/providerTable.ts'
import type { Connection } from '../../../server/store/sqlite.ts'
import { openMigrated } from '../../support/store/migratedDatabase.ts'
import { instant } from '../../support/store/storeFolder.ts'

let database: Connection
beforeEach(async () => {
  database = await openMigrated()
})
afterEach(() => database.close())

const later = '2026-11-22T12:00:00.000Z'
const row = (changes: Partial<ModelRow> = {}): ModelRow => ({
  provider: 'builtin',
  model: 'keywords',
  type: 'generation',
  status: 'active',
  parameters: { temperature: 0.5, thinking: 'low' },
  price: null,
  probe: null,
  embedding: null,
  lifecycle: null,
  isDefault: false,
  sync: false,
  updatedAt: instant,
  ...changes,
})
const probe: NonNullable<ModelRow['probe']> = {
  schema: true,
  schemaWithThinking: null,
  schemaWithoutThinking: null,
  enumeration: true,
  batchOfFive: true,
  usageReported: false,
  emptyWhileThinking: null,
  outputModes: ['schema', 'json'],
  calls: 2,
  usage: { input: 1, output: 2, cached: null, reasoning: null },
  serverVersion: '1',
  at: instant,
}

describe('registered models', () => {
  test.each<[string, Partial<ModelRow>]>([
    [
      'with everything',
      {
        probe,
        lifecycle: { deprecatedAt: instant, shutdownAt: later, replacement: 'r', source: 'live' },
        isDefault: true,
      },
    ],
    ['with nothing', { parameters: {} }],
    [
      'with a lifecycle without dates',
      { lifecycle: { deprecatedAt: null, shutdownAt: null, replacement: null, source: 'bundled' } },
    ],
    [
      'of the other type',
      {
        type: 'embedding',
        parameters: { dimensions: 8, distance_metric: 'dot', normalize: true },
        embedding: { dimensions: 8, at: instant, serverVersion: null },
      },
    ],
    [
      'that only decides',
      {
        type: 'decision',
        parameters: { timeout_seconds: 30 },
        probe: { ...probe, outputModes: [], decisions: { dialect: 'systemone', limits: { options: 52 } } },
        isDefault: true,
      },
    ],
  ])('are read as they were saved, %s', (_, changes) => {
    saveModel(database, row(changes))
    expect(findModel(database, 'builtin', 'keywords')).toEqual(row(changes))
    expect(listModelsOf(database, 'builtin')).toEqual([row(changes)])
    const { provider, model, type, status, lifecycle, isDefault } = row(changes)
    expect(listRegistrations(database)).toEqual([{ provider, model, type, status, lifecycle, isDefault }])
  })

  test('are replaced whole and keep their place in the list', () => {
    saveModel(database, row())
    saveModel(database, row({ model: 'second' }))
    saveModel(database, row({ status: 'deprecated', parameters: {}, updatedAt: later }))
    const { rows } = listModels(database, {}, { limit: 10 })
    expect(rows.map(({ model, status }) => [model, status])).toEqual([
      ['keywords', 'deprecated'],
      ['second', 'active'],
    ])
  })

  test('come page by page, though rows go meanwhile', () => {
    for (const model of ['a', 'b', 'c', 'd']) saveModel(database, row({ model }))
    const first = listModels(database, {}, { limit: 2 })
    expect(first.rows.map(({ model }) => model)).toEqual(['a', 'b'])
    removeModel(database, 'builtin', 'b')
    const second = listModels(database, {}, { limit: 2, cursor: first.next })
    expect(second.rows.map(({ model }) => model)).toEqual(['c', 'd'])
    expect(second.next).toBeNull()
    expect(listModels(database, {}, { limit: 1, cursor: 'odd' }).rows).toHaveLength(1)
  })

  test('have one default of a type; the database sees to it', () => {
    saveModel(database, row({ isDefault: true }))
    expect(() => saveModel(database, row({ model: 'second', isDefault: true }))).toThrow(/UNIQUE/)
    saveModel(database, row({ model: 'vectors', type: 'embedding', parameters: {}, isDefault: true }))
    expect(findDefault(database, 'generation')?.model).toBe('keywords')
    clearDefault(database, 'generation', later)
    expect(findDefault(database, 'generation')).toBeUndefined()
    expect(findDefault(database, 'embedding')?.model).toBe('vectors')
  })

  test.each<[string, Partial<ModelRow>, RegExp]>([
    ['a default that is switched off', { isDefault: true, status: 'inactive' }, /CHECK/],
    ['a model of nobody', { provider: 'nobody' }, /FOREIGN KEY/],
  ])('do not hold %s', (_, changes, message) => {
    expect(() => saveModel(database, row(changes))).toThrow(message)
  })

  test('keep their provider until they go', () => {
    saveModel(database, row())
    database.run('DELETE FROM llm_task_routes')
    expect(() => removeProvider(database, 'builtin')).toThrow(/FOREIGN KEY/)
    removeModelsOf(database, 'builtin')
    expect(removeModel(database, 'builtin', 'keywords')).toBe(false)
    expect(removeProvider(database, 'builtin')).toBe(true)
  })

  test.each<[string, string, RegExp]>([
    ['parameters that nobody knows', `parameters_json = '{"warmth":1}'`, /^llm_models\.parameters_json/],
    ['findings that are none', `capabilities_json = '{}'`, /^llm_models\.capabilities_json/],
    ['a vector without a length', `embedding_json = '{"dimensions":0}'`, /^llm_models\.embedding_json/],
    ['an odd instant', `shutdown_at = 'soon'`, /^llm_models\.shutdown_at/],
  ])('with %s are told with table and column', (_, assignment, message) => {
    saveModel(database, row())
    database.run(`UPDATE llm_models SET ${assignment}`)
    expect(() => findModel(database, 'builtin', 'keywords')).toThrow(message)
  })
})
