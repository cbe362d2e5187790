import { assertNever } from '../../protocol/names.ts'
import type { ResultSort } from '../../protocol/resultQueries.ts'
import { itemStates } from '../journal/itemIndex.ts'
import { noSet } from './categorySets.ts'
import { doubtOf } from './doubt.ts'
import { naturalKey } from './naturalOrder.ts'
import { lastKey, radixSort } from './radixSort.ts'
import { criterionNumber, type ResultColumns } from './resultColumns.ts'

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

/** Null: a person has said something of it, or it was not categorized. */
function doubtKeys(columns: ResultColumns): (item: number) => number | null {
  return (item) => (columns.isHuman(item) ? null : doubtOf(columns, item))
}

/** By the first name, then the second; sets without any go before. */
function rankSets({ sets }: ResultColumns): Uint32Array {
  const keys = Array.from({ length: sets.size }, (_, set) => (sets.names(set) ?? []).map(naturalKey).join('\0'))
  const distinct = [...new Set(keys)].sort((one, other) => (one < other ? -1 : 1))
  const rankOf = new Map(distinct.map((key, rank) => [key, rank]))
  return Uint32Array.from(keys, (key) => rankOf.get(key) ?? 0)
}
