import type { CriteriaValues, Criterion } from '../../protocol/criteria.ts'
import type { Task } from '../../protocol/names.ts'
import type { Receipt, ResultRecord, UsedCalibration } from '../../protocol/results.ts'
import { calibratedModelKey, calibratedModelOf, type JudgedBy } from '../domain/calibration.ts'
import { foldName } from '../domain/categoryNames.ts'
import { type CompiledCriterion, compileCriteria, placeOf, valuesInOrder } from '../domain/criteria.ts'
import { Column } from '../journal/column.ts'
import { ItemIndex } from '../journal/itemIndex.ts'
import { type CategorySets, createCategorySets } from './categorySets.ts'

/** The receipts' figures of one item: its share of the calls that judged it. */
export interface ItemCalls {
  /** Null: no call gave it a result. */
  latencyMs: number | null
  /** Of the calls whose price is known. */
  costUsd: number
  unpricedCalls: number
  input: number
  output: number
  calls: number
}

/**
 * What filters, sorting and figures need of each result, at about 75 bytes a result and no object for any; the rest stays in the
 * journal. Items are those of `index`, numbered as it numbers them.
 */
export interface ResultColumns {
  readonly index: ItemIndex
  readonly sets: CategorySets
  /** Tenths of a point; null: no score. */
  score(item: number): number | null
  interest(item: number): number | null
  quality(item: number): number | null
  /** As a 32-bit float. */
  confidence(item: number): number | null
  /** The confidence as it counts: corrected, where that is known how. */
  sureness(item: number): number | null
  /** Below this sureness it waits for a person; null: however unsure it is. */
  floor(item: number): number | null
  /** The number of its set of categories in `sets`. */
  set(item: number): number
  /** The run's own criteria, in the order of its profile; empty: it has none. */
  readonly criteria: readonly CompiledCriterion[]
  /** Where the answer to one of them, by its number, stands among all that there can be (`placeOf`); null: there is none. */
  answer(item: number, criterion: number): number | null
  /** What a second model says of it, which was asked or not. disputed: it differs, and a person is to settle it. */
  opinion(item: number): 'none' | 'agrees' | 'differs' | 'disputed'
  /** What corrects the confidences of an asker; null: nothing. */
  correction(asker: number): UsedCalibration | null
  /** Who was asked what for its categories, as a number in `askers`, whose sets are one `calibratedModelKey` each. */
  asker(item: number): number
  readonly askers: CategorySets
  calls(item: number): ItemCalls
  isReused(item: number): boolean
  /** See `near_further` and `score_unsure` of `ReviewDoubt`. */
  isNearFurther(item: number): boolean
  isScoreUnsure(item: number): boolean
  /** Something that was quoted of it does not stand in it. */
  hasLostQuote(item: number): boolean
  /** See `addresses_judge` and `canary_followed` of `ReviewDoubt`. */
  addressesJudge(item: number): boolean
  isCanaryFollowed(item: number): boolean
  isHuman(item: number): boolean
  /** With `index.input`, 64 bits of the hash of what was judged. */
  inputRest(item: number): number
  take(item: number, result: ResultFields): void
  readonly bytes: number
}

/** As they were read of a journal. */
export interface JudgedColumns extends ResultColumns {
  /** All of it but the sets, those of `index` first, to be cached in a file. */
  readonly columns: readonly Column[]
}

/** What is read of a result's JSON. The journal is ours, so only what could break a column is checked. */
export type ResultFields = Pick<
  ResultRecord,
  'inputHash' | 'categories' | 'confidence' | 'interest' | 'quality' | 'score'
> &
  Partial<Pick<ResultRecord, 'reusedFrom' | 'human' | 'criteria' | 'probabilities' | 'evidence' | 'addressesJudge'>> & {
    receipts: Partial<Record<Task, ReceiptFigures>>
  }

/** What a receipt tells of its call. */
type ReceiptFigures = Pick<Receipt, 'batch' | 'latencyMs' | 'costUsd' | 'sharedWith' | 'sharedCall' | 'canary'> &
  JudgedBy & {
    usage: Pick<Receipt['usage'], 'input' | 'output'>
    decision?: Pick<NonNullable<Receipt['decision']>, 'distributions'> | undefined
  }

const none = 255
const isReused = 1
const isHuman = 2
const hasCalls = 4
const isNearFurther = 8
const isScoreUnsure = 16
const hasLostQuote = 32
const addressesJudge = 64
const isCanaryFollowed = 128

/** A probability within a fifth of what it is compared with could as well be on the other side of it. */
const near = 0.2
/** Where no level of a score has more, others together are as likely. */
const sureLevel = 0.5

/**
 * `criteria`: those of the run's profile, each with a byte for a result; a run without has none. `furtherFrom`: how probable a further
 * category has to be to be asked about, where the profile says so.
 */
