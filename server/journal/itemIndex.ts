import { Column } from './column.ts'
import { SlotTable } from './slotTable.ts'

export const itemStates = ['open', 'ok', 'failed', 'skipped', 'gone'] as const
/** open: no final result yet; gone: no longer in the source. */
export type ItemState = (typeof itemStates)[number]

/** Who found a final result: a model that was asked, an earlier run, or the same run for another item with the same text. */
const itemOrigins = ['judged', 'reused', 'identical', 'similar'] as const
export type ItemOrigin = (typeof itemOrigins)[number]

/** Where a final result stands in the journal, in bytes. */
export interface ResultPlace {
  offset: number
  length: number
}

const stateBits = 0b111
const originShift = 3
const originBits = 0b11
const seenBit = 0b100000

function createBytes(): Column {
  return new Column((length) => new Uint8Array(length))
}

function createHalfWords(): Column {
  return new Column((length) => new Uint16Array(length))
}

function createWords(): Column {
  return new Column((length) => new Uint32Array(length))
}

/**
 * What a run knows of each item, at about 30 bytes an item, the table by which it is found included, and no object for any: a million
 * items must fit.
 * An item is found by its key, 24 hex digits of a SHA-256 (96 bits: two of a million items meet with a chance of 10^-17).
 */
export class ItemIndex {
  readonly #keyA = createWords()
  readonly #keyB = createWords()
  readonly #keyC = createWords()
  /** State, origin and whether it was seen, in one byte. */
  readonly #marks = createBytes()
  /** How far its position is from its number: nothing for a source that is read for the first time. */
  readonly #displacements = new Column((length) => new Int32Array(length))
  readonly #inputs = createWords()
  readonly #repeats = createWords()
  /** A journal may be longer than 32 bits can count: a terabyte is enough. */
  readonly #offsets = createWords()
  readonly #highOffsets = createBytes()
  /** Hardly any result is longer than 16 bits can count. */
  readonly #lengths = createHalfWords()
  readonly #highLengths = createHalfWords()
  #size = 0
  /** Every item stands at the position that is its number. */
  #isInPlace = true
  #table = this.#createTable()
  /** Items from a file are only looked up when something is added to them, and then sorted in. */
  #isRestored = false
  /** An item is looked for several times before it is added. */
  #wanted: { key: string; parts: readonly [number, number, number] } = { key: '', parts: [0, 0, 0] }

  get size(): number {
    return this.#size
  }

  /** -1: not there. */
  find(key: string): number {
    this.#sortInRestored()
    return this.#table.find(this.#want(key)[0])
  }

  add(key: string): number {
    this.#sortInRestored()
    const item = this.#size++
    const [a, b, c] = this.#want(key)
    this.#keyA.set(item, a)
    this.#keyB.set(item, b)
    this.#keyC.set(item, c)
    this.#table.add(a, item)
    return item
  }

