import type { ResultSummary } from '../../protocol/resultQueries.ts'
import { sourceInKey } from '../domain/calibration.ts'
import { valuesInOrder } from '../domain/criteria.ts'
import { isFinal } from '../engine/runTally.ts'
import { emptySet, noSet } from './categorySets.ts'
import { differs } from './doubt.ts'
import type { ResultColumns } from './resultColumns.ts'
import { waits } from './trust.ts'

/** The figures of these items, from the columns alone. */
export function summariseResults(columns: ResultColumns, items: Uint32Array): Omit<ResultSummary, 'memoryBytes'> {
  const byStatus = { ok: 0, failed: 0, skipped: 0 }
  const bySet = new Uint32Array(columns.sets.size)
  const byAsker = new Uint32Array(columns.askers.size)
  const scores = new Array<number>(21).fill(0)
  const confidence = new Array<number>(10).fill(0)
  const latencies = new Float32Array(items.length)
  const spent = { costUsd: 0, unpricedCalls: 0, input: 0, output: 0, calls: 0 }
  const answers = columns.criteria.map((criterion) => new Uint32Array(valuesInOrder(criterion).length))
  let [scored, tenths, timed, reused] = [0, 0, 0, 0]
  const second = { items: 0, differ: 0 }
  for (const item of items) {
    const state = columns.index.state(item)
    if (isFinal(state)) byStatus[state]++
    if (columns.opinion(item) !== 'none') second.items++
    if (differs(columns, item)) second.differ++
    const set = columns.set(item)
    bySet[set] = (bySet[set] as number) + 1
    const score = columns.score(item)
    if (score !== null) {
      scored++
      tenths += score
      raise(scores, Math.floor(score / 10))
    }
    for (const [number, counts] of answers.entries()) {
      const place = columns.answer(item, number)
      if (place !== null) counts[place] = (counts[place] ?? 0) + 1
    }
    const sure = columns.confidence(item)
    if (sure !== null) byAsker[columns.asker(item)] = (byAsker[columns.asker(item)] as number) + 1
    if (sure !== null) raise(confidence, Math.min(9, Math.floor(tenthsOf(sure))))
    if (columns.isReused(item)) {
      reused++
      continue
    }
    const calls = columns.calls(item)
    if (calls.latencyMs !== null) latencies[timed++] = calls.latencyMs
    addCalls(spent, calls)
  }
  return {
    items: items.length,
    byStatus,
    byCategory: countCategories(columns, bySet),
    scores,
    meanScore: scored === 0 ? null : tenths / scored / 10,
    confidence,
    ...countAnswers(columns, answers),
    latencyMs: percentiles(latencies.subarray(0, timed)),
    spent: inWholeCalls(spent),
    ...sourcesOf(columns, byAsker),
    ...(second.items > 0 ? { second } : {}),
    ...countMarks(columns, items),
    reused,
  }
}

type Marks = Pick<ResultSummary, 'inReview' | 'addressesJudge' | 'canaryFollowed' | 'unfoundQuotes'>

/** How many have what few have; absent: none has it. */
function countMarks(columns: ResultColumns, items: Uint32Array): Marks {
  const [inReview, addressesJudge, canaryFollowed, unfoundQuotes] = [
    (item: number) => waits(columns, item),
    columns.addressesJudge,
    columns.isCanaryFollowed,
    columns.hasLostQuote,
  ].map((has) => items.reduce((sum, item) => sum + (has(item) ? 1 : 0), 0) || undefined)
  return {
    ...(inReview && { inReview }),
    ...(addressesJudge && { addressesJudge }),
    ...(canaryFollowed && { canaryFollowed }),
    ...(unfoundQuotes && { unfoundQuotes }),
  }
}

type Spent = ResultSummary['spent']

function addCalls(spent: Spent, calls: Spent): void {
  spent.costUsd += calls.costUsd
  spent.unpricedCalls += calls.unpricedCalls
  spent.input += calls.input
  spent.output += calls.output
  spent.calls += calls.calls
}

/** A call that judged several items is a part of one for each. */
function inWholeCalls({ costUsd, unpricedCalls, input, output, calls }: Spent): Spent {
  const [unpriced = 0, sent = 0, received = 0, all = 0] = [unpricedCalls, input, output, calls].map(Math.round)
  return { costUsd, unpricedCalls: unpriced, input: sent, output: received, calls: all }
}

function sourcesOf(columns: ResultColumns, byAsker: Uint32Array): Pick<ResultSummary, 'confidenceFrom'> {
  const found = new Map<string, NonNullable<ResultSummary['confidenceFrom']>[number]>()
  byAsker.forEach((items, asker) => {
    const [key] = columns.askers.names(asker) ?? []
    if (items === 0 || key === undefined) return
    const source = sourceInKey(key)
    const labels = columns.correction(asker)?.labels ?? 0
    const known = found.get(`${source} ${labels}`)
    if (known) known.items += items
    else found.set(`${source} ${labels}`, { source, items, labels })
  })
  const confidenceFrom = [...found.values()].sort((one, other) => other.items - one.items)
  return confidenceFrom.length === 0 ? {} : { confidenceFrom }
}

function raise(counts: number[], place: number): void {
  counts[place] = (counts[place] ?? 0) + 1
}

function countAnswers({ criteria }: ResultColumns, answers: readonly Uint32Array[]): Pick<ResultSummary, 'criteria'> {
  if (criteria.length === 0) return {}
  return {
    criteria: criteria.map((criterion, number) => ({
      name: criterion.name,
      values: valuesInOrder(criterion).map((value, place) => ({ value, items: answers[number]?.[place] ?? 0 })),
    })),
  }
}

/** The column holds 32 bits: 0.3 is a little more in it, and 0.7 a little less. */
function tenthsOf(confidence: number): number {
  return Math.round(confidence * 1e6) / 1e5
}

function countCategories(columns: ResultColumns, bySet: Uint32Array): ResultSummary['byCategory'] {
  const counts = new Map<string | null, number>()
  bySet.forEach((items, set) => {
    if (items === 0 || set === noSet) return
    const names = set === emptySet ? [null] : (columns.sets.names(set) ?? [])
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + items)
  })
  return [...counts]
    .map(([category, items]) => ({ category, items }))
    .sort((one, other) => other.items - one.items || ((one.category ?? '') < (other.category ?? '') ? -1 : 1))
}

/** By nearest rank: a value that really occurred. */
function percentiles(values: Float32Array): ResultSummary['latencyMs'] {
  if (values.length === 0) return null
  values.sort()
  const at = (share: number): number => values[Math.ceil(values.length * share) - 1] as number
  return { p50: at(0.5), p95: at(0.95) }
}
