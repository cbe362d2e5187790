import { Column } from '../journal/column.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import { SlotTable } from '../journal/slotTable.ts'

/**
 * Which item of this reading was the first with a content, at about 11 bytes an item. Contents are distinguished by 64 bits of their
 * SHA-256, of which the index has the first half: two of a million different ones meet with a chance of 10^-8.
 */
export class ContentIndex {
  readonly #rests = new Column((length) => new Uint32Array(length))
  readonly #table
  /** The second half of what is being looked for. */
  #wanted = 0

  constructor(index: Pick<ItemIndex, 'input'>) {
    this.#table = new SlotTable({
      hashOf: (item) => index.input(item),
      isWanted: (item) => this.#rests.get(item) === this.#wanted,
    })
  }

  /** The first item with this content; -1: there is none yet. */
  find(inputHash: string): number {
    this.#wanted = part(inputHash, 8)
    return this.#table.find(part(inputHash, 0))
  }

  /** `item` is the first with this content, as the index knows by now. */
  add(inputHash: string, item: number): void {
    if (this.find(inputHash) !== -1) return
    this.#rests.set(item, this.#wanted)
    this.#table.add(part(inputHash, 0), item)
  }

  /** What it holds in memory. */
  get bytes(): number {
    return this.#rests.bytes + this.#table.bytes
  }
}

function part(hash: string, from: number): number {
  return Number.parseInt(hash.slice(from, from + 8), 16)
}
