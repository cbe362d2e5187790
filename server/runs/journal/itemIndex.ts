import { type Column, createColumn } from './column.ts'
import { createSlotTable } from './slotTable.ts'

export const itemStates = ['open', 'ok', 'failed', 'skipped', 'gone'] as const
/** open: no final result yet; gone: no longer in the source. */
export type ItemState = (typeof itemStates)[number]

/** Who found a final result: a model that was asked, an earlier run, or the same run for another item with the same text. */
export const itemOrigins = ['judged', 'reused', 'identical'] as const
export type ItemOrigin = (typeof itemOrigins)[number]

/** Where a final result stands in the journal, in bytes. */
export interface ResultPlace {
  offset: number
  length: number
}

/**
 * What a run knows of each item, at about 30 bytes an item, the table by which it is found included, and no object for any: a million
 * items must fit.
 * An item is found by its key, 24 hex digits of a SHA-256 (96 bits: two of a million items meet with a chance of 10^-17).
 */
export interface ItemIndex {
  readonly size: number
  /** -1: not there. */
  find(key: string): number
  add(key: string): number
  key(item: number): string
  state(item: number): ItemState
  /** Of the final result that it has, or had before it was opened again. */
  origin(item: number): ItemOrigin
  /** Position in the source, counted from 0. */
  position(item: number): number
  /** Eight hex digits of the input's hash as a number, to see that an item's text has changed under the same id. */
  input(item: number): number
  /** Whether this reading of the source has come to it. */
  isSeen(item: number): boolean
  place(item: number): ResultPlace
  setSeen(item: number, position: number): void
  setPosition(item: number, position: number): void
  /** What it is to be judged by, before it has a result. */
  setInput(item: number, input: number): void
  setFinal(item: number, state: ItemState, input: number, place: ResultPlace, origin?: ItemOrigin): void
  reopen(item: number): void
  setGone(item: number): void
  /** Counts how often the same key was met again in this reading: 1, 2, … */
  countRepeat(item: number): number
  /** Items with a final result, in the order of the source. */
  inOrder(): Uint32Array
  /** What it holds in memory. */
  readonly bytes: number
  /** All that it knows, to be kept in a file; `restore` tells how many items came from there. */
  readonly columns: readonly Column[]
  restore(size: number): void
}

const stateBits = 0b111
const originShift = 3
const originBits = 0b11
const seenBit = 0b100000

export function createItemIndex(): ItemIndex {
  const words = () => createColumn((length) => new Uint32Array(length))
  const [keyA, keyB, keyC] = [words(), words(), words()] as const
  const keyParts = [keyA, keyB, keyC]
  /** State, origin and whether it was seen, in one byte. */
  const marks = createColumn((length) => new Uint8Array(length))
  /** How far its position is from its number: nothing for a source that is read for the first time. */
  const displacements = createColumn((length) => new Int32Array(length))
  const inputs = words()
  const repeats = words()
  /** A journal may be longer than 32 bits can tell: a terabyte is enough. */
  const offsets = words()
  const highOffsets = createColumn((length) => new Uint8Array(length))
  /** Hardly any result is longer than 16 bits can tell. */
  const lengths = createColumn((length) => new Uint16Array(length))
  const highLengths = createColumn((length) => new Uint16Array(length))
  const columns = [...keyParts, marks, displacements, inputs, repeats, offsets, highOffsets, lengths, highLengths]
  let size = 0
  let isInPlace = true
  let table = createTable()
  /** Items from a file are only looked up when something is added to them, and then sorted in. */
  let isRestored = false

  /** An item is looked for several times before it is added. */
  let wanted: { key: string; parts: readonly [number, number, number] } = { key: '', parts: [0, 0, 0] }

  function createTable() {
    const isWanted = (item: number): boolean => {
      const [, b, c] = wanted.parts
      return keyB.get(item) === b && keyC.get(item) === c
    }
    return createSlotTable({ hashOf: keyA.get, isWanted })
  }

  function want(key: string): readonly [number, number, number] {
    if (wanted.key !== key) wanted = { key, parts: [part(key, 0), part(key, 1), part(key, 2)] }
    return wanted.parts
  }

  function sortInRestored(): void {
    if (!isRestored) return
    isRestored = false
    table = createTable()
    for (let item = 0; item < size; item++) table.add(keyA.get(item), item)
  }

  const position = (item: number): number => item + displacements.get(item)

  function setPosition(item: number, at: number): void {
    displacements.setRare(item, at - item)
    isInPlace &&= at === item
  }

  function setState(item: number, state: ItemState): void {
    marks.set(item, (marks.get(item) & ~stateBits) | itemStates.indexOf(state))
  }

  return {
    get size() {
      return size
    },
    find(key) {
      sortInRestored()
      return table.find(want(key)[0])
    },
    add(key) {
      sortInRestored()
      const item = size++
      const [a, b, c] = want(key)
      keyA.set(item, a)
      keyB.set(item, b)
      keyC.set(item, c)
      table.add(a, item)
      return item
    },
    key: (item) => keyParts.map((column) => column.get(item).toString(16).padStart(8, '0')).join(''),
    state: (item) => itemStates[marks.get(item) & stateBits] ?? 'open',
    origin: (item) => itemOrigins[(marks.get(item) >> originShift) & originBits] ?? 'judged',
    position,
    input: (item) => inputs.get(item),
    isSeen: (item) => (marks.get(item) & seenBit) !== 0,
    place: (item) => ({
      offset: highOffsets.get(item) * 2 ** 32 + offsets.get(item),
      length: highLengths.get(item) * 2 ** 16 + lengths.get(item),
    }),
    setSeen(item, at) {
      marks.set(item, marks.get(item) | seenBit)
      setPosition(item, at)
    },
    setPosition,
    setInput: (item, input) => inputs.set(item, input),
    setFinal(item, state, input, place, origin = 'judged') {
      const found = itemStates.indexOf(state) | (itemOrigins.indexOf(origin) << originShift)
      marks.set(item, (marks.get(item) & seenBit) | found)
      inputs.set(item, input)
      offsets.set(item, place.offset % 2 ** 32)
      highOffsets.setRare(item, Math.floor(place.offset / 2 ** 32))
      lengths.set(item, place.length % 2 ** 16)
      highLengths.setRare(item, Math.floor(place.length / 2 ** 16))
    },
    reopen: (item) => setState(item, 'open'),
    setGone: (item) => setState(item, 'gone'),
    countRepeat(item) {
      const count = repeats.get(item) + 1
      repeats.set(item, count)
      return count
    },
    inOrder() {
      const isFinal = (item: number): boolean => finalStates.has(marks.get(item) & stateBits)
      return isInPlace ? listFinals(size, isFinal) : orderFinals(size, isFinal, position)
    },
    get bytes() {
      return columns.reduce((sum, column) => sum + column.bytes, table.bytes)
    },
    columns,
    restore(count) {
      size = count
      isRestored = true
      isInPlace = false
    },
  }
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
