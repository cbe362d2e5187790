import { cpSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { findPreset } from '../../../server/profiles/presetProfiles.ts'
import { listCategories } from '../../../server/store/categoryTable.ts'
import { applyMigrations, readMigrations } from '../../../server/store/migrations.ts'
import { findModel, type ModelRow, saveModel } from '../../../server/store/modelTable.ts'
import { readPreferences } from '../../../server/store/preferencesTable.ts'
import { findProvider, listProviders } from '../../../server/store/providerTable.ts'
import { releasedMigrations } from '../../../server/store/releasedMigrations.ts'
import { listRoutes } from '../../../server/store/routeTable.ts'
import { loadSqlite } from '../../../server/store/sqlite.ts'
import type { Store } from '../../../server/store/store.ts'
import { diskFiles } from '../../../server/store/storeFiles.ts'
import { instant, migrationsDir, namesIn, StoreFolders } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

const preFeature = path.resolve(import.meta.dirname, '../../fixtures/store/pre-feature.db')

test('whoever used Ollama before keeps the address, the models and the settings', async () => {
  const dataDir = folders.make()
  cpSync(preFeature, path.join(dataDir, 'store.1.db'))
  const store = await folders.open(dataDir)
  expect(store.migrations.map(({ applied }) => applied)).toEqual([
    'before',
    ...releasedMigrations.slice(1).map(() => 'now'),
  ])
  expect(store.read((database) => findProvider(database, 'ollama'))).toMatchObject({
    kind: 'ollama',
    enabled: true,
    config: {
      base_url: 'http://gpu-box.example',
      port: 11500,
      categorization_model: 'qwen3:4b',
      scoring_model: 'qwen3:14b',
      use_separate_models: true,
      thinking: true,
    },
  })
  expect(store.read(listRoutes)).toMatchObject([
    { task: 'categorization', provider: 'ollama', model: 'qwen3:4b', options: {} },
    { task: 'scoring', provider: 'ollama', model: 'qwen3:14b', options: {} },
  ])
  expect(store.read(readPreferences)).toEqual({
    interests: 'Compilers, databases, and how people learn.',
    anti_interests: 'Celebrity news.',
    active_llm_provider: 'ollama',
    examples: null,
    category_choice: null,
    criteria: null,
    score: null,
    language: null,
    gate: null,
    limits: { categorize_chars: 2000, score_chars: 4000 },
    updatedAt: '2026-02-20T19:05:00.000Z',
  })
  expect(store.read(listProviders).map(({ provider }) => provider)).toEqual(['builtin', 'ollama'])
  expect(namesIn(dataDir)).toEqual(['before-0002_llm_providers.store.1.db', 'store.1.db', 'store.2.db'])
})

test('a fresh install works through the builtin provider', async () => {
  const store = await folders.open(folders.make())
  expect(store.read(listProviders)).toMatchObject([{ provider: 'builtin', kind: 'builtin', enabled: true, config: {} }])
  expect(store.read(listRoutes)).toMatchObject([
    { task: 'categorization', provider: 'builtin', model: null },
    { task: 'scoring', provider: 'builtin', model: null },
  ])
  expect(store.read(readPreferences)).toMatchObject({ interests: '', active_llm_provider: 'builtin' })
})

const outlineOf = (store: Store) =>
  store.read(listCategories).map(({ name, description, parent }) => ({ name, description, isRoot: parent === null }))

function outlineOfPreset(name: string) {
  const found = findPreset(name)
  const roots = found.ok ? found.value.categories : []
  return roots.flatMap(({ children = [], ...root }) =>
    [root, ...children].map(({ name, description }, at) => ({ name, description, isRoot: at === 0 })),
  )
}

test('a fresh install has the general list, in which nothing weighs more than the rest', async () => {
  const store = await folders.open(folders.make())
  expect(outlineOf(store)).toEqual(outlineOfPreset('general'))
  const categories = store.read(listCategories)
  expect(categories.every((each) => each.approved && !each.hidden && each.effectiveWeight === 'normal')).toBe(true)
})

test('a store that had the list of a news reader keeps it, as it is or as a person changed it', async () => {
  const read = readMigrations(diskFiles, migrationsDir, releasedMigrations)
  if (!read.ok) throw new Error(read.reason.message)
  const connection = (await loadSqlite()).open(null)
  expect(applyMigrations(connection, read.value.slice(0, 10), instant).ok).toBe(true)
  connection.run("UPDATE categories SET weight = 'boost' WHERE slug = 'science'")
  const rows = () =>
    connection.all('SELECT slug, name, description, parent, weight, hidden, approved, updated_at FROM categories')
  const before = rows()
  expect(applyMigrations(connection, read.value.slice(10), '2027-01-01T00:00:00.000Z').ok).toBe(true)
  expect(rows()).toEqual(before)
  const listed = listCategories(connection)
  expect(listed.map(({ name, description, parent }) => ({ name, description, isRoot: parent === null }))).toEqual(
    outlineOfPreset('news'),
  )
  expect(listed.every(({ review_below }) => review_below === null)).toBe(true)
  connection.close()
})

interface Before {
  ollama_host?: string | null
  ollama_categorization_model?: string | null
  ollama_scoring_model?: string | null
}

/** What 0002 makes of a row from before. */
async function upgrade(before: Before) {
  const read = readMigrations(diskFiles, migrationsDir, releasedMigrations)
  if (!read.ok) throw new Error(read.reason.message)
  const connection = (await loadSqlite()).open(null)
  expect(applyMigrations(connection, read.value.slice(0, 1), instant).ok).toBe(true)
  connection.run(
    `INSERT INTO user_preferences (id, ollama_host, ollama_categorization_model, ollama_scoring_model, updated_at)
     VALUES (1, ?, ?, ?, ?)`,
    [
      before.ollama_host ?? null,
      before.ollama_categorization_model ?? null,
      before.ollama_scoring_model ?? null,
      instant,
    ],
  )
  expect(applyMigrations(connection, read.value.slice(1), instant)).toEqual({ ok: true, value: null })
  const config = findProvider(connection, 'ollama')?.config
  const models = Object.fromEntries(listRoutes(connection).map(({ task, model }) => [task, model]))
  connection.close()
  return { config, models }
}

test.each<[string | null, string, number]>([
  ['http://localhost:11434', 'http://localhost', 11434],
  ['localhost:11434', 'http://localhost', 11434],
  ['localhost', 'http://localhost', 11434],
  ['  http://localhost:11434/  \n', 'http://localhost', 11434],
  ['HTTP://localhost:8080', 'http://localhost', 8080],
  ['https://h/', 'https://h', 443],
  ['http://h', 'http://h', 80],
  ['http://h:0', 'http://h', 80],
  ['http://h:99999', 'http://h', 80],
  ['h:port', 'http://h', 11434],
  ['192.168.1.5:11434', 'http://192.168.1.5', 11434],
  ['http://[::1]:11434', 'http://[::1]', 11434],
  ['[::1]:8080', 'http://[::1]', 8080],
  ['http://[::1]', 'http://[::1]', 80],
  ['::1', 'http://[::1]', 11434],
  [':8080', 'http://127.0.0.1', 8080],
  ['https://h:8443/ollama/', 'https://h/ollama', 8443],
  ['http://user:secret@h:11434', 'http://h', 11434],
  ['http://user:p@ss@h:11434', 'http://h', 11434],
  ['http://h:11434/?key=secret#x', 'http://h', 11434],
  ['', 'http://127.0.0.1', 11434],
  ['   ', 'http://127.0.0.1', 11434],
  ['http://', 'http://127.0.0.1', 11434],
  [null, 'http://127.0.0.1', 11434],
])('the old host %j becomes %s and port %i', async (host, baseUrl, port) => {
  const { config } = await upgrade({ ollama_host: host })
  expect(config).toMatchObject({ base_url: baseUrl, port, use_separate_models: false, thinking: false })
})

test.each<[string, Before, { categorization: string | null; scoring: string | null }]>([
  [
    'both models',
    { ollama_categorization_model: 'a', ollama_scoring_model: 'b' },
    { categorization: 'a', scoring: 'b' },
  ],
  ['one model for both', { ollama_categorization_model: 'a' }, { categorization: 'a', scoring: 'a' }],
  [
    'an emptied scoring model',
    { ollama_categorization_model: 'a', ollama_scoring_model: ' ' },
    { categorization: 'a', scoring: 'a' },
  ],
  ['a scoring model only', { ollama_scoring_model: 'b' }, { categorization: null, scoring: 'b' }],
  ['no model', {}, { categorization: null, scoring: null }],
])('%s: the routes take what was chosen', async (_, before, expected) => {
  expect((await upgrade(before)).models).toEqual(expected)
})

test('models registered before there were deciding ones keep what was known of them', async () => {
  const read = readMigrations(diskFiles, migrationsDir, releasedMigrations)
  if (!read.ok) throw new Error(read.reason.message)
  const before = read.value.findIndex(({ name }) => name === '0009_decision_models')
  const connection = (await loadSqlite()).open(null)
  expect(applyMigrations(connection, read.value.slice(0, before), instant).ok).toBe(true)
  connection.run(
    `INSERT INTO llm_models (id, provider, model, type, parameters_json, is_default, updated_at, embedding_json)
     VALUES (7, 'builtin', 'a', 'embedding', '{"dimensions":8}', 1, ?, '{"dimensions":8,"at":"${instant}","serverVersion":null}')`,
    [instant],
  )
  expect(applyMigrations(connection, read.value.slice(before), instant)).toEqual({ ok: true, value: null })
  const row = findModel(connection, 'builtin', 'a')
  expect(row).toEqual({
    ...{ provider: 'builtin', model: 'a', type: 'embedding', status: 'active', parameters: { dimensions: 8 } },
    ...{ probe: null, embedding: { dimensions: 8, at: instant, serverVersion: null }, lifecycle: null },
    // Nothing that was registered before leaves for a gateway by itself.
    ...{ isDefault: true, sync: false, price: null, updatedAt: instant },
  })
  saveModel(connection, { ...(row as ModelRow), model: 'b', type: 'decision', parameters: {}, embedding: null })
  expect(findModel(connection, 'builtin', 'b')).toMatchObject({ type: 'decision', isDefault: true })
  connection.close()
})

const withGateways = releasedMigrations.findIndex(({ name }) => name === '0014_gateways') + 1
const withModels = releasedMigrations.findIndex(({ name }) => name === '0004_models_and_usage') + 1

/** Every version that had stores, by how many migrations it knew. */
test.each(releasedMigrations.map(({ name }, index) => [name, index + 1] as const))(
  'a store as %s left it comes to the head with what was in it, and without the columns of the old settings',
  async (_, applied) => {
    const read = readMigrations(diskFiles, migrationsDir, releasedMigrations)
    if (!read.ok) throw new Error(read.reason.message)
    const connection = (await loadSqlite()).open(null)
    expect(applyMigrations(connection, read.value.slice(0, 1), instant).ok).toBe(true)
    connection.run(
      `INSERT INTO user_preferences
         (id, interests, ollama_host, ollama_categorization_model, ollama_scoring_model, ollama_use_separate_models, ollama_thinking, updated_at)
       VALUES (1, 'Compilers', 'gpu-box:11500', 'a', 'b', 1, 1, ?)`,
      [instant],
    )
    expect(applyMigrations(connection, read.value.slice(1, applied), instant).ok).toBe(true)
    // What a person changed since the old settings were taken over counts, and not what stands in the old columns.
    if (applied > 1) connection.run("UPDATE llm_task_routes SET model = 'mine' WHERE task = 'scoring'")
    if (applied >= withModels) {
      connection.run(
        `INSERT INTO llm_models (provider, model, type, parameters_json, is_default, updated_at)
         VALUES ('ollama', 'a', 'generation', '{"top_k":7}', 1, ?)`,
        [instant],
      )
    }
    const hasSync = applied >= withGateways
    if (hasSync) connection.run('UPDATE llm_models SET sync = 1')
    expect(applyMigrations(connection, read.value.slice(applied), instant)).toEqual({ ok: true, value: null })
    expect(findProvider(connection, 'ollama')?.config).toEqual({
      ...{ base_url: 'http://gpu-box', port: 11500, thinking: true },
      ...{ categorization_model: 'a', scoring_model: 'b', use_separate_models: true },
    })
    expect(listRoutes(connection).map(({ task, model }) => [task, model])).toEqual([
      ['categorization', 'a'],
      ['scoring', applied > 1 ? 'mine' : 'b'],
    ])
    expect(readPreferences(connection)).toMatchObject({ interests: 'Compilers', active_llm_provider: 'ollama' })
    const columns = connection.all("SELECT name FROM pragma_table_info('user_preferences')").map(({ name }) => name)
    expect(columns.filter((name) => String(name).startsWith('ollama'))).toEqual([])
    expect(connection.all('PRAGMA foreign_key_check')).toEqual([])
    if (applied >= withModels) {
      expect(connection.get('SELECT sync FROM llm_models')).toEqual({ sync: hasSync ? 1 : 0 })
      expect(findModel(connection, 'ollama', 'a')).toMatchObject({
        parameters: { top_k: 7 },
        price: null,
        isDefault: true,
      })
    }
    connection.close()
  },
)
