import { createColumn } from '../journal/column.ts'

/**
 * Which item of this reading has a content first, at 16 to 24 bytes an item. Contents are told apart by 64 bits of their SHA-256: two of
 * a million different ones meet with a chance of 10^-8.
 */
export interface IdenticalItems {
  /** The first item with this content; -1: there is none yet. */
  find(inputHash: string): number
  /** `item` is the first with this content. */
  add(inputHash: string, item: number): void
}

export function createIdenticalItems(): IdenticalItems {
  const high = createColumn((length) => new Uint32Array(length))
  const low = createColumn((length) => new Uint32Array(length))
  const items = createColumn((length) => new Uint32Array(length))
  let slots = new Int32Array(1024)
  let size = 0

  function slotOf(one: number, other: number): number {
    const mask = slots.length - 1
    for (let slot = one & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1
      if (entry === -1 || (high.get(entry) === one && low.get(entry) === other)) return slot
    }
  }

  function grow(): void {
    slots = new Int32Array(slots.length * 2)
    for (let entry = 0; entry < size; entry++) slots[slotOf(high.get(entry), low.get(entry))] = entry + 1
  }

  return {
    find(inputHash) {
      const entry = (slots[slotOf(part(inputHash, 0), part(inputHash, 8))] as number) - 1
      return entry === -1 ? -1 : items.get(entry)
    },
    add(inputHash, item) {
      if ((size + 1) * 2 > slots.length) grow()
      const slot = slotOf(part(inputHash, 0), part(inputHash, 8))
      if (slots[slot] !== 0) return
      const entry = size++
      high.set(entry, part(inputHash, 0))
      low.set(entry, part(inputHash, 8))
      items.set(entry, item)
      slots[slot] = entry + 1
    },
  }
}

function part(hash: string, from: number): number {
  return Number.parseInt(hash.slice(from, from + 8), 16)
}
