import { appendFileSync, cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { applyMigrations, inspectSchema, readMigrations } from '../../../server/store/migrations.ts'
import { releasedMigrations } from '../../../server/store/releasedMigrations.ts'
import { sealImage } from '../../../server/store/sealedImage.ts'
import { loadSqlite } from '../../../server/store/sqlite.ts'
import { diskFiles } from '../../../server/store/storeFiles.ts'
import { describeSchema } from '../../support/store/describeSchema.ts'
import { instant, mark, migrationsDir, namesIn, readMarks, StoreFolders } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

function copyMigrations(): string {
  const copy = folders.make()
  cpSync(migrationsDir, copy, { recursive: true })
  return copy
}

function withMigration(name: string, sql: string): string {
  const copy = copyMigrations()
  writeFileSync(path.join(copy, `${name}.sql`), sql)
  return copy
}

function readAll(directory = migrationsDir) {
  const read = readMigrations(diskFiles, directory, releasedMigrations)
  if (!read.ok) throw new Error(read.reason.message)
  return read.value
}

test('every migration is pinned by the hash that it was released with', () => {
  expect(readAll().map(({ name, sha256 }) => ({ name, sha256 }))).toEqual(releasedMigrations)
})

test('the migrations lead to the declared schema', async () => {
  const sqlite = await loadSqlite()
  const [migrated, declared] = [sqlite.open(null), sqlite.open(null)]
  expect(applyMigrations(migrated, readAll(), instant).ok).toBe(true)
  declared.script(diskFiles.read(path.join(migrationsDir, 'schema.sql')).toString())
  expect(describeSchema(migrated)).toEqual(describeSchema(declared))
  for (const connection of [migrated, declared]) connection.close()
})

test('a drifted schema is seen', async () => {
  const sqlite = await loadSqlite()
  const [one, other] = [sqlite.open(null), sqlite.open(null)]
  one.script("CREATE TABLE t (a TEXT CHECK (a IN ('x'))) STRICT")
  other.script("CREATE TABLE t (a TEXT CHECK (a IN ('y'))) STRICT")
  expect(describeSchema(one)).not.toEqual(describeSchema(other))
  for (const connection of [one, other]) connection.close()
})

const head = releasedMigrations.at(-1) ?? { name: 'none' }

/** The name of a migration that is not released yet. */
function nextName(word: string): string {
  return `${String(releasedMigrations.length + 1).padStart(4, '0')}_${word}`
}

test.each<[string, (directory: string) => void, RegExp]>([
  ['an empty directory', (directory) => rmSync(directory, { recursive: true }), /no migrations/],
  ['a gap', (directory) => rmSync(path.join(directory, '0002_llm_providers.sql')), /0002 is missing before 0003_/],
  [
    'a missing newest file',
    (directory) => rmSync(path.join(directory, `${head.name}.sql`)),
    new RegExp(`${head.name} is missing`),
  ],
  [
    'an edited file',
    (directory) => appendFileSync(path.join(directory, '0002_llm_providers.sql'), '\n-- tidied up'),
    /0002_llm_providers was edited/,
  ],
  [
    'two files of one number',
    (directory) => writeFileSync(path.join(directory, '0003_other.sql'), ''),
    /one number \(0003_categories_and_runs and 0003_other\)/,
  ],
])('%s is refused', (_, spoil, message) => {
  const directory = copyMigrations()
  spoil(directory)
  expect(readMigrations(diskFiles, directory, releasedMigrations)).toMatchObject({
    ok: false,
    reason: { code: 'store_invalid', detail: expect.stringMatching(message) },
  })
})

test('a store is not opened with edited migrations', async () => {
  const directory = copyMigrations()
  appendFileSync(path.join(directory, '0001_before_llm_providers.sql'), ' ')
  const dataDir = folders.make()
  expect(await folders.tryOpen(dataDir, { migrationsDir: directory })).toMatchObject({
    ok: false,
    reason: { code: 'store_invalid' },
  })
  expect(namesIn(dataDir)).toEqual([])
})

test('a database that was made with other migrations is refused', async () => {
  const dataDir = folders.make()
  await (await folders.open(dataDir)).close()
  const directory = copyMigrations()
  appendFileSync(path.join(directory, '0002_llm_providers.sql'), ' ')
  expect(await folders.tryOpen(dataDir, { migrationsDir: directory, released: [] })).toMatchObject({
    ok: false,
    reason: { code: 'store_invalid', detail: expect.stringContaining('another 0002_llm_providers') },
  })
})

test('a first run tells each step, and has nothing to keep a copy of', async () => {
  const dataDir = folders.make()
  const store = await folders.open(dataDir)
  expect(store.migrations.map(({ name, applied }) => `${name} ${applied}`)).toEqual(
    releasedMigrations.map(({ name }) => `${name} now`),
  )
  expect(store.generation).toBe(1)
  expect(namesIn(dataDir)).toEqual(['store.1.db'])
})

test('opening at the head changes nothing', async () => {
  const dataDir = folders.make()
  await (await folders.open(dataDir)).close()
  const store = await folders.open(dataDir)
  expect(store.generation).toBe(1)
  expect(store.migrations.every(({ applied }) => applied === 'before')).toBe(true)
  expect(readdirSync(dataDir)).toEqual(['store.1.db'])
})

test('an upgrade keeps a copy of what was before it', async () => {
  const dataDir = folders.make()
  const before = await folders.open(dataDir)
  await before.change(mark('kept'))
  await before.close()
  const directory = withMigration(nextName('more'), 'CREATE TABLE more (word TEXT) STRICT;')
  const store = await folders.open(dataDir, { migrationsDir: directory })
  expect(store.migrations.map(({ applied }) => applied)).toEqual([...releasedMigrations.map(() => 'before'), 'now'])
  expect(store.read(readMarks)).toEqual(['kept'])
  expect(namesIn(dataDir)).toEqual([`before-${nextName('more')}.store.2.db`, 'store.1.db', 'store.2.db', 'store.3.db'])
  const restored = folders.make()
  cpSync(path.join(dataDir, `before-${nextName('more')}.store.2.db`), path.join(restored, 'store.1.db'))
  expect((await folders.open(restored)).read(readMarks)).toEqual(['kept'])
})

test.each<[string, string]>([
  ['bad SQL', 'CREATE TABLE more (word TEXT) STRICT; CREATE TABLE oops ('],
  [
    'an orphan',
    "CREATE TABLE more (word TEXT) STRICT; UPDATE llm_task_routes SET provider = 'nobody' WHERE task = 'scoring';",
  ],
])('an upgrade that fails on %s leaves everything as it was', async (_, sql) => {
  const dataDir = folders.make()
  await (await folders.open(dataDir)).close()
  const broken = await folders.tryOpen(dataDir, { migrationsDir: withMigration(nextName('broken'), sql) })
  expect(broken).toMatchObject({
    ok: false,
    reason: { code: 'store_invalid', detail: expect.stringContaining(nextName('broken')) },
  })
  const store = await folders.open(dataDir)
  expect(store.generation).toBe(1)
  expect(store.read((database) => database.all("SELECT name FROM sqlite_schema WHERE name = 'more'"))).toEqual([])
})

test('a failed migration takes its own beginning back', async () => {
  const connection = (await loadSqlite()).open(null)
  const sql = 'CREATE TABLE begun (word TEXT) STRICT; SELECT nonsense;'
  const outcome = applyMigrations(connection, [{ number: 1, name: '0001_broken', sql, sha256: '' }], instant)
  expect(outcome.ok).toBe(false)
  expect(connection.all('SELECT name FROM sqlite_schema')).toEqual([])
  expect(inspectSchema(connection, readAll()).kind).toBe('pending')
  connection.close()
})

test('a database of a newer version can be read and not be changed', async () => {
  const dataDir = folders.make()
  const newer = await folders.open(dataDir, {
    migrationsDir: withMigration(nextName('more'), 'CREATE TABLE more (word TEXT) STRICT;'),
  })
  await newer.change(mark('newer'))
  await newer.close()
  const store = await folders.open(dataDir)
  expect(store.mode).toMatchObject({
    kind: 'read-only',
    cause: 'newer_version',
    why: `a newer version of LLM Providers has upgraded the data (to ${releasedMigrations.length + 1}, this version knows ${releasedMigrations.length})`,
  })
  expect(store.read(readMarks)).toEqual(['newer'])
  expect(await store.change(mark('older'))).toMatchObject({
    ok: false,
    reason: { code: 'store_read_only', action: { id: 'updateProduct' } },
  })
  expect(namesIn(dataDir)).toEqual(['store.1.db', 'store.2.db'])
})

test('an open store turns read-only when a newer version upgrades the data', async () => {
  const dataDir = folders.make()
  const older = await folders.open(dataDir)
  expect(older.mode).toEqual({ kind: 'read-write' })
  await folders.open(dataDir, {
    migrationsDir: withMigration(nextName('more'), 'CREATE TABLE more (word TEXT) STRICT;'),
  })
  expect(older.mode.kind).toBe('read-only')
  expect(await older.change(mark('older'))).toMatchObject({ ok: false, reason: { code: 'store_read_only' } })
})

test('a database of another program is refused and left alone', async () => {
  const connection = (await loadSqlite()).open(null)
  connection.script('CREATE TABLE songs (title TEXT)')
  const { image, seal } = sealImage(connection.image(), [Buffer.alloc(16)])
  const dataDir = folders.make()
  writeFileSync(path.join(dataDir, 'store.1.db'), Buffer.concat([image, seal]))
  expect(await folders.tryOpen(dataDir)).toMatchObject({
    ok: false,
    reason: { code: 'store_invalid', detail: expect.stringContaining('another program') },
  })
  expect(namesIn(dataDir)).toEqual(['store.1.db'])
})
