import type { Page } from '../../protocol/names.ts'
import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { fileErrorCode } from './files.ts'
import { describeFileError } from './fileTrouble.ts'
import type { ItemIndex } from './journal/itemIndex.ts'
import { readJournal } from './journal/readJournal.ts'
import { readResultTexts } from './journal/readResults.ts'
import type { LiveRun } from './liveRun.ts'
import { parseResult } from './results/writeResults.ts'
import type { RunContext } from './runContext.ts'

/**
 * Pages of final results in the order of the source. A cursor is the position of the next item in it, and how many of the items
 * at that position to pass over, when several claim the same one.
 */
export function createResultPages(context: RunContext, live: ReadonlyMap<string, LiveRun>) {
  /** The index of the run that was looked at last: reading a journal of a million items for each page would take seconds. */
  let last: { runId: string; index: ItemIndex; order: Uint32Array; modifiedAtMs: number } | null = null

  async function indexOf(runId: string): Promise<Outcome<{ index: ItemIndex; order: Uint32Array }>> {
    const running = live.get(runId)
    if (running) {
      const flushed = await running.flush()
      if (!flushed.ok) return flushed
      return succeed({ index: running.index(), order: running.index().inOrder() })
    }
    const row = await context.ledger.read(runId)
    if (!row.ok) return row
    const { mtimeMs } = await context.files.stat(context.journalPath(runId)).catch((error: unknown) => {
      fileErrorCode(error)
      return { mtimeMs: 0 }
    })
    if (last?.runId === runId && last.modifiedAtMs === mtimeMs) return succeed(last)
    const read = await readJournal(context.files, context.journalPath(runId), runId)
    if (!read.ok) return read
    const { index } = read.value
    last = { runId, index, order: index.inOrder(), modifiedAtMs: mtimeMs }
    return succeed(last)
  }

  return {
    forget(runId: string): void {
      if (last?.runId === runId) last = null
    },
    async read(
      runId: string,
      page: { cursor?: string | null | undefined; limit: number },
    ): Promise<Outcome<Page<ResultRecord>>> {
      const found = await indexOf(runId)
      if (!found.ok) return found
      const { index, order } = found.value
      const [position = 0, passOver = 0] = (page.cursor ?? '').split('+').map((part) => Number(part) || 0)
      const from = firstAtOrAfter(order, index, position) + passOver
      const items = order.subarray(from, from + page.limit)
      const following = order[from + page.limit]
      const cursorOf = (next: number): string => `${next}+${from + page.limit - firstAtOrAfter(order, index, next)}`
      try {
        const rows = await readRows(context, runId, index, items)
        return succeed({ rows, next: following === undefined ? null : cursorOf(index.position(following)) })
      } catch (error) {
        const detail = `the run's journal cannot be read, ${describeFileError(fileErrorCode(error))}`
        return fail({ code: 'store_invalid', detail })
      }
    },
  }
}

async function readRows(context: RunContext, runId: string, index: ItemIndex, items: Uint32Array) {
  const handle = await context.files.open(context.journalPath(runId), 'r')
  try {
    const rows: ResultRecord[] = []
    for await (const group of readResultTexts(handle, index, items)) rows.push(...group.map(parseResult))
    return rows
  } finally {
    await handle.close()
  }
}

/** By halving: positions ascend. */
function firstAtOrAfter(order: Uint32Array, index: ItemIndex, position: number): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (index.position(order[middle] as number) < position) low = middle + 1
    else high = middle
  }
  return low
}
