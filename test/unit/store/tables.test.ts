import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../../protocol/profile.ts'
import type { RunView } from '../../../protocol/runs.ts'
import { listAudit, recordAudit } from '../../../server/store/auditTable.ts'
import { findHealth, listHealth, removeHealth, saveHealth } from '../../../server/store/healthTable.ts'
import { readPreferences, savePreferences } from '../../../server/store/preferencesTable.ts'
import {
  findProvider,
  listProviders,
  type ProviderRow,
  removeProvider,
  saveProvider,
  setProviderEnabled,
} from '../../../server/store/providerTable.ts'
import { findRoute, listRoutes, removeRoute, saveRoute } from '../../../server/store/routeTable.ts'
import {
  findRun,
  insertRun,
  listRuns,
  listUnfinishedUses,
  removeRun,
  type StoredRun,
  updateRun,
} from '../../../server/store/runTable.ts'
import type { Connection } from '../../../server/store/sqlite.ts'
import { openMigrated } from '../../support/store/migratedDatabase.ts'
import { instant } from '../../support/store/storeFolder.ts'

let database: Connection
beforeEach(async () => {
  database = await openMigrated()
})
afterEach(() => database.close())

const later = '2026-11-22T12:00:00.000Z'
const work: ProviderRow = {
  provider: 'openai-work',
  kind: 'openai',
  enabled: true,
  config: { base_url: 'https://api.example', nested: { list: [1, null, 'ü'] } },
  updatedAt: instant,
}

describe('providers', () => {
  test('a provider is created, replaced whole, switched and removed', () => {
    saveProvider(database, work)
    expect(findProvider(database, 'openai-work')).toEqual(work)
    const replaced = { ...work, config: { port: 1 }, updatedAt: later }
    saveProvider(database, replaced)
    expect(setProviderEnabled(database, 'openai-work', false, later)).toBe(true)
    expect(listProviders(database).map(({ provider }) => provider)).toEqual(['builtin', 'openai-work'])
    expect(findProvider(database, 'openai-work')).toEqual({ ...replaced, enabled: false })
    expect(removeProvider(database, 'openai-work')).toBe(true)
    expect(removeProvider(database, 'openai-work')).toBe(false)
    expect(setProviderEnabled(database, 'openai-work', true, later)).toBe(false)
  })

  test('a provider that a route names can not be removed', () => {
    expect(() => removeProvider(database, 'builtin')).toThrow(/FOREIGN KEY/)
    expect(findProvider(database, 'builtin')).toBeDefined()
  })

  test('a configuration that is not JSON does not get in', () => {
    expect(() => database.run("UPDATE llm_provider_configs SET config_json = '{'")).toThrow(/CHECK/)
  })

  test.each(['[1]', 'null'])('the configuration %s is told as damaged, and taken for empty', (config) => {
    saveProvider(database, work)
    database.run('UPDATE llm_provider_configs SET config_json = ? WHERE provider = ?', [config, 'openai-work'])
    const damaged = { ...work, config: {}, damage: expect.stringContaining('no object') }
    expect(findProvider(database, 'openai-work')).toEqual(damaged)
  })

  test.each<[string, string, RegExp]>([
    ['an odd slug', "provider = 'Not A Slug'", /^llm_provider_configs\.provider: lower-case/],
    ['an odd instant', "updated_at = 'yesterday'", /^llm_provider_configs\.updated_at: /],
  ])('%s is told with table and column', (_, assignment, message) => {
    saveProvider(database, work)
    database.run(`UPDATE llm_provider_configs SET ${assignment} WHERE provider = 'openai-work'`)
    expect(() => listProviders(database)).toThrow(message)
  })
})

describe('routes', () => {
  test('a route is created, replaced and removed', () => {
    const route = {
      task: 'scoring',
      provider: 'openai-work',
      model: 'm',
      options: { batchSize: 3, fallback: { provider: 'builtin', model: null } },
      updatedAt: later,
    } as const
    saveProvider(database, work)
    saveRoute(database, route)
    expect(findRoute(database, 'scoring')).toEqual(route)
    expect(listRoutes(database).map(({ task }) => task)).toEqual(['categorization', 'scoring'])
    expect(removeRoute(database, 'scoring')).toBe(true)
    expect(removeRoute(database, 'scoring')).toBe(false)
    expect(findRoute(database, 'scoring')).toBeUndefined()
  })
})

