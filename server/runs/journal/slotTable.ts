/**
 * Where items are found by a hash, at 6 to 9 bytes an item: open addressing with linear probing. It holds numbers of items alone; what is
 * compared stands in columns of whoever asks.
 */
export interface SlotTable {
  /** The item with this hash of which `isWanted` says so; -1: there is none. */
  find(hash: number): number
  /** An item that `find` has not found. */
  add(hash: number, item: number): void
  /** What it holds in memory. */
  readonly bytes: number
}

interface SlotTableOptions {
  /** 32 bits, evenly spread: the beginning of a SHA-256. */
  hashOf(item: number): number
  /** Whether it is the item that is being looked for, whose hash it has. */
  isWanted(item: number): boolean
}

const firstSlots = 1024
/** Fuller, a search goes through too many neighbours; emptier, it is memory for nothing. */
const fullest = 0.7
/** Doubling would leave a table of a million items as large as one of two. */
const growth = 1.5

export function createSlotTable({ hashOf, isWanted }: SlotTableOptions): SlotTable {
  /** An item's number and one more; 0: free. */
  let slots = new Uint32Array(firstSlots)
  let size = 0

  /** In the order of the hashes, so that the length may be any number. */
  function firstSlot(hash: number): number {
    return Math.floor((hash / 2 ** 32) * slots.length)
  }

  function put(hash: number, entry: number): void {
    let slot = firstSlot(hash)
    while (slots[slot] !== 0) slot = slot + 1 === slots.length ? 0 : slot + 1
    slots[slot] = entry
  }

  function grow(): void {
    const before = slots
    slots = new Uint32Array(Math.ceil(before.length * growth))
    for (const entry of before) if (entry !== 0) put(hashOf(entry - 1), entry)
  }

  return {
    find(hash) {
      for (let slot = firstSlot(hash); ; slot = slot + 1 === slots.length ? 0 : slot + 1) {
        const entry = slots[slot] as number
        if (entry === 0) return -1
        if (hashOf(entry - 1) === hash && isWanted(entry - 1)) return entry - 1
      }
    },
    add(hash, item) {
      if (++size > slots.length * fullest) grow()
      put(hash, item + 1)
    },
    get bytes() {
      return slots.byteLength
    },
  }
}
