import type { FileHandle } from 'node:fs/promises'
import type { ResultFilter, ResultQuery } from '../../protocol/resultQueries.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { chooseNamed, filterByColumns, rankIds, searchItems } from './filterResults.ts'
import type { ShownLabels } from './humanLabels.ts'
import type { JournalColumns } from './readColumns.ts'
import type { ResultColumns } from './resultColumns.ts'
import type { ResultsContext } from './resultsContext.ts'
import { searchTexts } from './searchTexts.ts'
import type { SecondOpinion } from './secondOpinion.ts'
import { sortItems } from './sortResults.ts'
import type { Trust } from './trust.ts'

/** The results of one run as they are now, for as long as somebody works with them. */
export interface OpenedResults {
  runId: string
  header: JournalHeader
  /** As they are shown: what a person has corrected goes before the model's word. */
  columns: ResultColumns
  /** As the models had it. */
  judged: ResultColumns
  /** As the models had it, with corrected confidences and the floors of the profile. */
  relied: ResultColumns
  /** Null: nobody has corrected anything. */
  labels: ShownLabels | null
  /** Null: confidence is as the models had it, and nothing waits for a person. */
  trust: Trust | null
  /** Null: nobody asked another model. */
  second: SecondOpinion | null
  handle: FileHandle
  /** The same for as long as no result was added. */
  version: number
  /** Lines of the journal that are damaged and were passed over, since the run went on last. */
  damagedLines: number
  /** The items that a query finds, in its order. Null: given up, since nobody waits any more. */
  find(query: ResultQuery, signal?: AbortSignal): Promise<Uint32Array | null>
  /** Of what a filter was found from, the items whose texts could not be searched; 0 where it was not asked for yet. */
  unsearched(filter: ResultFilter | undefined): number
  memoryBytes(): number
}

/** The columns with what people said and how far they can be relied on, for the version, labels and corrections they were made of. */
export interface Shown {
  version: string
  labels: ShownLabels | null
  trust: Trust | null
  relied: ResultColumns
  /** All but the open file; null: nobody asked another model. */
  second: Omit<SecondOpinion, 'handle'> | null
  columns: ResultColumns
}

/** What queries found, for the version that it was found in. */
export interface Found {
  version: string
  items: Map<string, Uint32Array>
  /** By search: how many items have another text in the source by now. */
  unsearched: Map<string, number>
  idRanks: Uint32Array | null
}

const queriesCached = 4

export function nothingFound(version: string): Found {
  return { version, items: new Map(), unsearched: new Map(), idRanks: null }
}

function bytesOf({ items, idRanks }: Found): number {
  return [...items.values(), ...(idRanks ? [idRanks] : [])].reduce((sum, list) => sum + list.byteLength, 0)
}

/** `second`: the open journal of a second opinion; null: there is none. */
export function openResults(
  context: Pick<ResultsContext, 'files' | 'limits'>,
  runId: string,
  { journal, found, shown }: { journal: JournalColumns; found: Found; shown: Shown },
  { handle, second: secondHandle }: { handle: FileHandle; second: FileHandle | null },
): OpenedResults {
  const { header, columns: judged, version, damagedLines, damagedAtEnd } = journal
  const { columns, relied, labels, trust, second } = shown

  async function remember(key: string, find: () => Promise<Uint32Array | null>): Promise<Uint32Array | null> {
    const known = found.items.get(key)
    const items = known ?? (await find())
    if (items === null) return null
    found.items.delete(key)
    found.items.set(key, items)
    for (const [other] of found.items) if (found.items.size > queriesCached) found.items.delete(other)
    return items
  }

  function filtered(filter: ResultFilter, signal: AbortSignal | undefined): Promise<Uint32Array | null> {
    return remember(`filter ${JSON.stringify(filter)}`, async () => {
      const scan = { handle, index: columns.index, signal }
      const items = await chooseNamed(scan, filterByColumns(columns, columns.index.inOrder(), filter), filter)
      if (items === null || filter.search === undefined) return items
      const inRecords = await searchItems(scan, items, filter.search)
      if (inRecords === null) return null
      const inTexts = await searchTexts(context, { header, columns }, items, filter.search, signal)
      if (inTexts === null) return null
      found.unsearched.set(JSON.stringify(filter), inTexts.unsearched)
      const isInRecords = new Uint8Array(columns.index.size)
      for (const item of inRecords) isInRecords[item] = 1
      return items.filter((item) => isInRecords[item] === 1 || inTexts.has(item))
    })
  }

  async function find({ filter = {}, sort }: ResultQuery, signal?: AbortSignal): Promise<Uint32Array | null> {
    const items = await filtered(filter, signal)
    if (items === null || !sort || (sort.by === 'position' && !sort.descending)) return items
    return await remember(`${JSON.stringify(sort)} ${JSON.stringify(filter)}`, async () => {
      if (sort.by === 'id') found.idRanks ??= await rankIds({ handle, index: columns.index, signal })
      if (sort.by === 'id' && found.idRanks === null) return null
      return sortItems(columns, items, sort, found.idRanks)
    })
  }

  return {
    runId,
    header,
    ...{ columns, judged, relied, labels, trust },
    second: second && secondHandle ? { ...second, handle: secondHandle } : null,
    handle,
    version,
    damagedLines: damagedLines + damagedAtEnd,
    find,
    unsearched: (filter = {}) => found.unsearched.get(JSON.stringify(filter)) ?? 0,
    memoryBytes: () => columns.bytes + bytesOf(found),
  }
}