describe('preferences', () => {
  const noCriteria = { criteria: null, score: null, language: null, gate: null }

  test('absent fields stay as they are', () => {
    savePreferences(database, { interests: 'databases' }, later)
    expect(savePreferences(database, { anti_interests: 'sport', active_llm_provider: null }, later)).toEqual({
      interests: 'databases',
      anti_interests: 'sport',
      active_llm_provider: null,
      limits: defaultLimits,
      examples: null,
      category_choice: null,
      ...noCriteria,
      updatedAt: later,
    })
    expect(readPreferences(database).interests).toBe('databases')
  })

  test('limits are replaced whole, and the product’s own are not kept', () => {
    const limits = { categorize_chars: 300, score_chars: 9000 }
    savePreferences(database, { limits }, later)
    savePreferences(database, { interests: 'databases' }, later)
    expect(readPreferences(database).limits).toEqual(limits)
    savePreferences(database, { limits: defaultLimits }, later)
    expect(database.get('SELECT limits_json FROM user_preferences')).toEqual({ limits_json: null })
  })

  test('a removed provider is not the active one any more', () => {
    saveProvider(database, work)
    savePreferences(database, { active_llm_provider: 'openai-work' }, later)
    removeProvider(database, 'openai-work')
    expect(readPreferences(database).active_llm_provider).toBeNull()
  })

  test('nothing saved reads as empty', () => {
    database.run('DELETE FROM user_preferences')
    expect(readPreferences(database)).toEqual({
      interests: '',
      anti_interests: '',
      active_llm_provider: null,
      limits: defaultLimits,
      examples: null,
      category_choice: null,
      ...noCriteria,
      updatedAt: null,
    })
  })
})

describe('health', () => {
  const row = {
    provider: 'builtin',
    health: { state: 'ok', reason: null, latencyMs: 1.5, version: '1', checkedAt: instant },
    models: { state: 'fresh', models: [{ model: 'm' }], listedAt: instant },
    failures: 2,
    pausedUntil: later,
    updatedAt: instant,
  } as const

  test('the last finding replaces the one before, and goes with its provider', () => {
    saveProvider(database, work)
    expect(saveHealth(database, { ...row, provider: 'openai-work', models: { ...row.models, models: [] } })).toBe(true)
    saveHealth(database, { ...row, provider: 'openai-work', models: { ...row.models, models: [{ model: 'm' }] } })
    expect(findHealth(database, 'openai-work')).toEqual({ ...row, provider: 'openai-work' })
    removeProvider(database, 'openai-work')
    expect(listHealth(database)).toEqual([])
  })

  test('a check that outlives its provider is not kept', () => {
    expect(saveHealth(database, { ...row, provider: 'gone', models: { ...row.models, models: [] } })).toBe(false)
  })

  test('what was known can be forgotten', () => {
    saveHealth(database, { ...row, models: { ...row.models, models: [] } })
    removeHealth(database, 'builtin')
    expect(findHealth(database, 'builtin')).toBeUndefined()
  })
})

describe('the audit log', () => {
  test('pages are newest first and stay put while entries come', () => {
    for (let number = 1; number <= 7; number++) {
      recordAudit(database, {
        at: instant,
        what: 'route',
        target: String(number),
        action: 'save',
        before: null,
        after: { number },
      })
    }
    const first = listAudit(database, { limit: 3 })
    expect(first.rows.map(({ target }) => target)).toEqual(['7', '6', '5'])
    expect(first.rows[0]).toMatchObject({ before: null, after: { number: 7 } })
    recordAudit(database, { at: later, what: 'test', target: 'new', action: 'test', before: { a: 1 }, after: null })
    const second = listAudit(database, { cursor: first.next, limit: 3 })
    expect(second.rows.map(({ target }) => target)).toEqual(['4', '3', '2'])
    const last = listAudit(database, { cursor: second.next, limit: 3 })
    expect(last).toMatchObject({ rows: [{ target: '1' }], next: null })
  })

  test('those of a provider are its own, those of its models and of their tests', () => {
    const names = [
      ['provider', 'work'],
      ['provider', 'work-2'],
      ['model', 'work/a'],
      ['test', 'work/a'],
      ['test', 'work'],
      ['model', 'work-2/work/a'],
      ['category', 'work'],
    ] as const
    for (const [what, target] of names) {
      recordAudit(database, { at: instant, what, target, action: 'save', before: null, after: null })
    }
    const { rows } = listAudit(database, { provider: 'work', limit: 10 })
    expect(rows.map(({ what, target }) => [what, target])).toEqual([names[4], names[3], names[2], names[0]])
  })

  test.each(['', 'x', '-1', '1; DROP TABLE audit_log', '9'.repeat(40)])(
    'the cursor %j means from the start',
    (cursor) => {
      recordAudit(database, { at: instant, what: 'test', target: 'a', action: 'test', before: null, after: null })
      expect(listAudit(database, { cursor, limit: 10 }).rows).toHaveLength(1)
    },
  )
})

