import { createColumn } from '../journal/column.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import { createSlotTable } from '../journal/slotTable.ts'

/**
 * Which item of this reading has a content first, at about 11 bytes an item. Contents are told apart by 64 bits of their SHA-256, of
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
  let wanted = 0
  const table = createSlotTable({ hashOf: index.input, isWanted: (item) => rests.get(item) === wanted })

  function find(inputHash: string): number {
    wanted = part(inputHash, 8)
    return table.find(part(inputHash, 0))
  }

  return {
    find,
    add(inputHash, item) {
      if (find(inputHash) !== -1) return
      rests.set(item, wanted)
      table.add(part(inputHash, 0), item)
    },
    get bytes() {
      return rests.bytes + table.bytes
    },
  }
}

function part(hash: string, from: number): number {
  return Number.parseInt(hash.slice(from, from + 8), 16)
}
