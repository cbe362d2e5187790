import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import type { Receipt, ResultRecord } from '../../protocol/results.ts'
import { blockingCategory } from '../domain/compositeScore.ts'
import { judgedResult } from '../engine/resultJson.ts'
import type { Reuse, Reused, WorkItem } from '../engine/workItem.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { ItemIndex } from '../journal/itemIndex.ts'
import {
  categorizedLineStart,
  type JournalCategorization,
  parseJournalLine,
  resultPlace,
} from '../journal/journalLines.ts'
import { journalPathIn } from '../journal/journalPath.ts'
import { wholeLines } from '../journal/readJournal.ts'
import { readResultTexts } from '../journal/readResults.ts'
import { isWholeResult } from '../journal/wholeResult.ts'
import { compareReceipts, hasPart, isBy, type ReuseQuestion, stillTrue } from './sameQuestion.ts'

/** `earlier`: over the same source, the best first. `elsewhere`: over others, the newest first, as many as have `mostBytes` of journals. */
export interface EarlierRuns {
  earlier: readonly string[]
  elsewhere: { runIds: readonly string[]; mostBytes: number }
}

/** The results of a journal by the hash of what was judged, whatever they were judged by. */
interface IndexedResults {
  runId: string
  handle: FileHandle
  index: ItemIndex
}

/** What an earlier run's journal has that still holds, by the hash of what was judged: about 45 bytes a result. */
interface EarlierResults {
  runId: string
  handle: FileHandle
  index: ItemIndex
  /** Results of which the answer to one task still holds, such as those of a run of that task alone. */
  parts: ItemIndex
  /** What a run that ended early had paid for of items without a result, by the hash of what was judged. */
  categorized: ReadonlyMap<string, JournalCategorization>
}

/** Null: there is no earlier run. Journals are read when the first items are asked for, so that the run has started by then. */
export function openReuse(dataDir: string, runs: EarlierRuns, question: ReuseQuestion): Reuse | null {
  return runs.earlier.length === 0 && runs.elsewhere.runIds.length === 0 ? null : new Findings(dataDir, runs, question)
}

/**
 * Results of earlier runs for items whose text, prompt, profile, provider, model and options are the same as now, and where there is
 * none what is the same of them, task by task; the first run that has it gives it.
 */
class Findings implements Reuse {
  readonly #dataDir: string
  readonly #runs: EarlierRuns
  readonly #question: ReuseQuestion
  readonly #handles: FileHandle[] = []
  #earlier: Promise<EarlierResults[]> | null = null
  #elsewhere: Promise<IndexedResults[]> | null = null

  constructor(dataDir: string, runs: EarlierRuns, question: ReuseQuestion) {
    this.#dataDir = dataDir
    this.#runs = runs
    this.#question = question
  }

