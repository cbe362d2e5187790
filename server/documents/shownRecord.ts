import type { Label } from '../../protocol/labels.ts'
import type { Profile } from '../../protocol/profile.ts'
import { correctedScore } from '../../shared/correctedResult.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { labelScore } from '../domain/compositeScore.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { type FinalState, isFinal } from '../engine/runTally.ts'
import { inputMark } from '../journal/readJournal.ts'
import type { ResultColumns } from '../results/resultColumns.ts'
import type { DocumentRecord } from './readRecords.ts'

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
  /** 64 bits of the hash of what was judged. */
  mark: bigint
}

/** A record of a text that has a result. */
export interface ShownRecord {
  record: DocumentRecord
  result: KnownResult
  /** The text under this id is another one than that which was judged. */
  isChanged: boolean
  /** What a person said of it; null: nothing. */
  label: Label | null
  /** The composite score with what the person said in it; null: not scored, or not known since the person corrected it. */
  score: number | null
  categories: readonly string[] | null
}

/** Null: the run has no final result under this key. */
export function findResult({ index, sets, ...columns }: ResultColumns, key: string): KnownResult | null {
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
    mark: (BigInt(index.input(item)) << 32n) | BigInt(columns.inputRest(item)),
  }
}

/** A person's word goes before the model's, in the score too. */
export function showRecord(
  record: DocumentRecord,
  result: KnownResult,
  label: Label | null,
  profile: CompiledProfile | null,
): ShownRecord {
  return {
    record,
    result,
    isChanged: markOf(record.inputHash) !== result.mark,
    label,
    categories: label?.categories ?? result.categories,
    score: label ? scoreWith(label, result, profile) : result.score,
  }
}

function scoreWith(label: Label, result: KnownResult, profile: CompiledProfile | null): number | null {
  const score = profile && labelScore(label, result, profile).score
  return correctedScore({ ...label, score }, result.score)
}

function markOf(inputHash: string): bigint {
  return (BigInt(inputMark(inputHash)) << 32n) | BigInt(inputMark(inputHash.slice(8)))
}

/** Null: a profile of another version, which says nothing about weights here. */
export function weightsOf(profile: Profile): CompiledProfile | null {
  const compiled = compileProfile(profile)
  return compiled.ok ? compiled.value : null
}
