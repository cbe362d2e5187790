import { createColumn } from '../journal/column.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'

/**
 * Which item of this reading has a content first, at about 12 bytes an item. Contents are told apart by 64 bits of their SHA-256, of
 * which the index has the first half: two of a million different ones meet with a chance of 10^-8.
 */
export interface IdenticalItems {
  /** The first item with this content; -1: there is none yet. */
  find(inputHash: string): number
  /** `item` is the first with this content, as the index knows by now. */
  add(inputHash: string, item: number): void
  /** What it holds in memory. */
  readonly bytes: number
}

export function createIdenticalItems(index: Pick<ItemIndex, 'input'>): IdenticalItems {
  const rests = createColumn((length) => new Uint32Array(length))
  let slots = new Int32Array(1024)
  let size = 0

  function slotOf(mark: number, rest: number): number {
    const mask = slots.length - 1
    for (let slot = mark & mask; ; slot = (slot + 1) & mask) {
      const item = (slots[slot] as number) - 1
      if (item === -1 || (index.input(item) === mark && rests.get(item) === rest)) return slot
    }
  }

  function grow(): void {
    const before = slots
    slots = new Int32Array(before.length * 2)
    for (const entry of before) if (entry !== 0) slots[slotOf(index.input(entry - 1), rests.get(entry - 1))] = entry
  }

  return {
    find: (inputHash) => (slots[slotOf(part(inputHash, 0), part(inputHash, 8))] as number) - 1,
    add(inputHash, item) {
      if ((size + 1) * 2 > slots.length) grow()
      const slot = slotOf(part(inputHash, 0), part(inputHash, 8))
      if (slots[slot] !== 0) return
      size++
      rests.set(item, part(inputHash, 8))
      slots[slot] = item + 1
    },
    get bytes() {
      return rests.bytes + slots.byteLength
    },
  }
}

function part(hash: string, from: number): number {
  return Number.parseInt(hash.slice(from, from + 8), 16)
}