export function createResultColumns(criteria: readonly Criterion[] = [], furtherFrom?: number): JudgedColumns {
  const index = new ItemIndex()
  const sets = createCategorySets()
  const askers = createCategorySets()
  const askerOf = createAskerNumbers(askers)
  const { small, wide, floats } = allocate()
  const answers = createAnswers(criteria)
  const own = [...[small, wide, floats].flatMap((group): Column[] => Object.values(group)), ...answers.columns]
  const nullable = (value: number): number | null => (value === none ? null : value)
  const has = (item: number, flag: number): boolean => (small.flags.get(item) & flag) !== 0

  const confidence = (item: number): number | null => {
    const value = floats.confidence.get(item)
    return Number.isNaN(value) ? null : value
  }

  return {
    index,
    sets,
    askers,
    score: (item) => nullable(small.score.get(item)),
    interest: (item) => nullable(small.interest.get(item)),
    quality: (item) => nullable(small.quality.get(item)),
    confidence,
    sureness: confidence,
    floor: () => null,
    opinion: () => 'none',
    correction: () => null,
    set: (item) => wide.set.get(item),
    ...{ criteria: answers.criteria, answer: answers.get },
    asker: (item) => wide.asker.get(item),
    calls: (item) => callsAt({ small, floats }, item, has(item, hasCalls)),
    isReused: (item) => has(item, isReused),
    isNearFurther: (item) => has(item, isNearFurther),
    isScoreUnsure: (item) => has(item, isScoreUnsure),
    hasLostQuote: (item) => has(item, hasLostQuote),
    addressesJudge: (item) => has(item, addressesJudge),
    isCanaryFollowed: (item) => has(item, isCanaryFollowed),
    isHuman: (item) => has(item, isHuman),
    inputRest: (item) => wide.inputRest.get(item),
    take(item, result) {
      small.score.set(item, result.score === null ? none : Math.round(result.score * 10))
      small.interest.set(item, result.interest ?? none)
      small.quality.set(item, result.quality ?? none)
      floats.confidence.set(item, result.confidence ?? Number.NaN)
      wide.set.set(item, sets.add(result.categories))
      answers.take(item, result.criteria)
      wide.asker.set(item, askerOf(result.receipts.categorization))
      wide.inputRest.set(item, Number.parseInt(result.inputHash.slice(8, 16), 16))
      const calls = callsOf(result.receipts)
      takeCalls({ small, floats }, item, calls)
      small.flags.set(item, flagsOf(result, calls, furtherFrom))
    },
    get bytes() {
      return own.reduce((sum, column) => sum + column.bytes, index.bytes + sets.bytes + askers.bytes)
    },
    columns: [...index.columns, ...own],
  }
}

function flagsOf(result: ResultFields, { latencyMs }: ItemCalls, furtherFrom: number | undefined): number {
  return (
    (result.reusedFrom === undefined ? 0 : isReused) +
    (result.human ? isHuman : 0) +
    (latencyMs === null ? 0 : hasCalls) +
    (hasNearFurther(result, furtherFrom) ? isNearFurther : 0) +
    (hasUnsureScore(result) ? isScoreUnsure : 0) +
    (lostQuote(result) ? hasLostQuote : 0) +
    (result.addressesJudge ? addressesJudge : 0) +
    (canaryFollowed(result) ? isCanaryFollowed : 0)
  )
}

/** One beside the first, which was asked about by itself or was not, and could as well have been otherwise. */
function hasNearFurther({ categories, probabilities }: ResultFields, furtherFrom: number | undefined): boolean {
  if (furtherFrom === undefined || !probabilities || !categories?.length) return false
  return Object.entries(probabilities).some(
    ([name, share]) => name !== categories[0] && Math.abs(share - furtherFrom) <= near * furtherFrom,
  )
}

function canaryFollowed({ receipts }: ResultFields): boolean {
  return receipts.categorization?.canary === 'followed' || receipts.scoring?.canary === 'followed'
}

function lostQuote({ evidence }: ResultFields): boolean {
  return evidence !== undefined && [evidence.categories, ...Object.values(evidence.criteria ?? {})].includes(null)
}

function hasUnsureScore({ receipts }: ResultFields): boolean {
  const { distributions } = receipts.scoring?.decision ?? {}
  return Object.values(distributions ?? {}).some((levels) => levels.length > 0 && Math.max(...levels) < sureLevel)
}

/** A column for each criterion. 0: no answer, else its place and 1; a scale has at most a hundred and one answers, and choices are fewer. */
function createAnswers(asked: readonly Criterion[]) {
  const criteria = compileCriteria(asked)
  const columns = criteria.map(() => new Column((length) => new Uint8Array(length)))
  return {
    criteria,
    columns,
    get(item: number, criterion: number): number | null {
      const place = columns[criterion]?.get(item) ?? 0
      return place === 0 ? null : place - 1
    },
    take(item: number, said: ResultFields['criteria']): void {
      for (const [number, criterion] of criteria.entries()) {
        const place = placeOf(criterion, ownValue(said, criterion.name))
        columns[number]?.setRare(item, place === null ? 0 : place + 1)
      }
    },
  }
}

