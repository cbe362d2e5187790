import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { descendsFrom, UncertainCommit } from '../../../server/store/commitGeneration.ts'
import { historyLength, sealImage } from '../../../server/store/sealedImage.ts'
import { diskFiles, type StoreFiles } from '../../../server/store/storeFiles.ts'
import { errorOf } from '../../support/store/faultyFiles.ts'
import { mark, namesIn, readMarks, StoreFolders } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

const idOf = (fill: number) => Buffer.alloc(16, fill)
const generation = (number: number, fills: number[]) => ({
  number,
  sealed: sealImage(new Uint8Array(4096), fills.map(idOf)),
})

test.each<[string, number, number, boolean]>([
  ['itself', 9, 1, true],
  ['the one before', 8, 2, true],
  ['another commit of that number', 8, 7, false],
  ['one that is older than the history', 5, 1, false],
  ['one that is newer', 10, 1, false],
])('descent from %s', (_, number, fill, expected) => {
  expect(descendsFrom(generation(9, [1, 2, 3]), { number, id: idOf(fill) })).toBe(expected)
})

test('nobody can tell about a commit that is too far away', () => {
  const far = { number: 9 + historyLength, sealed: generation(9, [1]).sealed }
  expect(() => descendsFrom(far, { number: 9, id: idOf(1) })).toThrow(UncertainCommit)
})

/** Carries out the first link of the second generation and does not say so. */
function losesAnswer(code: string): StoreFiles {
  let isLost = false
  return {
    ...diskFiles,
    link(from, to) {
      diskFiles.link(from, to)
      if (isLost || !to.endsWith('store.2.db')) return
      isLost = true
      throw errorOf(code)
    },
  }
}

test.each(['EEXIST', 'EIO'])('a link that was carried out and answered with %s is not made twice', async (code) => {
  const store = await folders.open(folders.make(), { files: losesAnswer(code) })
  expect(await store.change(mark('a'))).toEqual({ ok: true, value: 'a' })
  expect(store.read(readMarks)).toEqual(['a'])
  expect(store.generation).toBe(2)
})

test('a generation that the disk does not confirm is withdrawn, and its number is not used again', async () => {
  const dataDir = folders.make()
  let isFailing = false
  const files: StoreFiles = {
    ...diskFiles,
    async syncFolder(folder) {
      if (isFailing) throw errorOf('EIO')
      await diskFiles.syncFolder(folder)
    },
  }
  const store = await folders.open(dataDir, { files })
  const other = await folders.open(dataDir)
  isFailing = true
  expect(await store.change(mark('a'))).toMatchObject({ ok: false, reason: { code: 'store_failed' } })
  expect(namesIn(path.join(dataDir, 'quarantine'))).toEqual(['store.2.unconfirmed.db'])
  isFailing = false
  expect((await other.change(mark('b'))).ok).toBe(true)
  expect((await store.change(mark('c'))).ok).toBe(true)
  expect(store.generation).toBe(4)
  expect(other.read(readMarks)).toEqual(['b', 'c'])
})

test('a number that was used and set aside while a process slept is not used again', async () => {
  const dataDir = folders.make()
  const other = await folders.open(dataDir)
  let isAwake = true
  const files: StoreFiles = {
    ...diskFiles,
    link(from, to) {
      if (isAwake && to.endsWith('store.2.db')) {
        isAwake = false
        mkdirSync(path.join(dataDir, 'quarantine'))
        writeFileSync(path.join(dataDir, 'quarantine', 'store.2.damaged.db'), '')
      }
      diskFiles.link(from, to)
    },
  }
  const store = await folders.open(dataDir, { files })
  expect((await store.change(mark('a'))).ok).toBe(true)
  expect(store.generation).toBe(3)
  expect(other.read(readMarks)).toEqual(['a'])
})

test('a withdrawn first generation leaves a first run', async () => {
  const dataDir = folders.make()
  const files: StoreFiles = {
    ...diskFiles,
    syncFolder: async () => {
      throw errorOf('EIO')
    },
  }
  expect(await folders.tryOpen(dataDir, { files })).toMatchObject({ ok: false, reason: { code: 'store_failed' } })
  expect((await folders.open(dataDir)).generation).toBe(2)
})

test.each(['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP'])(
  'a system that can not sync folders (%s) saves all the same',
  async (code) => {
    const files: StoreFiles = {
      ...diskFiles,
      syncFolder: async () => {
        throw errorOf(code)
      },
    }
    const store = await folders.open(folders.make(), { files })
    expect((await store.change(mark('a'))).ok).toBe(true)
  },
)

test('a temporary file that somebody cleaned away is written again', async () => {
  let isCleaned = false
  const files: StoreFiles = {
    ...diskFiles,
    link(from, to) {
      if (!isCleaned && to.endsWith('store.2.db')) {
        isCleaned = true
        rmSync(from)
      }
      diskFiles.link(from, to)
    },
  }
  const store = await folders.open(folders.make(), { files })
  expect((await store.change(mark('a'))).ok).toBe(true)
  expect(store.read(readMarks)).toEqual(['a'])
})
