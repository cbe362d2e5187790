import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ThreadAbout } from '../../protocol/threads.ts'
import { criteriaCell } from '../../shared/criteriaText.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { cutText } from '../domain/cutText.ts'
import type { ToldItem } from '../domain/threadPrompt.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { sha256 } from '../items/hashes.ts'
import type { KnowledgeBases } from '../knowledge/knowledgeBases.ts'
import { findSourceTexts } from '../labels/judgedTexts.ts'
import type { OpenedResults } from '../results/openedResults.ts'
import { readRecords } from '../results/resultPage.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'

/** Items with their texts, as many as have room, and of how many. */
export interface ToldItems {
  items: ToldItem[]
  total: number
}

export interface ThreadItemParts {
  runs: Runs
  knowledge(): Promise<Pick<KnowledgeBases, 'search'>>
}

type Runs = () => Promise<Pick<ResultQueries, 'withResults'>>

/** Of each item in characters: a conversation needs many items rather than all of one. */
const longestText = 2000
/** What a fence, an id and a verdict take beside the text. */
const charactersAround = 160
/** More items than that have no room in any window. */
const mostItems = 2000
const recordsAtOnce = 100
/** Of a knowledge base, and of a question that is looked for in one, in characters. */
const mostHits = 30
const longestQuery = 4000

/**
 * What a thread is about, in at most `room` characters: of a run the results with the best score first, of a source its items in their
 * order, of a knowledge base the chunks nearest to the question. Fails as the run or the source does; `source_invalid` where it has no item.
 */
export async function readThreadItems(
  { about, question }: { about: ThreadAbout; question: string },
  room: number,
  { runs, knowledge }: ThreadItemParts,
  signal: AbortSignal,
): Promise<Outcome<ToldItems>> {
  switch (about.kind) {
    case 'run':
      return await readRunItems(about, room, runs, signal)
    case 'source':
      return await readSourceItems(about, room, signal)
    case 'kb':
      return await readNearest(about.name, question, { room, knowledge }, signal)
    default:
      return assertNever(about)
  }
}

/** The nearest first; `total` counts those that were found. */
async function readNearest(
  name: string,
  question: string,
  { room, knowledge }: { room: number; knowledge: ThreadItemParts['knowledge'] },
  signal: AbortSignal,
): Promise<Outcome<ToldItems>> {
  const text = question.slice(0, longestQuery)
  const found = await (await knowledge()).search({ name, text, limit: mostHits }, signal)
  if (!found.ok) return found
  const told = new Room(room)
  for (const { id, file, line, heading, text: chunk } of found.value.hits) {
    const source =
      file === null ? {} : { source: heading === null ? file : `${file}, ${heading}`, ...placeOf(file, line) }
    if (!told.add({ id, inputHash: sha256(chunk), ...source, text: chunk, verdict: null })) break
  }
  return told.items.length > 0 ? succeed({ items: told.items, total: found.value.hits.length }) : nothingIn(name)
}

async function readRunItems(
  { runId, filter, ids }: Extract<ThreadAbout, { kind: 'run' }>,
  room: number,
  runs: Runs,
  signal: AbortSignal,
): Promise<Outcome<ToldItems>> {
  return await (await runs()).withResults(
    runId,
    async (opened) => {
      const found = await opened.find({ filter, sort: { by: 'score', descending: true } }, signal)
      if (found === null) return fail({ code: 'cancelled' })
      const wanted = ids === undefined ? null : new Set(ids)
      const { records, total } = await recordsOf(opened, found, wanted, Math.ceil(room / charactersAround))
      const texts = await findSourceTexts(
        diskFiles,
        opened.header.request,
        new Set(records.map((each) => each.inputHash)),
      )
      const told = new Room(room)
      for (const record of records) {
        const text = texts.get(record.inputHash)?.text ?? record.preview
        if (text === undefined) continue
        const { id, inputHash, source } = record
        if (!told.add({ id, inputHash, source, text: cutText(text, longestText), verdict: verdictOf(record) })) break
      }
      if (told.items.length > 0) return succeed({ items: told.items, total })
      return nothingIn(opened.header.inputs[0]?.path ?? runId)
    },
    signal,
  )
}

