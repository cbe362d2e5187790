import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import type { Task } from '../../protocol/names.ts'
import type { Receipt, ResultRecord } from '../../protocol/results.ts'
import type { Reuse, Reused, WorkItem } from '../engine/workItem.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import { openRegularFile } from '../files/regularFile.ts'
import { ItemIndex } from '../journal/itemIndex.ts'
import {
  categorizedLineStart,
  type JournalCategorization,
  type JournalHeader,
  parseJournalLine,
  resultPlace,
} from '../journal/journalLines.ts'
import { journalPathIn } from '../journal/journalPath.ts'
import { wholeLines } from '../journal/readJournal.ts'
import { readResultTexts } from '../journal/readResults.ts'
import { isWholeResult } from '../journal/wholeResult.ts'

/** By whom the items of a run are judged: a result counts for another run only where all of it is the same. */
export interface ReuseQuestion {
  /** `runId` is empty where only how many items a run would take over is wanted. */
  header: JournalHeader
  tasks: readonly {
    task: Task
    provider: string
    model: string
    promptHash: string
    profileHash: string
    optionsHash: string | undefined
  }[]
}

/** What an earlier run's journal has that still holds, by the hash of what was judged: about 45 bytes a result. */
interface EarlierResults {
  runId: string
  handle: FileHandle
  index: ItemIndex
  /** What a run that ended early had paid for of items without a result, by the hash of what was judged. */
  categorized: ReadonlyMap<string, JournalCategorization>
}

/**
 * Results of earlier runs for items whose text, prompt, profile, provider, model and options are the same as now; the first run
 * that has one gives it. Journals are read when the first items are asked for, so that the run has started by then.
 */
export function openReuse(dataDir: string, earlier: readonly string[], question: ReuseQuestion): Reuse | null {
  if (earlier.length === 0) return null
  const handles: FileHandle[] = []
  let opening: Promise<EarlierResults[]> | null = null

  async function open(): Promise<EarlierResults[]> {
    const opened: EarlierResults[] = []
    for (const runId of earlier) {
      try {
        const handle = await openRegularFile(diskFiles, journalPathIn(dataDir, runId))
        handles.push(handle)
        opened.push({ runId, handle, ...(await readStillTrue(handle, question)) })
      } catch (error) {
        // A journal that is gone, or cannot be read, has nothing to take over.
        ignoreFileErrors(error)
      }
    }
    return opened.filter(({ index, categorized }) => index.size > 0 || categorized.size > 0)
  }

  return {
    async find(items) {
      opening ??= open()
      const found = new Map<WorkItem, Reused>()
      for (const results of await opening) {
        const left = items.filter((item) => !found.has(item))
        // A journal that is damaged only now has nothing to take over, either.
        const taken = await readFor(left, results, question.header.runId).catch((error: unknown) => {
          ignoreFileErrors(error)
          return []
        })
        for (const [item, resultJson] of taken) found.set(item, { status: 'ok', resultJson })
      }
      for (const { runId, categorized } of await opening) takeCategorized(items, found, { runId, categorized })
      return found
    },
    async close() {
      await opening
      await Promise.all(handles.map((handle) => handle.close()))
    },
  }
}

function keyOf(inputHash: string): string {
  return inputHash.slice(0, 24)
}

/** A whole result is worth more than a part of one, whichever run has it. */
function takeCategorized(
  items: readonly WorkItem[],
  found: Map<WorkItem, Reused>,
  { runId, categorized }: Pick<EarlierResults, 'runId' | 'categorized'>,
): void {
  if (categorized.size === 0) return
  for (const item of items) {
    const paid = found.has(item) ? undefined : categorized.get(item.inputHash)
    if (!paid) continue
    const receiptJson = JSON.stringify({ ...JSON.parse(paid.receiptJson), reused: { runId } })
    found.set(item, { status: 'open', categorized: { verdict: paid.verdict, receiptJson } })
  }
}

/** Whatever became of the item since: the same text judged in the same way has the same result. */
async function readStillTrue(
  handle: FileHandle,
  question: ReuseQuestion,
): Promise<Pick<EarlierResults, 'index' | 'categorized'>> {
  const index = new ItemIndex()
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
      if (line?.result.status !== 'ok' || !isSame(line.result)) continue
      categorized.delete(line.result.inputHash)
      const key = keyOf(line.result.inputHash)
      if (index.find(key) !== -1) continue
      index.setFinal(index.add(key), 'ok', 0, resultPlace(bytes, start))
    }
  }
  return { index, categorized }
}

const categorizedKind = Buffer.from(categorizedLineStart.slice(1))

/** Before it are at most the few bytes of a checksum. */
function isCategorized(bytes: Buffer): boolean {
  return bytes.subarray(0, 2 * categorizedKind.length).includes(categorizedKind)
}

/** Null: the categorization would not be the same today. */
function parseCategorized(bytes: Buffer, { header, tasks }: ReuseQuestion): JournalCategorization | null {
  const line = parseJournalLine(parseJson(bytes))
  const judged = tasks.find(({ task }) => task === 'categorization')
  if (line?.kind !== 'categorized' || !judged) return null
  return markOf(JSON.parse(line.categorized.receiptJson)) === markIn(header, judged) ? line.categorized : null
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

/** Each task that the new run asks for has a receipt that says the same of how it was judged; a blocked item was not scored. */
function compareReceipts({ header, tasks }: ReuseQuestion): (result: ResultRecord) => boolean {
  const wanted = tasks.map((judged) => ({ task: judged.task, mark: markIn(header, judged) }))
  return ({ receipts, blockedBy }) => {
    if (Object.keys(receipts).some((task) => !wanted.some((each) => each.task === task))) return false
    return wanted.every(({ task, mark }) => {
      const receipt = receipts[task]
      return receipt ? markOf(receipt) === mark : task === 'scoring' && blockedBy !== null
    })
  }
}

function markIn({ routes }: JournalHeader, judged: ReuseQuestion['tasks'][number]): string {
  const { kind = '', endpoint = null } = routes.find(({ task }) => task === judged.task) ?? {}
  return markOf({ ...judged, kind, endpoint })
}

type Judged = Pick<Receipt, 'provider' | 'kind' | 'model' | 'endpoint' | 'promptHash' | 'profileHash' | 'optionsHash'>

function markOf({ provider, kind, model, endpoint, promptHash, profileHash, optionsHash }: Judged): string {
  return [provider, kind, model, endpoint, promptHash, profileHash, optionsHash].join('\n')
}

async function readFor(
  items: readonly WorkItem[],
  { runId: earlierRun, handle, index }: EarlierResults,
  runId: string,
): Promise<Map<WorkItem, string>> {
  const there = items.filter((item) => index.find(keyOf(item.inputHash)) !== -1)
  const places = Uint32Array.from(there, (item) => index.find(keyOf(item.inputHash)))
  const found = new Map<WorkItem, string>()
  let at = 0
  for await (const group of readResultTexts(handle, index, places)) {
    for (const bytes of group) {
      const item = there[at++] as WorkItem
      const text = takeOver(bytes.toString(), item, { earlierRun, runId })
      if (text !== null) found.set(item, text)
    }
  }
  return found
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
  if (own === null) return null
  return /,"reusedFrom":"[^"]*"}$/.test(own) ? own : `${own.slice(0, -1)},"reusedFrom":"${earlierRun}"}`
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
const shownBefore = /^(?:,"source":"(?:[^"\\]|\\.)*")?(?:,"preview":"(?:[^"\\]|\\.)*")?/
