import type { ResultColumns } from './resultColumns.ts'

/** For each item of the later run the one that it was in the earlier run; -1: it was not there. */
export interface MatchedItems {
  earlierOf: Int32Array
  /** Items of the earlier run that are in the later one no more, in the order of its source. */
  gone: Uint32Array
}

/**
 * Who is who: by identity, which is the id, or for items without one their content. What is left is matched by its content alone,
 * since a file may have got ids, or others, in between.
 */
export function matchItems(before: ResultColumns, after: ResultColumns): MatchedItems {
  const earlierOf = new Int32Array(after.index.size).fill(-1)
  const isTaken = new Uint8Array(before.index.size)
  const left: number[] = []
  const isThere = isFinalIn(before)
  for (const item of after.index.inOrder()) {
    const found = before.index.find(after.index.key(item))
    if (found !== -1 && isThere[found] === 1) {
      earlierOf[item] = found
      isTaken[found] = 1
    } else left.push(item)
  }
  if (left.length > 0) matchByContent(before, after, { left, isTaken, earlierOf })
  return { earlierOf, gone: before.index.inOrder().filter((item) => isTaken[item] === 0) }
}

function isFinalIn(columns: ResultColumns): Uint8Array {
  const is = new Uint8Array(columns.index.size)
  for (const item of columns.index.inOrder()) is[item] = 1
  return is
}

/** Equal contents are matched in their order. */
function matchByContent(
  before: ResultColumns,
  after: ResultColumns,
  { left, isTaken, earlierOf }: { left: readonly number[]; isTaken: Uint8Array; earlierOf: Int32Array },
): void {
  const waiting = new Map<bigint, number[]>()
  for (const item of left) {
    const content = contentOf(after, item)
    const same = waiting.get(content)
    if (same) same.push(item)
    else waiting.set(content, [item])
  }
  for (const item of before.index.inOrder()) {
    if (isTaken[item] === 1) continue
    const later = waiting.get(contentOf(before, item))?.shift()
    if (later === undefined) continue
    earlierOf[later] = item
    isTaken[item] = 1
  }
}

/** 64 bits of a SHA-256: two of a million contents meet with a chance of 10^-8. */
function contentOf({ index, inputRest }: ResultColumns, item: number): bigint {
  return (BigInt(index.input(item)) << 32n) | BigInt(inputRest(item))
}