  async find(items: readonly WorkItem[]): Promise<Map<WorkItem, Reused>> {
    this.#earlier ??= this.#openEarlier()
    const found = new Map<WorkItem, Reused>()
    for (const { runId, handle, index } of await this.#earlier) {
      for await (const { item, text } of readFor(withoutAny(items, found), handle, index))
        this.#take(text, item, runId, found)
    }
    const parts = new PaidParts(this.#question)
    for (const { runId, handle, parts: places, categorized } of await this.#earlier) {
      const open = withoutAny(items, found)
      for await (const { item, text } of readFor(open, handle, places)) parts.addResult(item, text, runId)
      for (const item of open) parts.addCategorized(item, categorized.get(item.inputHash), runId)
    }
    const missing = withoutAny(items, found).filter((item) => !parts.isWholeOf(item))
    if (missing.length > 0) await this.#findElsewhere(missing, found, parts)
    parts.putInto(found)
    return found
  }

  async close(): Promise<void> {
    await this.#earlier
    await this.#elsewhere
    await Promise.all(this.#handles.map((handle) => handle.close()))
  }

  /** Each result is looked at when its text comes: whether it still holds is not known before. */
  async #findElsewhere(items: readonly WorkItem[], found: Map<WorkItem, Reused>, parts: PaidParts): Promise<void> {
    this.#elsewhere ??= this.#openElsewhere()
    const isSame = compareReceipts(this.#question)
    for (const { runId, handle, index } of await this.#elsewhere) {
      for await (const { item, text } of readFor(withoutAny(items, found), handle, index)) {
        const result = JSON.parse(text) as ResultRecord
        if (result.status !== 'ok' || !isWholeResult(result)) continue
        if (isSame(result)) this.#take(text, item, runId, found)
        else parts.addResult(item, text, runId)
      }
    }
  }

  #take(text: string, item: WorkItem, earlierRun: string, found: Map<WorkItem, Reused>): void {
    const taken = takeOver(text, item, { earlierRun, runId: this.#question.header.runId })
    if (taken !== null) found.set(item, { status: 'ok', resultJson: taken })
  }

  async #openEarlier(): Promise<EarlierResults[]> {
    const opened = await this.#openAll(this.#runs.earlier, (handle) => readStillTrue(handle, this.#question))
    return opened.filter(({ index, parts, categorized }) => index.size > 0 || parts.size > 0 || categorized.size > 0)
  }

  /** As many as are within the bound, the newest first. */
  async #openElsewhere(): Promise<IndexedResults[]> {
    const { runIds, mostBytes } = this.#runs.elsewhere
    let left = mostBytes
    const opened = await this.#openAll(runIds, async (handle) => {
      left -= (await handle.stat()).size
      return left < 0 ? null : { index: await indexByText(handle) }
    })
    return opened.filter(({ index }) => index.size > 0)
  }

  /** `read` answers null where it wants no further one. A journal that is gone, or cannot be read, has nothing to take over. */
  async #openAll<Read extends object>(
    runIds: readonly string[],
    read: (handle: FileHandle) => Promise<Read | null>,
  ): Promise<(Read & { runId: string; handle: FileHandle })[]> {
    const opened: (Read & { runId: string; handle: FileHandle })[] = []
    for (const runId of runIds) {
      try {
        const handle = await openRegularFile(diskFiles, journalPathIn(this.#dataDir, runId))
        this.#handles.push(handle)
        const found = await read(handle)
        if (found === null) break
        opened.push({ runId, handle, ...found })
      } catch (error) {
        ignoreFileErrors(error)
      }
    }
    return opened
  }
}

function withoutAny(items: readonly WorkItem[], found: ReadonlyMap<WorkItem, Reused>): WorkItem[] {
  return items.filter((item) => !found.has(item))
}

function keyOf(inputHash: string): string {
  return inputHash.slice(0, 24)
}

/** What was paid for of items that no earlier run has a whole result of; the first run that has a part gives it. */
class PaidParts {
  readonly #question: ReuseQuestion
  readonly #found = new Map<WorkItem, Pick<WorkItem, 'categorized' | 'scored'> & { from: string }>()

  constructor(question: ReuseQuestion) {
    this.#question = question
  }

  /** `text`: a result of which one task's answer still holds. */
  addResult(item: WorkItem, text: string, runId: string): void {
    const result = JSON.parse(text) as ResultRecord
    if (result.inputHash !== item.inputHash) return
    const { categorization, scoring } = stillTrue(result, this.#question)
    const { categories, confidence, probabilities, suggested, interest, quality, criteria, reasoning, evidence } =
      result
    const found = this.#of(item, runId)
    if (categorization && categories && suggested) {
      const quoted = evidence?.categories === undefined ? {} : { evidence: evidence.categories }
      const verdict = { categories, confidence, ...(probabilities ? { probabilities } : {}), suggested, ...quoted }
      found.categorized ??= { verdict, receiptJson: takenReceipt(categorization, runId) }
    }
    if (scoring) {
      const quoted = evidence?.criteria ? { evidence: evidence.criteria } : {}
      const verdict = { interest, quality, ...(criteria ? { criteria } : {}), reasoning, ...quoted }
      found.scored ??= { verdict, receiptJson: takenReceipt(scoring, runId) }
    }
  }

  addCategorized(item: WorkItem, paid: JournalCategorization | undefined, runId: string): void {
    if (!paid) return
    const receiptJson = takenReceipt(JSON.parse(paid.receiptJson), runId)
    this.#of(item, runId).categorized ??= { verdict: paid.verdict, receiptJson }
  }

  /** Parts that are all that a run wants of an item are its result. */
  putInto(found: Map<WorkItem, Reused>): void {
    for (const [item, { categorized, scored, from }] of this.#found) {
      if (found.has(item) || (!categorized && !scored)) continue
      if (!this.#isWhole(categorized, scored)) {
        found.set(item, { status: 'open', categorized, scored })
        continue
      }
      const { header, profile, tasks } = this.#question
      const result = judgedResult(
        { runId: header.runId, id: item.id, inputHash: item.inputHash, ...item.shown },
        { category: categorized?.verdict ?? null, score: scored?.verdict ?? null },
        { categorization: categorized?.receiptJson, scoring: scored?.receiptJson },
        { profile, wantsScore: tasks.some(({ task }) => task === 'scoring') },
      )
      found.set(item, { status: 'ok', resultJson: withOrigin(result, from) })
    }
  }

  /** Nothing more is wanted of the item. */
  isWholeOf(item: WorkItem): boolean {
    const found = this.#found.get(item)
    return found !== undefined && this.#isWhole(found.categorized, found.scored)
  }

  #of(item: WorkItem, runId: string) {
    const found = this.#found.get(item) ?? { from: runId }
    this.#found.set(item, found)
    return found
  }

  #isWhole(categorized: WorkItem['categorized'], scored: WorkItem['scored']): boolean {
    const { tasks, profile } = this.#question
    const isBlocked = categorized !== undefined && blockingCategory(categorized.verdict.categories, profile) !== null
    return tasks.every(({ task }) =>
      task === 'scoring' ? scored !== undefined || isBlocked : categorized !== undefined,
    )
  }
}