function ownValue(values: CriteriaValues | null | undefined, name: string): unknown {
  return values && Object.hasOwn(values, name) ? values[name] : undefined
}

/** The answers of an item by name; null: the run has no criteria of its own. */
export function answersOf(columns: Pick<ResultColumns, 'criteria' | 'answer'>, item: number): CriteriaValues | null {
  if (columns.criteria.length === 0) return null
  return Object.fromEntries(
    columns.criteria.flatMap((criterion, number) => {
      const place = columns.answer(item, number)
      const value = place === null ? undefined : valuesInOrder(criterion)[place]
      return value === undefined ? [] : [[criterion.name, value] as const]
    }),
  )
}

/** The number of a criterion by its name, whatever its case; -1: the run does not have it. */
export function criterionNumber({ criteria }: Pick<ResultColumns, 'criteria'>, name: string): number {
  return criteria.findIndex((each) => foldName(each.name) === foldName(name))
}
function callsAt({ small, floats }: Pick<Allocated, 'small' | 'floats'>, item: number, isTimed: boolean): ItemCalls {
  return {
    latencyMs: isTimed ? floats.latency.get(item) : null,
    costUsd: floats.cost.get(item),
    // Stored in hundredths: a call that judged ten is a tenth of one for each.
    unpricedCalls: small.unpriced.get(item) / 100,
    input: floats.input.get(item),
    output: floats.output.get(item),
    calls: floats.calls.get(item),
  }
}

function takeCalls({ small, floats }: Pick<Allocated, 'small' | 'floats'>, item: number, calls: ItemCalls): void {
  floats.latency.set(item, calls.latencyMs ?? 0)
  floats.cost.set(item, calls.costUsd)
  floats.input.set(item, calls.input)
  floats.output.set(item, calls.output)
  floats.calls.set(item, calls.calls)
  small.unpriced.set(item, Math.round(calls.unpricedCalls * 100))
}

type Allocated = ReturnType<typeof allocate>

/** In the order in which they stand in a cached file. */
function allocate() {
  const bytesOf = () => new Column((length) => new Uint8Array(length))
  const integersOf = () => new Column((length) => new Uint32Array(length))
  const floatsOf = () => new Column((length) => new Float32Array(length))
  const small = { score: bytesOf(), interest: bytesOf(), quality: bytesOf(), unpriced: bytesOf(), flags: bytesOf() }
  const wide = { set: integersOf(), inputRest: integersOf(), asker: integersOf() }
  const floats = {
    confidence: floatsOf(),
    latency: floatsOf(),
    cost: floatsOf(),
    input: floatsOf(),
    output: floatsOf(),
    calls: floatsOf(),
  }
  return { small, wide, floats }
}

/** Nearly all results of a run have the same: only where a field differs from that of the one before is there a text to make. */
function createAskerNumbers(askers: CategorySets): (receipt: JudgedBy | undefined) => number {
  let last: { receipt: JudgedBy; asker: number } | null = null
  return (receipt) => {
    if (receipt && last && askerFields.every((field) => receipt[field] === last?.receipt[field])) return last.asker
    const asked = calibratedModelOf(receipt)
    const asker = askers.add(asked && [calibratedModelKey(asked)])
    if (receipt) last = { receipt, asker }
    return asker
  }
}

const askerFields = [
  ...([
    'promptHash',
    'profileHash',
    'model',
    'provider',
    'outputMode',
    'answeredBy',
    'optionsHash',
    'confidenceFrom',
  ] as const),
  ...(['kind', 'endpoint'] as const),
] satisfies (keyof JudgedBy)[]

/** `usage` and `costUsd` of a receipt are those of the whole call. */
function callsOf({ categorization, scoring }: ResultFields['receipts']): ItemCalls {
  const sum: ItemCalls = { latencyMs: null, costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 }
  for (const receipt of [categorization, scoring]) {
    // Nothing was sent for an item with the same text as another one.
    if (!receipt || receipt.sharedWith !== undefined) continue
    // One call for both tasks is on both receipts.
    if (receipt.sharedCall && categorization) continue
    const share = 1 / receipt.batch
    sum.latencyMs = (sum.latencyMs ?? 0) + receipt.latencyMs
    sum.costUsd += (receipt.costUsd ?? 0) * share
    if (receipt.costUsd === null) sum.unpricedCalls += share
    sum.input += (receipt.usage.input ?? 0) * share
    sum.output += (receipt.usage.output ?? 0) * share
    sum.calls += share
  }
  return sum
}