  key(item: number): string {
    return hex(this.#keyA.get(item)) + hex(this.#keyB.get(item)) + hex(this.#keyC.get(item))
  }

  state(item: number): ItemState {
    return itemStates[this.#marks.get(item) & stateBits] ?? 'open'
  }

  /** Of the final result that it has, or had before it was opened again. */
  origin(item: number): ItemOrigin {
    return itemOrigins[(this.#marks.get(item) >> originShift) & originBits] ?? 'judged'
  }

  /** Position in the source, counted from 0. */
  position(item: number): number {
    return item + this.#displacements.get(item)
  }

  /** Eight hex digits of the input's hash as a number, to see that an item's text has changed under the same id. */
  input(item: number): number {
    return this.#inputs.get(item)
  }

  /** Whether this reading of the source has come to it. */
  isSeen(item: number): boolean {
    return (this.#marks.get(item) & seenBit) !== 0
  }

  place(item: number): ResultPlace {
    return {
      offset: this.#highOffsets.get(item) * 2 ** 32 + this.#offsets.get(item),
      length: this.#highLengths.get(item) * 2 ** 16 + this.#lengths.get(item),
    }
  }

  /** The source is read once more from its beginning. */
  forgetSeen(): void {
    for (let item = 0; item < this.#size; item++) {
      this.#marks.set(item, this.#marks.get(item) & ~seenBit)
      this.#repeats.setRare(item, 0)
    }
  }

  setSeen(item: number, position: number): void {
    this.#marks.set(item, this.#marks.get(item) | seenBit)
    this.setPosition(item, position)
  }

  setPosition(item: number, position: number): void {
    this.#displacements.setRare(item, position - item)
    this.#isInPlace &&= position === item
  }

  /** What it is to be judged by, before it has a result. */
  setInput(item: number, input: number): void {
    this.#inputs.set(item, input)
  }

  setFinal(item: number, state: ItemState, input: number, place: ResultPlace, origin: ItemOrigin = 'judged'): void {
    const found = itemStates.indexOf(state) | (itemOrigins.indexOf(origin) << originShift)
    this.#marks.set(item, (this.#marks.get(item) & seenBit) | found)
    this.#inputs.set(item, input)
    this.#offsets.set(item, place.offset % 2 ** 32)
    this.#highOffsets.setRare(item, Math.floor(place.offset / 2 ** 32))
    this.#lengths.set(item, place.length % 2 ** 16)
    this.#highLengths.setRare(item, Math.floor(place.length / 2 ** 16))
  }

  reopen(item: number): void {
    this.#setState(item, 'open')
  }

  setGone(item: number): void {
    this.#setState(item, 'gone')
  }

  /** Counts how often the same key was met again in this reading: 1, 2, … */
  countRepeat(item: number): number {
    const count = this.#repeats.get(item) + 1
    this.#repeats.set(item, count)
    return count
  }

  /** Items with a final result, in the order of the source. */
  inOrder(): Uint32Array {
    const isFinal = (item: number): boolean => finalStates.has(this.#marks.get(item) & stateBits)
    return this.#isInPlace
      ? listFinals(this.#size, isFinal)
      : orderFinals(this.#size, isFinal, (item) => this.position(item))
  }

  /** What it holds in memory. */
  get bytes(): number {
    return this.columns.reduce((sum, column) => sum + column.bytes, this.#table.bytes)
  }

  /** All that it knows, to be stored in a file; `restore` says how many items were read from there. */
  get columns(): readonly Column[] {
    const keys = [this.#keyA, this.#keyB, this.#keyC]
    const places = [this.#offsets, this.#highOffsets, this.#lengths, this.#highLengths]
    return [...keys, this.#marks, this.#displacements, this.#inputs, this.#repeats, ...places]
  }

  restore(size: number): void {
    this.#size = size
    this.#isRestored = true
    this.#isInPlace = false
  }

  #createTable(): SlotTable {
    return new SlotTable({
      hashOf: (item) => this.#keyA.get(item),
      isWanted: (item) => {
        const [, b, c] = this.#wanted.parts
        return this.#keyB.get(item) === b && this.#keyC.get(item) === c
      },
    })
  }

  #want(key: string): readonly [number, number, number] {
    if (this.#wanted.key !== key) this.#wanted = { key, parts: [part(key, 0), part(key, 1), part(key, 2)] }
    return this.#wanted.parts
  }

  #sortInRestored(): void {
    if (!this.#isRestored) return
    this.#isRestored = false
    this.#table = this.#createTable()
    for (let item = 0; item < this.#size; item++) this.#table.add(this.#keyA.get(item), item)
  }

  #setState(item: number, state: ItemState): void {
    this.#marks.set(item, (this.#marks.get(item) & ~stateBits) | itemStates.indexOf(state))
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}

function part(key: string, index: number): number {
  return Number.parseInt(key.slice(index * 8, index * 8 + 8), 16)
}

const finalStates = new Set((['ok', 'failed', 'skipped'] as const).map((state) => itemStates.indexOf(state)))

function listFinals(size: number, isFinal: (item: number) => boolean): Uint32Array {
  const finals = new Uint32Array(size)
  let count = 0
  for (let item = 0; item < size; item++) if (isFinal(item)) finals[count++] = item
  return finals.subarray(0, count)
}

/** By counting and not by comparing, so that a million items take milliseconds. */
function orderFinals(
  size: number,
  isFinal: (item: number) => boolean,
  positionOf: (item: number) => number,
): Uint32Array {
  let last = -1
  for (let item = 0; item < size; item++) if (isFinal(item)) last = Math.max(last, positionOf(item))
  // Where the items of each position begin. Two share one when the source has changed and was not read to its end since.
  const begins = new Uint32Array(last + 2)
  for (let item = 0; item < size; item++) {
    if (isFinal(item)) begins[positionOf(item) + 1] = (begins[positionOf(item) + 1] as number) + 1
  }
  for (let position = 1; position < begins.length; position++) {
    begins[position] = (begins[position] as number) + (begins[position - 1] as number)
  }
  const ordered = new Uint32Array(begins[last + 1] ?? 0)
  for (let item = 0; item < size; item++) {
    if (!isFinal(item)) continue
    const at = begins[positionOf(item)] as number
    ordered[at] = item
    begins[positionOf(item)] = at + 1
  }
  return ordered
}
