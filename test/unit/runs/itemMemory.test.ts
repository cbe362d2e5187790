import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ContentIndex } from '../../../server/engine/duplicateItems.ts'
import { ItemIndex } from '../../../server/journal/itemIndex.ts'
import { inputMark } from '../../../server/journal/readJournal.ts'

const items = 250_000
const hashOf = (item: number) => createHash('sha256').update(String(item)).digest('hex')

/** A run over so many different items, as far as it keeps anything for each of them. */
function runOver(count: number) {
  const index = new ItemIndex()
  const identical = new ContentIndex(index)
  for (let at = 0; at < count; at++) {
    const hash = hashOf(at)
    const key = hash.slice(0, 24)
    const item = index.find(key) === -1 ? index.add(key) : -1
    index.setSeen(item, at)
    index.setInput(item, inputMark(hash))
    expect(identical.find(hash)).toBe(-1)
    identical.add(hash, item)
    index.setFinal(item, 'ok', inputMark(hash), { offset: at * 900, length: 890 })
  }
  return { index, identical }
}

describe('what a run keeps of each item', () => {
  const { index, identical } = runOver(items)

  test('is numbers alone, and few: a million items take less than 50 MB', () => {
    const stretch = 65_536
    const perItem = (index.bytes + identical.bytes) / (Math.ceil(items / stretch) * stretch)
    expect(perItem).toBeLessThan(46)
  })

  test('knows where each result stands and where its item stood', () => {
    expect(index.place(12_345)).toEqual({ offset: 12_345 * 900, length: 890 })
    expect(index.position(12_345)).toBe(12_345)
    const order = index.inOrder()
    expect([order.length, order[0], order.at(-1)]).toEqual([items, 0, items - 1])
  })

  test('knows it of long results in a long journal, and of items that came in another order', () => {
    const moved = new ItemIndex()
    const places = [
      { offset: 5 * 2 ** 32 + 7, length: 65_536 },
      { offset: 12, length: 16_000_000 },
      { offset: 2 ** 32 - 1, length: 65_535 },
    ]
    for (const [at, place] of places.entries()) {
      const item = moved.add(hashOf(at).slice(0, 24))
      moved.setSeen(item, 2 - at)
      moved.setFinal(item, 'ok', 1, place)
    }
    expect([0, 1, 2].map((item) => moved.place(item))).toEqual(places)
    expect([...moved.inOrder()]).toEqual([2, 1, 0])
    moved.setFinal(0, 'ok', 1, { offset: 3, length: 4 })
    moved.setPosition(0, 0)
    expect([moved.place(0), moved.position(0)]).toEqual([{ offset: 3, length: 4 }, 0])
  })

  test('finds each of them again', () => {
    for (let item = 0; item < items; item += 997) {
      expect(index.find(hashOf(item).slice(0, 24))).toBe(item)
      expect(identical.find(hashOf(item))).toBe(item)
    }
    expect(identical.find(hashOf(items))).toBe(-1)
  })

  test('the first item with a content stays the first', () => {
    const hash = hashOf(12)
    const twin = index.add(createHash('sha256').update('a twin').digest('hex').slice(0, 24))
    index.setInput(twin, inputMark(hash))
    identical.add(hash, twin)
    expect(identical.find(hash)).toBe(12)
  })

  test('tells contents apart whose hashes begin alike', () => {
    const one = new ItemIndex()
    const contents = new ContentIndex(one)
    const hashes = ['00000001', '00000002', 'ffffffff'].map((rest) => `0badcafe${rest}${'0'.repeat(48)}`)
    for (const hash of hashes) {
      const item = one.add(createHash('sha256').update(hash).digest('hex').slice(0, 24))
      one.setInput(item, inputMark(hash))
      contents.add(hash, item)
    }
    expect(hashes.map((hash) => contents.find(hash))).toEqual([0, 1, 2])
  })
})
