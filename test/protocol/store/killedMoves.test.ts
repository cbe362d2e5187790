import { afterEach, expect, test } from 'vitest'
import { killMoves } from '../../support/home/killedMoves.ts'
import { StoreFolders } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

/** `npm run bench -- --moves` makes 200, and prints how it went. */
const kills = 40

test.each([false, true])(
  `after ${kills} kills of editors and terminals while a store moves, everything is there, once; into a disk of its own: %s`,
  async (isMounted) => {
    const left = await killMoves(folders, kills, 4711, isMounted)
    expect(left.wrong).toEqual([])
    expect(left.moved).toBeGreaterThan(0)
    expect(left.acknowledged).toBeGreaterThan(left.rounds)
  },
  600_000,
)
