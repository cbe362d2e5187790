import { afterEach, expect, test } from 'vitest'
import { savedIds, spawnStoreChild } from '../../support/store/spawnStoreChild.ts'
import { mark, readMarks, StoreFolders, temporaryNamesIn } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

test.each<[string, number, number]>([
  ['plain', 6, 200],
  ['without links', 6, 40],
])(
  '%s: of six processes that write at once, nothing is lost and nothing is doubled',
  async (behaviour, writers, rows) => {
    const dataDir = folders.make()
    const children = Array.from({ length: writers }, (_, index) =>
      spawnStoreChild([dataDir, `writer${index}`, String(rows), behaviour]),
    )
    await Promise.all(children.map(({ ended }) => ended))
    const saved = children.flatMap(({ lines }) => savedIds(lines))
    expect(saved).toHaveLength(writers * rows)
    const store = await folders.open(dataDir)
    expect(store.damage).toEqual([])
    expect(store.read(readMarks).sort()).toEqual(saved.sort())
    expect(temporaryNamesIn(dataDir)).toEqual([])
  },
  120_000,
)

test.each(['sleeps before linking', 'sleeps after linking'])(
  'a process that %s, while others commit far ahead, neither loses nor doubles its change',
  async (behaviour) => {
    const dataDir = folders.make()
    const store = await folders.open(dataDir)
    const sleeper = spawnStoreChild([dataDir, 'sleeper', '2', behaviour])
    await sleeper.said('stopping')
    const others = Array.from({ length: 30 }, (_, index) => `other-${index}`)
    for (const id of others) expect((await store.change(mark(id))).ok).toBe(true)
    sleeper.process.kill('SIGCONT')
    await sleeper.said('done')
    expect(savedIds(sleeper.lines)).toEqual(['sleeper-0', 'sleeper-1'])
    expect(store.read(readMarks).sort()).toEqual([...others, 'sleeper-0', 'sleeper-1'].sort())
    expect((await folders.open(dataDir)).read(readMarks)).toHaveLength(32)
  },
)
