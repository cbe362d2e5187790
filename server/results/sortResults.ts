import { assertNever } from '../../protocol/names.ts'
import type { ResultSort } from '../../protocol/resultQueries.ts'
import { itemStates } from '../journal/itemIndex.ts'
import { noSet } from './categorySets.ts'
import { naturalKey } from './naturalOrder.ts'
import { lastKey, radixSort } from './radixSort.ts'
import { criterionNumber, type ResultColumns } from './resultColumns.ts'
import { isBelowFloor } from './trust.ts'

/** `items` come in the order of the source, and equals stay in it. `idRanks` is needed to sort by id only. */
export function sortItems(
  columns: ResultColumns,
  items: Uint32Array,
  sort: ResultSort,
  idRanks: Uint32Array | null,
): Uint32Array {
  if (sort.by === 'position') return sort.descending ? items.toReversed() : items
  const keyOf = keysFor(columns, sort, idRanks)
  return radixSort(items, (item) => {
    const key = keyOf(item)
    if (key === null) return lastKey
    return sort.descending ? lastKey - 1 - key : key
  })
}

/** Whole numbers that order as the values do; null for a result without one. */
function keysFor(
  columns: ResultColumns,
  { by, criterion = '' }: ResultSort,
  idRanks: Uint32Array | null,
): (item: number) => number | null {
  switch (by) {
    case 'position':
      return (item) => columns.index.position(item)
    case 'id':
      return (item) => idRanks?.[item] ?? null
    case 'score':
      return columns.score
    case 'interest':
      return columns.interest
    case 'quality':
      return columns.quality
    case 'confidence':
      return confidenceKeys(columns)
    case 'doubt':
      return doubtKeys(columns)
    case 'status':
      return (item) => itemStates.indexOf(columns.index.state(item))
    case 'category': {
      const ranks = rankSets(columns)
      return (item) => (columns.set(item) === noSet ? null : (ranks[columns.set(item)] ?? null))
    }
    case 'criterion': {
      const number = criterionNumber(columns, criterion)
      return (item) => columns.answer(item, number)
    }
    default:
      return assertNever(by)
  }
}

/** The bits of a float that is not negative order as it does. */
function confidenceKeys(columns: ResultColumns): (item: number) => number | null {
  const float = new Float32Array(1)
  const bits = new Uint32Array(float.buffer)
  return (item) => {
    const value = columns.confidence(item)
    if (value === null) return null
    float[0] = value
    return bits[0] as number
  }
}

/** Hardly above its floor: as a person would say 0.8 of 0.83. */
const nearFloor = 0.05

/** Null: a person has said something of it, or it was not categorized. */
function doubtKeys(columns: ResultColumns): (item: number) => number | null {
  return (item) => (columns.isHuman(item) ? null : doubtOf(columns, item))
}

/**
 * In millionths, in steps of what a person should look at first: two models differ, no category, below the floor of its category, hardly above it, the
 * rest. Null: it was not categorized, or nothing is known of its confidence.
 */
export function doubtOf(columns: ResultColumns, item: number): number | null {
  const set = columns.set(item)
  if (set === noSet) return null
  const hasNone = columns.sets.names(set)?.length === 0
  const step = differs(columns, item)
    ? 4
    : hasNone
      ? 3
      : isBelowFloor(columns, item)
        ? 2
        : isNearFloor(columns, item)
          ? 1
          : 0
  const sureness = columns.sureness(item)
  if (sureness === null) return step === 0 ? null : (step + 1) * 1_000_000
  return step * 1_000_000 + Math.round((1 - sureness) * 1_000_000)
}

/** A second model says otherwise. */
export function differs(columns: ResultColumns, item: number): boolean {
  const opinion = columns.opinion(item)
  return opinion === 'differs' || opinion === 'disputed'
}

/** It reaches the floor of its category, and hardly more than that. */
export function isNearFloor(columns: ResultColumns, item: number): boolean {
  const floor = columns.floor(item)
  const sureness = columns.sureness(item)
  return floor !== null && sureness !== null && sureness < floor + nearFloor
}

/** By the first name, then the second; sets without any go before. */
function rankSets({ sets }: ResultColumns): Uint32Array {
  const keys = Array.from({ length: sets.size }, (_, set) => (sets.names(set) ?? []).map(naturalKey).join('\0'))
  const distinct = [...new Set(keys)].sort((one, other) => (one < other ? -1 : 1))
  const rankOf = new Map(distinct.map((key, rank) => [key, rank]))
  return Uint32Array.from(keys, (key) => rankOf.get(key) ?? 0)
}
