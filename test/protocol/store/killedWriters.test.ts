import { afterEach, expect, test } from 'vitest'
import { bundleStoreChild, savedIds, spawnStoreChild } from '../../support/store/spawnStoreChild.ts'
import { readMarks, StoreFolders, temporaryNamesIn } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

const kills = 200

/** Spread over opening and the first commits; the same in every run of the test. */
function momentOf(round: number): { after: 'start' | string; ms: number } {
  if (round % 4 === 0) return { after: 'start', ms: 30 + ((round * 37) % 90) }
  return { after: `saved round${round}-${round % 6}`, ms: ((round * 7919) % 80) / 10 }
}

test(`after ${kills} kills at odd moments everything that was acknowledged is there, once`, async () => {
  const dataDir = folders.make()
  const { script, migrationsDir } = await bundleStoreChild(folders.make())
  const lines: string[] = []
  for (let round = 0; round < kills; round++) {
    const child = spawnStoreChild([dataDir, `round${round}`, '1000000', 'plain', migrationsDir], script)
    const { after, ms } = momentOf(round)
    if (after !== 'start') await child.said(after)
    await new Promise((resolve) => setTimeout(resolve, ms))
    child.process.kill('SIGKILL')
    await child.ended
    lines.push(...child.lines)
  }
  expect(lines.filter((line) => line.startsWith('refused'))).toEqual([])
  expect(lines.filter((line) => /^ready \d+ \S/.test(line))).toEqual([])
  const saved = savedIds(lines)
  expect(saved.length).toBeGreaterThan(kills)
  const store = await folders.open(dataDir)
  expect(store.damage).toEqual([])
  const marks = store.read(readMarks)
  expect(new Set(marks).size).toBe(marks.length)
  expect(saved.filter((id) => !marks.includes(id))).toEqual([])
  // What was durable but not yet acknowledged when the process died: one row a kill at most.
  expect(marks.length - saved.length).toBeLessThanOrEqual(kills)
  expect(temporaryNamesIn(dataDir)).toEqual([])
}, 600_000)