function takenReceipt(receipt: Receipt, runId: string): string {
  return JSON.stringify({ ...receipt, reused: receipt.reused ?? { runId } })
}

/** Whatever became of the item since: the same text judged in the same way has the same result. */
async function readStillTrue(
  handle: FileHandle,
  question: ReuseQuestion,
): Promise<Pick<EarlierResults, 'index' | 'parts' | 'categorized'>> {
  const index = new ItemIndex()
  const parts = new ItemIndex()
  const categorized = new Map<string, JournalCategorization>()
  const isSame = compareReceipts(question)
  for await (const lines of wholeLines(handle)) {
    for (const { bytes, start } of lines) {
      if (bytes === null) continue
      if (isCategorized(bytes)) {
        const paid = parseCategorized(bytes, question)
        if (paid && index.find(keyOf(paid.inputHash)) === -1) categorized.set(paid.inputHash, paid)
        continue
      }
      const line = parseItem(bytes)
      if (line?.result.status !== 'ok') continue
      const isWhole = isSame(line.result)
      if (isWhole) categorized.delete(line.result.inputHash)
      else if (!hasPart(line.result, question)) continue
      const places = isWhole ? index : parts
      const key = keyOf(line.result.inputHash)
      if (places.find(key) === -1) places.setFinal(places.add(key), 'ok', 0, resultPlace(bytes, start))
    }
  }
  return { index, parts, categorized }
}

const itemKind = Buffer.from('"kind":"item"')
const beforeHash = Buffer.from('"inputHash":"')

