import { cpSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Store } from '../../../server/store/openStore.ts'
import { releasedMigrations } from '../../../server/store/releasedMigrations.ts'
import { diskFiles, type StoreFiles } from '../../../server/store/storeFiles.ts'
import { errorOf, type Fault, faultyFiles } from '../../support/store/faultyFiles.ts'
import {
  leapingClock,
  mark,
  namesIn,
  readMarks,
  StoreFolders,
  temporaryNamesIn,
} from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

const faults: readonly Fault[] = ['ENOSPC', 'EIO', 'EACCES', 'EPERM', 'EBUSY', 'short', 'silent short']
const faultsOfOpening: readonly Fault[] = ['ENOSPC', 'EIO', 'EACCES', 'silent short']
const preFeature = path.resolve(import.meta.dirname, '../../fixtures/store/pre-feature.db')
const tooMany = 100

/** A folder with eleven generations, so that a commit also pushes one out. */
async function fullFolder(): Promise<string> {
  const dataDir = folders.make()
  const store = await folders.open(dataDir)
  for (let number = 2; number <= 11; number++) await store.change(mark(`old ${number}`))
  await store.close()
  return dataDir
}

async function marksOnDisk(dataDir: string): Promise<string[]> {
  const store = await folders.open(dataDir)
  expect(store.damage).toEqual([])
  const marks = store.read(readMarks).filter((id) => !id.startsWith('old'))
  await store.close()
  return marks
}

describe.each(faults)('%s at the n-th file operation', (fault) => {
  test('of two changes: each answer is true, the next change works, and nothing is left behind', async () => {
    const template = await fullFolder()
    const fired: string[] = []
    for (let n = 1; n < tooMany; n++) {
      const dataDir = folders.copyOf(template)
      const files = faultyFiles()
      const store = await folders.open(dataDir, { files, clock: leapingClock() })
      files.arm(n, fault)
      const saved: string[] = []
      for (const id of ['first', 'second']) {
        const answer = await store.change(mark(id))
        if (answer.ok) saved.push(id)
        else expect(answer.reason.code, `${files.fired()}`).toBe('store_failed')
        expect(store.read(readMarks).includes(id), `${files.fired()}: ${id} in memory`).toBe(answer.ok)
        expect(await marksOnDisk(dataDir), `${files.fired()}: ${id} on disk`).toEqual(saved)
      }
      const operation = files.fired()
      expect(saved.length, `${operation}: only one fails`).toBeGreaterThanOrEqual(operation === null ? 2 : 1)
      files.arm(Number.POSITIVE_INFINITY, fault)
      expect((await store.change(mark('third'))).ok, `${operation}: afterwards`).toBe(true)
      await store.close()
      expect(await marksOnDisk(dataDir), `${operation}: in the end`).toEqual([...saved, 'third'])
      expect(temporaryNamesIn(dataDir), `${operation}: leftovers`).toEqual([])
      if (operation === null) break
      fired.push(operation)
    }
    expect(fired.length).toBeLessThan(tooMany - 1)
    const everything = ['create', 'write', 'sync', 'size', 'close', 'link', 'syncFolder', 'list', 'remove']
    expect(fired).toEqual(expect.arrayContaining(everything))
  })
})

describe.each(faultsOfOpening)('%s at the n-th file operation', (fault) => {
  test.each<[string, (dataDir: string) => void]>([
    ['a first run', () => {}],
    ['an upgrade', (dataDir) => cpSync(preFeature, path.join(dataDir, 'store.1.db'))],
  ])('of %s: a typed failure, and the next start works', async (_, prepare) => {
    for (let n = 1; n < tooMany; n++) {
      const dataDir = folders.make()
      prepare(dataDir)
      const files = faultyFiles()
      files.arm(n, fault)
      const opened = await folders.tryOpen(dataDir, { files, clock: leapingClock() })
      const operation = files.fired()
      if (opened.ok) await opened.value.close()
      else expect(opened.reason.code, operation ?? '').toMatch(/^store_(failed|invalid)$/)
      const store = await folders.open(dataDir)
      expect(store.migrations).toHaveLength(releasedMigrations.length)
      expect(store.damage).toEqual([])
      expect((await store.change(mark('works'))).ok).toBe(true)
      await store.close()
      if (operation === null) return
    }
    expect.unreachable('the faults never ended')
  })
})