/** `total` counts what there is; with `wanted` ids only they count. */
async function recordsOf(
  opened: OpenedResults,
  found: Uint32Array,
  wanted: ReadonlySet<string> | null,
  most: number,
): Promise<{ records: ResultRecord[]; total: number }> {
  const limit = Math.min(most, mostItems)
  const records: ResultRecord[] = []
  for (let at = 0; at < found.length; at += recordsAtOnce) {
    const rows = await readRecords(opened, found.subarray(at, at + recordsAtOnce))
    records.push(...rows.filter(({ id }) => wanted?.has(id) ?? true))
    if (records.length >= (wanted?.size ?? limit)) break
  }
  return { records: records.slice(0, limit), total: wanted === null ? found.length : records.length }
}

async function readSourceItems(
  { path }: Extract<ThreadAbout, { kind: 'source' }>,
  room: number,
  signal: AbortSignal,
): Promise<Outcome<ToldItems>> {
  const source = { kind: 'paths' as const, paths: [path] }
  const opened = await openSource({ source }, diskFiles, defaultSourceLimits)
  if (!opened.ok) return opened
  const toPlainText = await loadPlainText()
  const told = new Room(room)
  let total = 0
  const stream = opened.value.read()
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done) {
      if (!next.value.ok && total === 0) return next.value
      break
    }
    if (signal.aborted) return fail({ code: 'cancelled' })
    for (const entry of next.value) {
      if (entry.kind !== 'readable') continue
      total++
      if (told.isFull) continue
      const text = toPlainText(entry.text)
      const id = entry.id ?? entry.place
      told.add({
        ...{ id, inputHash: sha256(text), text: cutText(text, longestText), verdict: null },
        ...placeOf(entry.file, entry.line),
      })
    }
  }
  return told.items.length > 0 ? succeed({ items: told.items, total }) : nothingIn(opened.value.label)
}

/** Where it stands; a line of nothing is none. */
function placeOf(file: string | null, line: number | null): Pick<ToldItem, 'file' | 'line'> {
  return file === null ? {} : { file, ...(line === null ? {} : { line }) }
}

function nothingIn(source: string): Outcome<never> {
  const detail = localizable('there is nothing in it that a conversation could be about')
  return fail({ code: 'source_invalid', source, problem: 'no_items', ...withMessage('detail', detail) })
}

/** Items up to a number of characters; the first one is cut to fit, however small the room is. */
class Room {
  readonly items: ToldItem[] = []
  isFull = false
  #left: number

  constructor(characters: number) {
    this.#left = characters
  }

  /** False: it has no room any more. */
  add(item: ToldItem): boolean {
    const text = this.items.length === 0 ? cutText(item.text, Math.max(0, this.#left - charactersAround)) : item.text
    const needed = text.length + charactersAround
    this.isFull = this.isFull || this.items.length >= mostItems || needed > this.#left
    if (this.isFull || text === '') return false
    this.#left -= needed
    this.items.push({ ...item, text })
    return true
  }
}

function verdictOf({ status, human, ...record }: ResultRecord): string {
  if (status !== 'ok') return `${status}${record.error ? `: ${record.error.message}` : ''}`
  const categories = human?.categories ?? record.categories
  const score = human ? human.score : record.score
  const parts = [
    ...(categories === null ? [] : [categories.length === 0 ? 'no category fits' : categories.join(', ')]),
    ...(record.criteria ? [criteriaCell({ ...record.criteria, ...human?.criteria })] : []),
    ...(score === null ? [] : [record.criteria ? `score ${score}` : `score ${score} of 20`]),
    ...(record.reasoning === null ? [] : [record.reasoning]),
    ...(human ? ['corrected by a person'] : []),
  ]
  return parts.join('; ')
}