describe('runs', () => {
  const view = (runId: string, more: Partial<RunView> = {}): RunView => ({
    runId,
    state: 'running',
    tasks: ['scoring'],
    source: 'a.jsonl',
    folder: '/',
    counts: { total: null, ok: 0, failed: 0, skipped: 0, waiting: 0 },
    reason: null,
    routes: [],
    resultsPath: null,
    startedAt: instant,
    finishedAt: null,
    profile: null,
    spent: { costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 },
    revision: null,
    parkedUntil: null,
    ...more,
  })
  const run = (runId: string, more: Partial<RunView> = {}): StoredRun => ({
    view: view(runId, more),
    request: {
      tasks: ['scoring'],
      source: { kind: 'paths', paths: ['/a.jsonl'] },
      output: { path: null, format: 'jsonl', none: false },
    },
    owner: { pid: 7, host: 'here', token: 'abc' },
  })

  test('a run is kept with its owner, changed and removed', () => {
    expect(insertRun(database, run('run-00001'), instant)).toBe(true)
    expect(insertRun(database, run('run-00001'), instant)).toBe(false)
    expect(findRun(database, 'run-00001')).toEqual(run('run-00001'))
    const done = { ...run('run-00001', { state: 'completed', finishedAt: later }), owner: null }
    expect(updateRun(database, done, later)).toBe(true)
    expect(findRun(database, 'run-00001')).toEqual(done)
    expect(removeRun(database, 'run-00001')).toBe(true)
    expect(updateRun(database, done, later)).toBe(false)
    expect(findRun(database, 'run-00001')).toBeUndefined()
  })

  test('a run that is owned says when its owner last wrote, and one that nobody owns does not', () => {
    const heartbeat = () => database.get('SELECT heartbeat_at FROM runs WHERE run_id = ?', ['run-00001'])
    insertRun(database, run('run-00001'), instant)
    expect(heartbeat()).toEqual({ heartbeat_at: instant })
    updateRun(database, run('run-00001'), later)
    expect(heartbeat()).toEqual({ heartbeat_at: later })
    updateRun(database, { ...run('run-00001'), owner: null }, later)
    expect(heartbeat()).toEqual({ heartbeat_at: null })
  })

  test('lists are newest first', () => {
    for (const number of [1, 2, 3]) {
      insertRun(database, run(`run-0000${number}`, number === 2 ? { state: 'stopped' } : {}), instant)
    }
    const page = listRuns(database, { limit: 2 })
    expect(page.rows.map(({ view: { runId } }) => runId)).toEqual(['run-00003', 'run-00002'])
    expect(listRuns(database, { cursor: page.next, limit: 2 })).toMatchObject({ rows: [{}], next: null })
  })

  test('what an unfinished run uses is told, whether it goes on now or could', () => {
    const to = (provider: string, model: string) =>
      ({ task: 'scoring', provider, kind: 'k', model, endpoint: null, options: {}, rule: 'route' }) as const
    const views: Partial<RunView>[] = [
      { state: 'running', routes: [to('p', 'a'), to('p', 'b')] },
      { state: 'completed', routes: [to('p', 'a')] },
      { state: 'cancelled', routes: [to('p', 'a'), to('p', 'a')] },
      { state: 'interrupted', routes: [to('other', 'a')] },
    ]
    for (const [index, view] of views.entries()) insertRun(database, run(`run-0000${index}`, view), instant)
    expect(listUnfinishedUses(database, 'p')).toEqual([
      { runId: 'run-00000', model: 'a' },
      { runId: 'run-00000', model: 'b' },
      { runId: 'run-00002', model: 'a' },
    ])
  })
})
