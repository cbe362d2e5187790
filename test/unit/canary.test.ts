import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { succeed } from '../../protocol/outcome.ts'
import { recordAudit } from '../../server/store/auditTable.ts'
import { loadSqlite } from '../../server/store/sqlite.ts'
import { canaryMarks, holdsCanary, onPurpose, searchFolder } from '../support/canary/canary.ts'
import { rootVariable, setup, teardown } from '../support/canary/globalSetup.ts'
import { instant, StoreFolders } from '../support/store/storeFolder.ts'

const key = 'sk-canary-0123456789/+planted'
let folder = ''
beforeEach(() => {
  if (folder) rmSync(path.join(folder, 'planted'), { force: true })
  folder ||= mkdtempSync(path.join(tmpdir(), 'llm-providers-planted-'))
})
// Emptied before: a folder with a key in it cannot be removed here, which is what the last tests are about.
afterAll(() => rmSync(folder, { recursive: true }))

const plantings: [string, (key: string) => Buffer | string][] = [
  ['as it is', (key) => `x${key}x`],
  ['in JSON', (key) => JSON.stringify({ key })],
  ['percent-encoded', (key) => encodeURIComponent(key)],
  ['in UTF-16', (key) => Buffer.from(key, 'utf16le')],
  ['in hexadecimal', (key) => Buffer.from(key).toString('hex')],
  ['backwards', (key) => [...key].reverse().join('')],
  ...[0, 1, 2].map((offset): [string, (key: string) => string] => [
    `in base64, at offset ${offset}`,
    (key) => Buffer.from(`${'a'.repeat(offset)}${key}:z`).toString('base64'),
  ]),
  ['compressed', (key) => gzipSync(key)],
  ['across two pieces of a long file', (key) => Buffer.concat([Buffer.alloc((1 << 20) - 5), Buffer.from(key)])],
]

describe('the search finds a key', () => {
  test.each(plantings)('%s', (_name, write) => {
    const file = path.join(folder, 'planted')
    writeFileSync(file, write('another text'))
    expect(searchFolder(folder)).toEqual([])
    writeFileSync(file, write(key))
    expect(searchFolder(folder)).toEqual([file])
  })

  test.each(canaryMarks)('that begins with %s', (mark) => expect(holdsCanary(`"${mark}-0123"`)).toBe(true))

  test('in the name of a file, and leaves out what a test put there on purpose', () => {
    mkdirSync(path.join(folder, onPurpose))
    writeFileSync(path.join(folder, onPurpose, 'x'), key)
    const named = path.join(folder, 'sk-canary-name')
    writeFileSync(named, '')
    expect(searchFolder(folder)).toEqual([named])
    rmSync(named)
  })
})

test('every folder of the suite is below the one that is searched at its end', () => {
  expect(process.env[rootVariable]).toBeTruthy()
  expect(tmpdir().startsWith(process.env[rootVariable] ?? '')).toBe(true)
})

test('a folder that holds a key cannot be removed unseen', async () => {
  const file = path.join(folder, 'planted')
  writeFileSync(file, key)
  expect(() => rmSync(folder, { recursive: true })).toThrow(/was written down:\n.*planted/)
  await expect(rm(folder, { recursive: true, force: true })).rejects.toThrow(/was written down/)
  rmSync(file)
})

describe('the end of the suite', () => {
  const names = [rootVariable, 'TMPDIR', 'TEMP', 'TMP']
  test('fails when a key is left or was printed anywhere, and leaves no folder behind', () => {
    const before = names.map((name) => [name, process.env[name]] as const)
    try {
      setup()
      const root = process.env[rootVariable] ?? ''
      const log = path.join(tmpdir(), 'deep', 'run.log')
      mkdirSync(path.dirname(log))
      writeFileSync(log, `sent ${key}`)
      expect(teardown).toThrow(/written down:\n.*run\.log/)
      rmSync(log)
      writeFileSync(path.join(root, 'console.log'), `printed ${key}`)
      expect(teardown).toThrow(/written down:\n.*console\.log/)
      rmSync(path.join(root, 'console.log'))
      expect(teardown).not.toThrow()
      expect(existsSync(root)).toBe(false)
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
  })
})

test('a key in the database is found as it lies on the disk', async () => {
  const dataDir = path.join(folder, 'data')
  const stores = new StoreFolders()
  const store = await stores.open(dataDir)
  const entry = { at: instant, what: 'test', target: 'a', action: 'test', before: null } as const
  const keep = (note: string) =>
    store.change((database) => succeed(recordAudit(database, { ...entry, after: { note } })))
  await keep('no key')
  expect(searchFolder(folder)).toEqual([])
  await keep(key)
  await stores.dispose()
  const found = searchFolder(folder)
  expect(found.map((file) => path.extname(file))).toContain('.db')
  for (const file of found) rmSync(file)
})

test('a key in a row that lies on several pages is found wherever it is cut', async () => {
  const sqlite = await loadSqlite()
  const file = path.join(folder, 'planted')
  // How much of a row stays beside its number, and of that what is behind its header: https://sqlite.org/fileformat.html#b_tree_pages
  const others = 12_000
  const local = 489 + ((7 + others + key.length - 489) % 4092) - 7
  const images = Array.from({ length: key.length + 1 }, (_, cut) => {
    const connection = sqlite.open(null)
    connection.script('CREATE TABLE notes (note TEXT, name TEXT) STRICT')
    const before = local - cut
    connection.run('INSERT INTO notes VALUES (?, ?)', ['x'.repeat(before), key + 'y'.repeat(others - before)])
    const image = Buffer.from(connection.image())
    connection.close()
    return image
  })
  // Else this proves nothing.
  expect(images.filter((image) => !holdsCanary(image)).length).toBeGreaterThanOrEqual(8)
  for (const image of images) {
    writeFileSync(file, image)
    expect(searchFolder(folder)).toEqual([file])
  }
})

test('a database that is damaged is no end of the search', () => {
  const file = path.join(folder, 'planted')
  writeFileSync(file, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8192, 'x')]))
  expect(searchFolder(folder)).toEqual([])
  writeFileSync(path.join(folder, 'behind'), key)
  expect(searchFolder(folder)).toEqual([path.join(folder, 'behind')])
  rmSync(path.join(folder, 'behind'))
})
