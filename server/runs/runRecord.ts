import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunSpending } from './engine/runSpending.ts'
import { countResult, type FinalState, isFinal, type Tally, tallyOf } from './engine/runTally.ts'
import type { WorkItem } from './engine/workItem.ts'
import { fileErrorCode } from './files.ts'
import type { ItemIndex, ItemOrigin } from './journal/itemIndex.ts'
import { itemLineEnd, itemLineStart, noteLine } from './journal/journalLines.ts'
import { createJournalWriter } from './journal/journalWriter.ts'
import { inputMark, readJournal } from './journal/readJournal.ts'
import { readExactly } from './journal/readResults.ts'
import type { RunContext } from './runContext.ts'

/** What a run has come to: its journal, and what is known of each item from it. */
export interface RunRecord {
  index(): ItemIndex
  tally(): Tally
  /** An item's final result, as JSON. */
  add(item: WorkItem, status: FinalState, resultJson: string, origin?: ItemOrigin): void
  /** The item stands elsewhere in its source now. */
  moved(item: number, at: number): void
  /** A result that the item has does not count any more. */
  reopened(item: number): void
  /** What the reading of the source, which has come to its end, has not met: it is no result of it any more. */
  dropVanished(): void
  /** What the calls used; kept anyway, but not with each of thousands of calls. */
  noteUsed(): void
  /** What is spent; settles when a killed process would not lose it. */
  noteSpent(usd: number): Promise<void>
  /** The result of an item as the journal has it. */
  read(item: number): Promise<string>
  whenWritten(): Promise<void>
  flush(): Promise<Outcome<null>>
  close(): Promise<Outcome<null>>
}

export function openRunRecord(
  context: RunContext,
  run: { runId: string; journal: { handle: FileHandle; position: number }; index: ItemIndex; spending: RunSpending },
  events: {
    mayWrite(): Promise<Reason | null>
    onFailure(reason: Reason): void
    onAdded(item: number, status: FinalState, resultJson: string): void
  },
): RunRecord {
  const { clock, limits } = context
  const { runId, spending } = run
  let { index } = run
  let tally = tallyOf(index)
  let reader: Promise<FileHandle> | null = null
  let hasFailed = false
  let usedNoted = spending.used
  let usedNotedAt = clock.monotonic()

  const { handle, position } = run.journal
  const { journalBatch, journalDelayMs } = limits
  const journal = createJournalWriter({
    ...{ handle, position, clock, journalBatch, journalDelayMs, mayWrite: events.mayWrite },
    onFailure(failure) {
      hasFailed = true
      events.onFailure(failure)
    },
  })

  function note(line: Parameters<typeof noteLine>[0]): void {
    journal.append(noteLine(line))
  }

  /** A process that is killed loses what was used within so short a time at most. */
  function noteUsed(): void {
    if (spending.used === usedNoted) return
    usedNoted = spending.used
    usedNotedAt = clock.monotonic()
    note({ kind: 'used', used: usedNoted })
  }

  /** What was not written does not count. */
  async function readAgain(): Promise<void> {
    const read = await readJournal(context.files, context.journalPath(runId), runId)
    if (!read.ok) return
    index = read.value.index
    tally = tallyOf(index)
  }

  return {
    index: () => index,
    tally: () => tally,
    add(item, status, resultJson, origin = 'judged') {
      const [, offset = 0, end = 0] = journal.append(itemLineStart(item.key, item.at), resultJson, itemLineEnd)
      index.setFinal(item.item, status, inputMark(item.inputHash), { offset, length: end - offset }, origin)
      countResult(tally, status, origin, 1)
      events.onAdded(item.item, status, resultJson)
      if (clock.monotonic() - usedNotedAt >= limits.usedNoteEveryMs) noteUsed()
    },
    moved(item, at) {
      if (index.position(item) !== at) note({ kind: 'moved', key: index.key(item), at })
    },
    reopened(item) {
      const before = index.state(item)
      if (isFinal(before)) countResult(tally, before, index.origin(item), -1)
    },
    dropVanished() {
      for (let item = 0; item < index.size; item++) {
        const was = index.state(item)
        if (index.isSeen(item) || !isFinal(was)) continue
        note({ kind: 'gone', key: index.key(item) })
        index.setGone(item)
        countResult(tally, was, index.origin(item), -1)
      }
    },
    noteUsed,
    noteSpent(usd) {
      note({ kind: 'spent', usd })
      return journal.whenWritten()
    },
    /** The journal itself is only written to. */
    async read(item) {
      await journal.whenWritten()
      reader ??= context.files.open(context.journalPath(runId), 'r')
      const { offset, length } = index.place(item)
      const bytes = Buffer.allocUnsafe(length)
      await readExactly(await reader, offset, bytes)
      return bytes.toString()
    },
    whenWritten: () => journal.whenWritten(),
    flush: () => journal.flush(),
    async close() {
      await reader?.then((opened) => opened.close()).catch(fileErrorCode)
      const closed = await journal.close()
      if (hasFailed) await readAgain()
      return closed
    },
  }
}
