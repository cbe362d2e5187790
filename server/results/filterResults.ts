import type { FileHandle } from 'node:fs/promises'
import type { CriterionValue } from '../../protocol/criteria.ts'
import type { CriterionFilter, ResultFilter, ResultIdentity } from '../../protocol/resultQueries.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { foldName } from '../domain/categoryNames.ts'
import { valuesInOrder } from '../domain/criteria.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import { inputMark } from '../journal/readJournal.ts'
import { readResultTexts } from '../journal/readResults.ts'
import { type CategorySets, emptySet } from './categorySets.ts'
import { differs } from './doubt.ts'
import { createIdKeys } from './idKeys.ts'
import { rankKeys } from './rankKeys.ts'
import { criterionNumber, type ResultColumns } from './resultColumns.ts'
import { waits } from './trust.ts'

/** The items that fit, in the order in which they come. `search`, `only` and `except` are not looked at: they need the journal. */
export function filterByColumns(columns: ResultColumns, items: Uint32Array, filter: ResultFilter): Uint32Array {
  const tests = testsOf(columns, filter)
  return tests.length === 0 ? items : items.filter((item) => tests.every((fits) => fits(item)))
}

function testsOf(columns: ResultColumns, filter: ResultFilter): ((item: number) => boolean)[] {
  const { status, categories, minScore, maxScore, minConfidence, belowConfidence, changedByHuman } = filter
  const { waits: isToWait, disagree } = filter
  const tests: ((item: number) => boolean)[] = []
  if (status) {
    const wanted = new Set<string>(status)
    tests.push((item) => wanted.has(columns.index.state(item)))
  }
  if (categories) {
    const fits = setsWith(columns.sets, new Set(categories))
    tests.push((item) => fits[columns.set(item)] === 1)
  }
  if (minScore !== undefined || maxScore !== undefined) {
    const [least, most] = [minScore ?? 0, maxScore ?? 20]
    tests.push((item) => {
      const tenths = columns.score(item)
      return tenths !== null && tenths / 10 >= least && tenths / 10 <= most
    })
  }
  if (minConfidence !== undefined || belowConfidence !== undefined) {
    // As the column has it: as a 32-bit float 0.6 is more than 0.6.
    const least = Math.fround(minConfidence ?? 0)
    const bound = belowConfidence === undefined ? Number.POSITIVE_INFINITY : Math.fround(belowConfidence)
    tests.push((item) => {
      const confidence = columns.confidence(item)
      return confidence !== null && confidence >= least && confidence < bound
    })
  }
  if (changedByHuman !== undefined) tests.push((item) => columns.isHuman(item) === changedByHuman)
  for (const [name, wanted] of Object.entries(filter.criteria ?? {})) tests.push(criterionTest(columns, name, wanted))
  if (disagree !== undefined) tests.push((item) => differs(columns, item) === disagree)
  const { addressesJudge } = filter
  if (addressesJudge !== undefined) tests.push((item) => columns.addressesJudge(item) === addressesJudge)
  if (isToWait !== undefined) tests.push((item) => waits(columns, item) === isToWait)
  return tests
}

/** By the places of the answers that fit, which are few. */
function criterionTest(columns: ResultColumns, name: string, wanted: CriterionFilter): (item: number) => boolean {
  const number = criterionNumber(columns, name)
  const criterion = columns.criteria[number]
  if (!criterion) return () => false
  const fits = valuesInOrder(criterion).map((value) => isWanted(value, wanted))
  return (item) => {
    const place = columns.answer(item, number)
    return place !== null && fits[place] === true
  }
}

/** Names of choices are compared as a person spells them. */
function isWanted(value: CriterionValue, { min, max, values }: CriterionFilter): boolean {
  const isBetween = (min === undefined || Number(value) >= min) && (max === undefined || Number(value) <= max)
  const isBound = min !== undefined || max !== undefined
  if (isBound && (typeof value !== 'number' || !isBetween)) return false
  const isSame = (one: CriterionValue) =>
    typeof one === 'string' && typeof value === 'string' ? foldName(one) === foldName(value) : one === value
  return values === undefined || values.some(isSame)
}

