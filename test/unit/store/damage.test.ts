import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { sealImage } from '../../../server/store/sealedImage.ts'
import { mark, namesIn, readMarks, StoreFolders } from '../../support/store/storeFolder.ts'

const folders = new StoreFolders()
afterEach(() => folders.dispose())

/** Generation 1 is the fresh store, 2 holds `good`, 3 holds `good` and `lost`. */
async function threeGenerations(): Promise<string> {
  const dataDir = folders.make()
  const store = await folders.open(dataDir)
  await store.change(mark('good'))
  await store.change(mark('lost'))
  await store.close()
  return dataDir
}

async function expectFallback(dataDir: string): Promise<void> {
  const damaged = readFileSync(path.join(dataDir, 'store.3.db'))
  const store = await folders.open(dataDir)
  expect(store.read(readMarks)).toEqual(['good'])
  expect(store.damage).toEqual([
    expect.stringMatching(/^Generation 3 .* is damaged: .*store\.3\.damaged\.db.*Generation 2 is used instead/),
  ])
  expect(readFileSync(path.join(dataDir, 'quarantine', 'store.3.damaged.db')).equals(damaged)).toBe(true)
  expect(namesIn(dataDir)).not.toContain('store.3.db')
  await store.change(mark('after'))
  await store.close()
  const again = await folders.open(dataDir)
  expect(again.read(readMarks)).toEqual(['good', 'after'])
  expect(again.generation).toBe(4)
  expect(again.damage).toEqual([])
  await again.close()
}

test('an empty file is damage: the generation before it is used', async () => {
  const dataDir = await threeGenerations()
  writeFileSync(path.join(dataDir, 'store.3.db'), '')
  await expectFallback(dataDir)
})

test('a file cut at any 4 KB is damage', async () => {
  const template = await threeGenerations()
  const whole = readFileSync(path.join(template, 'store.3.db'))
  for (let length = 0; length < whole.length; length += 4096) {
    const dataDir = folders.copyOf(template)
    writeFileSync(path.join(dataDir, 'store.3.db'), whole.subarray(0, length))
    await expectFallback(dataDir)
  }
})

test('flipped bits are damage, wherever they are', async () => {
  const template = await threeGenerations()
  const whole = readFileSync(path.join(template, 'store.3.db'))
  const bits = whole.length * 8
  for (let round = 0; round < 60; round++) {
    const bit = (round * 104_729 + 7) % bits
    const flipped = Buffer.from(whole)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const dataDir = folders.copyOf(template)
    writeFileSync(path.join(dataDir, 'store.3.db'), flipped)
    await expectFallback(dataDir)
  }
})

test('a whole file that is no database is damage', async () => {
  const dataDir = await threeGenerations()
  const { image, seal } = sealImage(Buffer.alloc(8192, 'not a database'), [Buffer.alloc(16)])
  writeFileSync(path.join(dataDir, 'store.3.db'), Buffer.concat([image, seal]))
  await expectFallback(dataDir)
})

test('when nothing is whole the store does not open, and nothing is touched', async () => {
  const dataDir = await threeGenerations()
  const before = namesIn(dataDir)
  for (const name of before) writeFileSync(path.join(dataDir, name), '')
  for (let attempt = 0; attempt < 2; attempt++) {
    const opened = await folders.tryOpen(dataDir)
    expect(opened).toMatchObject({
      ok: false,
      reason: { code: 'store_invalid', detail: expect.stringContaining('generation 3: it is empty; generation 2') },
    })
    expect(namesIn(dataDir)).toEqual(before)
  }
})

test('a folder with nothing but damaged generations set aside is not a first run', async () => {
  const dataDir = folders.make()
  mkdirSync(path.join(dataDir, 'quarantine'))
  writeFileSync(path.join(dataDir, 'quarantine', 'store.7.damaged.db'), 'x')
  expect(await folders.tryOpen(dataDir)).toMatchObject({
    ok: false,
    reason: { code: 'store_invalid', detail: expect.stringContaining('quarantine') },
  })
})

test('damage that comes while the store is open is told, and costs nothing that was acknowledged to it', async () => {
  const dataDir = await threeGenerations()
  const store = await folders.open(dataDir)
  writeFileSync(path.join(dataDir, 'store.3.db'), 'scribble')
  const other = await folders.open(dataDir)
  expect(other.read(readMarks)).toEqual(['good'])
  expect(store.read(readMarks)).toEqual(['good', 'lost'])
  await store.change(mark('after'))
  expect(other.read(readMarks)).toEqual(['good', 'lost', 'after'])
})

test('a damaged generation of another process is passed over while the store is open', async () => {
  const dataDir = await threeGenerations()
  const store = await folders.open(dataDir)
  writeFileSync(path.join(dataDir, 'store.4.db'), 'scribble')
  expect(store.read(readMarks)).toEqual(['good', 'lost'])
  expect(store.damage).toEqual([expect.stringContaining('Generation 4')])
  expect((await store.change(mark('after'))).ok).toBe(true)
  expect(store.generation).toBe(5)
})

test('a store that was opened for reading leaves damage where it is', async () => {
  const dataDir = await threeGenerations()
  writeFileSync(path.join(dataDir, 'store.3.db'), '')
  const before = namesIn(dataDir)
  const store = await folders.open(dataDir, { readOnly: true })
  expect(store.read(readMarks)).toEqual(['good'])
  expect(store.damage).toHaveLength(1)
  expect(namesIn(dataDir)).toEqual(before)
})

test.skipIf(process.platform === 'win32')(
  'a folder, a FIFO or a device named like the next generation is passed over',
  async () => {
    for (const make of [
      (place: string) => mkdirSync(place),
      (place: string) => void execFileSync('mkfifo', [place]),
      (place: string) => symlinkSync('/dev/zero', place),
    ]) {
      const dataDir = await threeGenerations()
      make(path.join(dataDir, 'store.10.db'))
      const store = await folders.open(dataDir)
      expect(store.read(readMarks)).toEqual(['good', 'lost'])
      expect(store.damage).toEqual([expect.stringMatching(/^Generation 10 .*it is not a regular file/)])
      await store.change(mark('after'))
      await store.close()
    }
  },
)
