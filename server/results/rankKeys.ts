import type { IdKeys } from './idKeys.ts'
import { radixSort } from './radixSort.ts'

/** What is not told apart by its next eight bytes is compared where it is no more than this, and else sorted by the eight after them. */
const fewKeys = 4096

interface Stretch {
  begin: number
  end: number
  /** All its keys are the same before this byte. */
  depth: number
}

/**
 * For each key its rank, equal for equal keys. By counting eight bytes at a time, behind what all have in common: comparing a million
 * texts takes seconds. Others get their turn in between.
 */
export async function rankKeys(keys: IdKeys, pause: () => Promise<void>): Promise<Uint32Array> {
  const order = Uint32Array.from({ length: keys.size }, (_, at) => at)
  const waiting: Stretch[] = [{ begin: 0, end: keys.size, depth: 0 }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const part = order.subarray(next.begin, next.end)
    if (part.length <= fewKeys) {
      part.sort((one, other) => compareKeys(keys, one, other, next.depth) || one - other)
      continue
    }
    await pause()
    const depth = commonDepth(keys, part, next.depth)
    part.set(
      radixSort(
        radixSort(part, (key) => fourBytes(keys, key, depth + 4)),
        (key) => fourBytes(keys, key, depth),
      ),
    )
    await pause()
    for (const same of sameStretches(keys, part, depth)) {
      waiting.push({ begin: next.begin + same.begin, end: next.begin + same.end, depth: depth + 8 })
    }
  }
  return ranksOf(keys, order)
}

function lengthOf({ starts }: IdKeys, key: number): number {
  return (starts[key + 1] as number) - (starts[key] as number)
}

/** Nothing counts as 0. */
function fourBytes({ bytes, starts }: IdKeys, key: number, depth: number): number {
  const from = (starts[key] as number) + depth
  const left = (starts[key + 1] as number) - from
  if (left >= 4) return bytes.readUInt32BE(from)
  let value = 0
  for (let at = 0; at < 4; at++) value = (value << 8) | (at < left ? (bytes[from + at] as number) : 0)
  return value >>> 0
}

/** How many bytes at the beginning are the same in all of them. */
function commonDepth(keys: IdKeys, part: Uint32Array, from: number): number {
  const first = part[0] as number
  let depth = lengthOf(keys, first)
  for (const key of part) {
    const most = Math.min(depth, lengthOf(keys, key))
    let at = from
    while (at < most && byteOf(keys, key, at) === byteOf(keys, first, at)) at++
    depth = at
    if (depth <= from) return from
  }
  return depth
}

function byteOf({ bytes, starts }: IdKeys, key: number, at: number): number {
  return bytes[(starts[key] as number) + at] as number
}

/** Stretches of the sorted part that eight bytes do not tell apart, and that go on behind them. */
function sameStretches(keys: IdKeys, part: Uint32Array, depth: number): Omit<Stretch, 'depth'>[] {
  const found: Omit<Stretch, 'depth'>[] = []
  const isSame = (one: number, other: number) =>
    fourBytes(keys, one, depth) === fourBytes(keys, other, depth) &&
    fourBytes(keys, one, depth + 4) === fourBytes(keys, other, depth + 4)
  for (let begin = 0; begin < part.length; ) {
    let end = begin + 1
    let longest = lengthOf(keys, part[begin] as number)
    while (end < part.length && isSame(part[begin] as number, part[end] as number)) {
      longest = Math.max(longest, lengthOf(keys, part[end++] as number))
    }
    if (end - begin > 1 && longest > depth + 8) found.push({ begin, end })
    begin = end
  }
  return found
}

function compareKeys({ bytes, starts }: IdKeys, one: number, other: number, depth: number): number {
  let [left, right] = [(starts[one] as number) + depth, (starts[other] as number) + depth]
  const [leftEnd, rightEnd] = [starts[one + 1] as number, starts[other + 1] as number]
  while (left < leftEnd && right < rightEnd) {
    const difference = (bytes[left++] as number) - (bytes[right++] as number)
    if (difference !== 0) return difference
  }
  return leftEnd - left - (rightEnd - right)
}

function ranksOf(keys: IdKeys, order: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(order.length)
  let rank = 0
  for (let place = 1; place < order.length; place++) {
    if (compareKeys(keys, order[place - 1] as number, order[place] as number, 0) !== 0) rank++
    ranks[order[place] as number] = rank
  }
  return ranks
}