test.each(['ENOSPC', 'EIO', 'EACCES', 'EROFS'])('a disk that keeps saying %s loses nothing', async (code) => {
  const dataDir = folders.make()
  let isBroken = false
  const files: StoreFiles = {
    ...diskFiles,
    create(place) {
      if (isBroken) throw errorOf(code)
      return diskFiles.create(place)
    },
  }
  const store = await folders.open(dataDir, { files })
  isBroken = true
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await store.change(mark('a'))).toMatchObject({
      ok: false,
      reason: { code: 'store_failed', detail: expect.stringContaining(code) },
    })
  }
  expect(store.read(readMarks)).toEqual([])
  isBroken = false
  expect((await store.change(mark('b'))).ok).toBe(true)
  expect(store.read(readMarks)).toEqual(['b'])
})

describe('a file that another program holds', () => {
  /** Windows answers so while an indexer or a virus scanner looks at a new file. */
  function heldFor(attempts: number, code: string): StoreFiles {
    let left = attempts
    return {
      ...diskFiles,
      passingCodes: new Set(['EBUSY', 'EPERM', 'EACCES']),
      link(from, to) {
        if (left-- > 0) throw errorOf(code)
        diskFiles.link(from, to)
      },
    }
  }

  test.each(['EBUSY', 'EPERM', 'EACCES'])('%s for a moment is waited for', async (code) => {
    const dataDir = folders.make()
    const store = await folders.open(dataDir, { files: heldFor(4, code), clock: leapingClock() })
    expect((await store.change(mark('a'))).ok).toBe(true)
    await store.close()
    expect(namesIn(dataDir)).toEqual(['store.1.db', 'store.2.db'])
  })

  test('for ever is a failure that says so', async () => {
    const opened = await folders.tryOpen(folders.make(), { files: heldFor(1e9, 'EBUSY'), clock: leapingClock() })
    expect(opened).toMatchObject({
      ok: false,
      reason: { code: 'store_failed', detail: expect.stringContaining('another program holds the file') },
    })
  })
})

describe('a folder that can not be used', () => {
  test.each<[string, (root: string) => string]>([
    ['is a file', (root) => path.join(root, 'file')],
    ['leads through a file', (root) => path.join(root, 'file', 'data')],
  ])('because it %s: the failure explains it', async (_, place) => {
    const root = folders.make()
    writeFileSync(path.join(root, 'file'), 'content')
    const opened = await folders.tryOpen(place(root))
    expect(opened).toMatchObject({
      ok: false,
      reason: { code: 'store_invalid', detail: expect.stringMatching(/file.*\(E(EXIST|NOTDIR) in .*file/) },
    })
    expect(namesIn(root)).toEqual(['file'])
  })

  test('for writing is opened for reading', async () => {
    const dataDir = folders.make()
    const before: Store = await folders.open(dataDir)
    await before.change(mark('a'))
    await before.close()
    const files: StoreFiles = { ...diskFiles, whyNotWritable: () => 'EACCES' }
    const store = await folders.open(dataDir, { files })
    const why = `there is no permission to write to ${dataDir}`
    expect(store.mode).toMatchObject({ kind: 'read-only', cause: 'no_permission', why })
    expect(store.read(readMarks)).toEqual(['a'])
    expect(await store.change(mark('b'))).toMatchObject({
      ok: false,
      reason: { code: 'store_read_only', cause: 'no_permission', action: { id: 'fixFolder' } },
    })
    const onReadOnlyDisk = { ...diskFiles, whyNotWritable: () => 'EROFS' }
    expect((await folders.open(dataDir, { files: onReadOnlyDisk })).mode).toMatchObject({ cause: 'read_only_disk' })
  })

  test('for lack of permission says so', async () => {
    const files: StoreFiles = {
      ...diskFiles,
      makeFolder() {
        throw errorOf('EACCES')
      },
    }
    expect(await folders.tryOpen(folders.make(), { files })).toMatchObject({
      ok: false,
      reason: { code: 'store_invalid', detail: expect.stringContaining('no permission') },
    })
  })

  test('with a store that needs an upgrade is refused when it can only be read', async () => {
    const dataDir = folders.make()
    cpSync(preFeature, path.join(dataDir, 'store.1.db'))
    expect(await folders.tryOpen(dataDir, { readOnly: true })).toMatchObject({
      ok: false,
      reason: { code: 'store_invalid', detail: expect.stringContaining('needs an upgrade') },
    })
    expect(namesIn(dataDir)).toEqual(['store.1.db'])
  })

  test('with nothing in it is refused when it can only be read', async () => {
    expect(await folders.tryOpen(folders.make(), { readOnly: true })).toMatchObject({
      ok: false,
      reason: { code: 'store_invalid', detail: expect.stringContaining('opened for reading only') },
    })
  })
})
