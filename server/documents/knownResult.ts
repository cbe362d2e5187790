import type { CriteriaValues } from '../../protocol/criteria.ts'
import type { Profile } from '../../protocol/profile.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { type FinalState, isFinal } from '../engine/runTally.ts'
import { inputMark } from '../journal/readJournal.ts'
import { answersOf, type ResultColumns } from '../results/resultColumns.ts'

/** What a run's columns know of an item. */
export interface KnownResult {
  /** Its number among the items of the run. */
  item: number
  status: FinalState
  /** Null: not categorized. */
  categories: readonly string[] | null
  score: number | null
  interest: number | null
  quality: number | null
  /** Answers to the run's own criteria; null: it has none. */
  criteria: CriteriaValues | null
  /** 64 bits of the hash of what was judged. */
  mark: bigint
}

/** Null: the run has no final result under this key. */
export function findResult(columns: ResultColumns, key: string): KnownResult | null {
  const { index, sets } = columns
  const item = index.find(key)
  if (item === -1) return null
  const status = index.state(item)
  if (!isFinal(status)) return null
  const score = columns.score(item)
  return {
    item,
    status,
    categories: sets.names(columns.set(item)),
    score: score === null ? null : score / 10,
    interest: columns.interest(item),
    quality: columns.quality(item),
    criteria: answersOf(columns, item),
    mark: (BigInt(index.input(item)) << 32n) | BigInt(columns.inputRest(item)),
  }
}

/** 64 bits of the hash of a text, as `KnownResult` has them. */
export function markOf(inputHash: string): bigint {
  return (BigInt(inputMark(inputHash)) << 32n) | BigInt(inputMark(inputHash.slice(8)))
}

/** Null: a profile of another version, which says nothing about weights here. */
export function weightsOf(profile: Profile): CompiledProfile | null {
  const compiled = compileProfile(profile)
  return compiled.ok ? compiled.value : null
}
