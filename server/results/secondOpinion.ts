import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import type { OtherVerdict, ResultRecord, Settlement } from '../../protocol/results.ts'
import { parseResult, readResultTexts } from '../journal/readResults.ts'
import { sameNames } from './itemChanges.ts'
import type { ResultColumns } from './resultColumns.ts'
import { type Trust, withTrust } from './trust.ts'

/** What another model said of some of a run's items, in a run of its own. */
export interface SecondOpinion {
  settle: Settlement
  /** As that model had it, with its own corrected confidences. */
  columns: ResultColumns
  trust: Trust | null
  handle: FileHandle
  /** By the run's items, the number among the second's; -1: it was not asked, or has not answered yet. */
  itemOf: Int32Array
}

/** Points of 20 by which scores of two models differ that mean the same. */
const alikeTenths = 30

/** By their texts: 64 bits of their hashes. */
export function matchOpinions(first: ResultColumns, second: ResultColumns): Int32Array {
  const byInput = new Map<number, number[]>()
  for (const item of second.index.inOrder()) {
    if (second.index.state(item) !== 'ok') continue
    const input = second.index.input(item)
    byInput.set(input, [...(byInput.get(input) ?? []), item])
  }
  const itemOf = new Int32Array(first.index.size).fill(-1)
  for (let item = 0; item < first.index.size; item++) {
    const found = byInput.get(first.index.input(item))?.find((each) => second.inputRest(each) === first.inputRest(item))
    if (found !== undefined && first.index.state(item) === 'ok') itemOf[item] = found
  }
  return itemOf
}

/** The columns as the two verdicts are settled. */
export function columnsWithSecond(
  first: ResultColumns,
  { settle, columns: second, itemOf }: Omit<SecondOpinion, 'handle' | 'trust'>,
): ResultColumns {
  const setOf = Array.from({ length: second.sets.size }, (_, set) => first.sets.add(second.sets.names(set)))
  const of = (item: number): number => itemOf[item] ?? -1
  const counts = <Value>(
    name:
      | 'score'
      | 'interest'
      | 'quality'
      | 'confidence'
      | 'sureness'
      | 'floor'
      | 'isNearFurther'
      | 'isScoreUnsure'
      | 'hasLostQuote'
      | 'addressesJudge'
      | 'isCanaryFollowed',
  ) =>
    ((item: number) => (settle === 'second' && of(item) !== -1 ? second[name](of(item)) : first[name](item))) as (
      item: number,
    ) => Value
  return {
    ...first,
    score: counts('score'),
    interest: counts('interest'),
    quality: counts('quality'),
    confidence: counts('confidence'),
    sureness: counts('sureness'),
    floor: counts('floor'),
    isNearFurther: counts('isNearFurther'),
    isScoreUnsure: counts('isScoreUnsure'),
    hasLostQuote: counts('hasLostQuote'),
    addressesJudge: counts('addressesJudge'),
    isCanaryFollowed: counts('isCanaryFollowed'),
    set: (item) => (settle === 'second' && of(item) !== -1 ? (setOf[second.set(of(item))] as number) : first.set(item)),
    opinion(item) {
      const other = of(item)
      if (other === -1) return 'none'
      if (areAlike(first, item, second, other)) return 'agrees'
      return settle === 'agree-or-review' ? 'disputed' : 'differs'
    },
    get bytes() {
      return first.bytes + itemOf.byteLength
    },
  }
}

function areAlike(first: ResultColumns, item: number, second: ResultColumns, other: number): boolean {
  const [one, two] = [first.sets.names(first.set(item)), second.sets.names(second.set(other))]
  if (one !== null && two !== null) return sameNames(one, two)
  const [score, otherScore] = [first.score(item), second.score(other)]
  return score === null || otherScore === null ? score === otherScore : Math.abs(score - otherScore) < alikeTenths
}

/** The result with both verdicts: the one that counts in its own fields, the other one beside it. */
function withOpinion(first: ResultRecord, second: ResultRecord, settle: Settlement, differ: boolean): ResultRecord {
  const counts = settle === 'second' ? 'second' : 'first'
  const [counted, other] = counts === 'second' ? [second, first] : [first, second]
  const { runId, id, source } = first
  return {
    ...counted,
    ...{ runId, id },
    ...(source === undefined ? {} : { source }),
    opinion: { settle, counts, differ, other: otherVerdict(other) },
  }
}

function otherVerdict(result: ResultRecord): OtherVerdict {
  const {
    runId,
    categories,
    confidence,
    calibrated,
    interest,
    quality,
    criteria,
    reasoning,
    evidence,
    score,
    blockedBy,
    receipts,
  } = result
  return {
    ...{ runId, categories, confidence, interest, quality, reasoning, score, blockedBy, receipts },
    ...(calibrated === undefined ? {} : { calibrated }),
    ...(criteria ? { criteria } : {}),
    ...(evidence ? { evidence } : {}),
  }
}

/** Results of these items, each with what the other model said of it. */
export async function addOpinions(
  results: readonly ResultRecord[],
  items: Uint32Array,
  second: SecondOpinion,
  isDifferent: (item: number) => boolean,
): Promise<ResultRecord[]> {
  const asked = items.filter((item) => second.itemOf[item] !== -1)
  const others = Uint32Array.from(asked, (item) => second.itemOf[item] as number)
  const records = new Map<number, ResultRecord>()
  let nth = 0
  for await (const group of readResultTexts(second.handle, second.columns.index, others)) {
    for (const text of group) records.set(asked[nth++] as number, withTrust(parseResult(text), second.trust))
  }
  return results.map((result, place) => {
    const item = items[place] as number
    const other = records.get(item)
    return other ? withOpinion(result, other, second.settle, isDifferent(item)) : result
  })
}

/** The same for results on their way into a file, which are those of `items`, in their order. */
export async function* showOpinions(
  groups: AsyncIterable<Buffer[]>,
  items: Uint32Array,
  second: SecondOpinion,
  isDifferent: (item: number) => boolean,
): AsyncGenerator<Buffer[]> {
  let at = 0
  for await (const group of groups) {
    const part = items.subarray(at, at + group.length)
    at += group.length
    if (part.every((item) => second.itemOf[item] === -1)) yield group
    else {
      const results = await addOpinions(group.map(parseResult), part, second, isDifferent)
      yield results.map((result) => Buffer.from(JSON.stringify(result)))
    }
  }
}