/** Nothing is parsed: only where each result stands. The last one about a text counts. */
async function indexByText(handle: FileHandle): Promise<ItemIndex> {
  const index = new ItemIndex()
  for await (const lines of wholeLines(handle)) {
    for (const { bytes, start } of lines) {
      if (bytes === null || !bytes.subarray(0, kindWithin).includes(itemKind)) continue
      const at = bytes.indexOf(beforeHash)
      if (at === -1) continue
      const from = at + beforeHash.length
      const key = keyOf(bytes.toString('latin1', from, from + hashDigits))
      const known = index.find(key)
      index.setFinal(known === -1 ? index.add(key) : known, 'ok', 0, resultPlace(bytes, start))
    }
  }
  return index
}

/** Behind a checksum. */
const kindWithin = 48
const hashDigits = 64

const categorizedKind = Buffer.from(categorizedLineStart.slice(1))

/** Before it are at most the few bytes of a checksum. */
function isCategorized(bytes: Buffer): boolean {
  return bytes.subarray(0, 2 * categorizedKind.length).includes(categorizedKind)
}

/** Null: the categorization would not be the same today. */
function parseCategorized(bytes: Buffer, { tasks }: ReuseQuestion): JournalCategorization | null {
  const line = parseJournalLine(parseJson(bytes))
  const judged = tasks.find(({ task }) => task === 'categorization')
  if (line?.kind !== 'categorized' || !judged) return null
  return isBy(JSON.parse(line.categorized.receiptJson), judged) ? line.categorized : null
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return null
  }
}

function parseItem(bytes: Buffer): { key: string; at: number; result: ResultRecord } | null {
  const line = parseJson(bytes) as { kind: string; key: string; at: number; result: ResultRecord } | null
  return line?.kind === 'item' && isWholeResult(line.result ?? {}) ? line : null
}

/** A journal that is damaged only now has nothing more to take over. */
async function* readFor(
  items: readonly WorkItem[],
  handle: FileHandle,
  index: ItemIndex,
): AsyncGenerator<{ item: WorkItem; text: string }> {
  const there = items.filter((item) => index.find(keyOf(item.inputHash)) !== -1)
  const places = Uint32Array.from(there, (item) => index.find(keyOf(item.inputHash)))
  let at = 0
  try {
    for await (const group of readResultTexts(handle, index, places)) {
      for (const bytes of group) yield { item: there[at++] as WorkItem, text: bytes.toString() }
    }
  } catch (error) {
    ignoreFileErrors(error)
  }
}

/**
 * The same result as one of this run and this item; who judged it stays. Our own writer puts run, id, hash and file first, and in an id
 * a quotation mark would be escaped. Null: it is another item's, whose hash begins alike.
 */
function takeOver(
  text: string,
  item: WorkItem,
  { earlierRun, runId }: { earlierRun: string; runId: string },
): string | null {
  const own = asResultOf(text, item, runId)
  return own === null ? null : withOrigin(own, earlierRun)
}

function withOrigin(resultJson: string, earlierRun: string): string {
  if (/,"reusedFrom":"[^"]*"}$/.test(resultJson)) return resultJson
  return `${resultJson.slice(0, -1)},"reusedFrom":"${earlierRun}"}`
}

/** The result, as our own writer has written it, as one of another run and item. Null: it is of another text. */
export function asResultOf(text: string, { id, inputHash, shown }: WorkItem, runId: string): string | null {
  const hash = `,"inputHash":"${inputHash}"`
  const at = text.indexOf(hash)
  if (at === -1) return null
  const rest = text.slice(at + hash.length, -1).replace(shownBefore, '')
  const own = JSON.stringify({ runId, id, inputHash, ...shown }).slice(0, -1)
  return `${own}${rest}}`
}

/** The file and the first words of the item that it was of. */
const shownBefore = /^(?:,"source":"(?:[^"\\]|\\.)*")?(?:,"preview":"(?:[^"\\]|\\.)*")?(?:,"addressesJudge":true)?/
