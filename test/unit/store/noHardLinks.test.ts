import { copyFileSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { diskFiles, type StoreFiles } from '../../../server/store/storeFiles.ts'
import { errorOf } from '../../support/store/faultyFiles.ts'
import { leapingClock, mark, readMarks, StoreFolders, temporaryNamesIn } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

function withoutLinks(code: string, more: Partial<StoreFiles> = {}): StoreFiles {
  return {
    ...diskFiles,
    link() {
      throw errorOf(code)
    },
    ...more,
  }
}

describe.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'])(
  'a file system that answers a link with %s',
  (code) => {
    test('keeps every change of two stores', async () => {
      const dataDir = folders.make()
      const files = withoutLinks(code)
      const stores = [await folders.open(dataDir, { files }), await folders.open(dataDir, { files })]
      const ids = Array.from({ length: 30 }, (_, index) => String(index))
      for (let index = 0; index < ids.length; index += 3) {
        const answers = ids.slice(index, index + 3).map((id, turn) => stores[turn % 2]?.change(mark(id)))
        expect((await Promise.all(answers)).every((answer) => answer?.ok)).toBe(true)
      }
      await Promise.all(stores.map((store) => store.close()))
      expect((await folders.open(dataDir)).read(readMarks).sort()).toEqual(ids.sort())
      expect(temporaryNamesIn(dataDir)).toEqual([])
    })
  },
)

/** As a process leaves it behind when it dies while the claim is its own. */
function leaveClaim(dataDir: string, number: number): string {
  const claim = path.join(dataDir, `store.${number}.claim`)
  mkdirSync(claim)
  writeFileSync(path.join(claim, `store.${number}.1-ab.tmp`), 'half')
  return claim
}

test('the claim of a dead process is moved out of the way after a while', async () => {
  const dataDir = folders.make()
  const store = await folders.open(dataDir, { files: withoutLinks('EPERM'), clock: leapingClock() })
  leaveClaim(dataDir, 2)
  expect(await store.change(mark('a'))).toEqual({ ok: true, value: 'a' })
  await store.close()
  expect(temporaryNamesIn(dataDir)).toEqual([])
})

test('claims on numbers that are used already are cleaned when the store opens', async () => {
  const dataDir = folders.make()
  await (await folders.open(dataDir)).close()
  leaveClaim(dataDir, 1)
  await (await folders.open(dataDir)).close()
  expect(readdirSync(dataDir)).toEqual(['store.1.db'])
})

test('a process whose claim was taken from it while it slept commits nothing old', async () => {
  const dataDir = folders.make()
  const files = withoutLinks('EPERM')
  const other = await folders.open(dataDir, { files, clock: leapingClock() })
  let others: Promise<unknown> | null = null
  let hasSlept = false
  /** Falls asleep with the claim in hand, right before its file gets its final name. */
  const sleeper = await folders.open(dataDir, {
    files: withoutLinks('EPERM', {
      rename(from, to) {
        if (!hasSlept && /store\.2\.claim.store\.2\./.test(from) && to.endsWith('store.2.db')) {
          hasSlept = true
          renameSync(path.join(dataDir, 'store.2.claim'), path.join(dataDir, 'store.2.1-ab.claim.tmp'))
          others = other.change(mark('other'))
        }
        diskFiles.rename(from, to)
      },
    }),
  })
  expect((await sleeper.change(mark('sleeper'))).ok).toBe(true)
  await others
  expect(hasSlept).toBe(true)
  expect(sleeper.read(readMarks).sort()).toEqual(['other', 'sleeper'])
})

test('a claim is given back when somebody has used its number before', async () => {
  const dataDir = folders.make()
  let isOvertaken = false
  const files = withoutLinks('EPERM', {
    rename(from, to) {
      if (to.endsWith('store.2.claim')) {
        isOvertaken = true
        copyFileSync(path.join(dataDir, 'store.1.db'), path.join(dataDir, 'store.2.db'))
      }
      diskFiles.rename(from, to)
    },
  })
  await (await folders.open(dataDir)).close()
  const store = await folders.open(dataDir, { files })
  expect((await store.change(mark('slower'))).ok).toBe(true)
  expect(isOvertaken).toBe(true)
  expect(store.generation).toBe(3)
  await store.close()
  expect(readdirSync(dataDir).sort()).toEqual(['store.1.db', 'store.2.db', 'store.3.db'])
})