/** 1 for each set that holds one of the names; the empty name is in sets without any. */
function setsWith(sets: CategorySets, wanted: ReadonlySet<string>): Uint8Array {
  return Uint8Array.from({ length: sets.size }, (_, set) => {
    if (set === emptySet) return wanted.has('') ? 1 : 0
    return sets.names(set)?.some((name) => wanted.has(name)) ? 1 : 0
  })
}

/** Raised where a long reading was given up because nobody waits for it any more. */
interface Scan {
  handle: FileHandle
  index: ItemIndex
  signal?: AbortSignal | undefined
}

/** Those of the items whose results hold the words: what the journal has of them. Null: given up. */
export async function searchItems(scan: Scan, items: Uint32Array, search: string): Promise<Uint32Array | null> {
  const words = search.toLowerCase()
  // As it stands in JSON: most results are passed over without being parsed.
  const wordsInJson = JSON.stringify(search).slice(1, -1).toLowerCase()
  const found = new Uint32Array(items.length)
  let count = 0
  let at = 0
  for await (const group of readResultTexts(scan.handle, scan.index, items)) {
    if (scan.signal?.aborted) return null
    for (const bytes of group) {
      const text = bytes.toString()
      const item = items[at++] as number
      if (text.toLowerCase().includes(wordsInJson) && holdsWords(JSON.parse(text), words)) found[count++] = item
    }
  }
  return found.slice(0, count)
}

function holdsWords(result: ResultRecord, words: string): boolean {
  const { id, preview, categories, suggested, reasoning, error } = result
  const names = [...(categories ?? []), ...(suggested?.names ?? [])]
  const texts = [id, preview ?? '', ...names, reasoning ?? '', error?.message ?? '']
  return texts.some((text) => text.toLowerCase().includes(words))
}

/** Those of the items that a filter names one by one, or all but those. Only results of a text that is named are read. Null: given up. */
export async function chooseNamed(
  scan: Scan,
  items: Uint32Array,
  { only, except }: Pick<ResultFilter, 'only' | 'except'>,
): Promise<Uint32Array | null> {
  const kept = only ? await findNamed(scan, items, only) : null
  if (only && kept === null) return null
  const rest = kept ? items.filter((item) => kept.has(item)) : items
  const left = except ? await findNamed(scan, rest, except) : null
  if (except && left === null) return null
  return left ? rest.filter((item) => !left.has(item)) : rest
}

async function findNamed(
  scan: Scan,
  items: Uint32Array,
  named: readonly ResultIdentity[],
): Promise<ReadonlySet<number> | null> {
  const marks = new Set(named.map(({ inputHash }) => inputMark(inputHash)))
  const wanted = new Set(named.map(nameOf))
  const candidates = items.filter((item) => marks.has(scan.index.input(item)))
  const found = new Set<number>()
  let at = 0
  for await (const group of readResultTexts(scan.handle, scan.index, candidates)) {
    if (scan.signal?.aborted) return null
    for (const bytes of group) {
      const item = candidates[at++] as number
      if (wanted.has(nameOf(JSON.parse(bytes.toString())))) found.add(item)
    }
  }
  return found
}

function nameOf({ id, inputHash }: ResultIdentity): string {
  return `${inputHash} ${id}`
}

/** For each item the rank of its id among all. Null: given up. */
export async function rankIds(scan: Scan): Promise<Uint32Array | null> {
  const items = scan.index.inOrder()
  const keys = createIdKeys(items.length)
  for await (const group of readResultTexts(scan.handle, scan.index, items)) {
    if (scan.signal?.aborted) return null
    for (const bytes of group) keys.add(bytes)
  }
  const ranks = await rankKeys(keys.finish(), () => new Promise((resolve) => setImmediate(resolve)))
  const byItem = new Uint32Array(scan.index.size)
  items.forEach((item, place) => {
    byItem[item] = ranks[place] as number
  })
  return byItem
}
