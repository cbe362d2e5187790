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

/**
 * Where items are found by a hash, at 6 to 9 bytes an item: open addressing with linear probing. It holds numbers of items alone; what is
 * compared stands in columns of the one that asks.
 */
export class SlotTable {
  readonly #options: SlotTableOptions
  /** An item's number and one more; 0: free. */
  #slots = new Uint32Array(firstSlots)
  #size = 0

  constructor(options: SlotTableOptions) {
    this.#options = options
  }

  /** The item with this hash of which `isWanted` says so; -1: there is none. */
  find(hash: number): number {
    const { hashOf, isWanted } = this.#options
    const slots = this.#slots
    for (let slot = firstSlot(hash, slots.length); ; slot = slot + 1 === slots.length ? 0 : slot + 1) {
      const entry = slots[slot] as number
      if (entry === 0) return -1
      if (hashOf(entry - 1) === hash && isWanted(entry - 1)) return entry - 1
    }
  }

  /** An item that `find` has not found. */
  add(hash: number, item: number): void {
    if (++this.#size > this.#slots.length * fullest) this.#grow()
    this.#put(hash, item + 1)
  }

  /** What it holds in memory. */
  get bytes(): number {
    return this.#slots.byteLength
  }

  #put(hash: number, entry: number): void {
    const slots = this.#slots
    let slot = firstSlot(hash, slots.length)
    while (slots[slot] !== 0) slot = slot + 1 === slots.length ? 0 : slot + 1
    slots[slot] = entry
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(Math.ceil(before.length * growth))
    for (const entry of before) if (entry !== 0) this.#put(this.#options.hashOf(entry - 1), entry)
  }
}

/** In the order of the hashes, so that the length may be any number. */
function firstSlot(hash: number, length: number): number {
  return Math.floor((hash / 2 ** 32) * length)
}
