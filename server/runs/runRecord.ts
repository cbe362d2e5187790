import { Buffer } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { CascadeCounts } from '../../protocol/runs.ts'
import type { JournaledSpending } from '../engine/runSpending.ts'
import { countResult, type FinalState, isFinal, type Tally, tallyOf } from '../engine/runTally.ts'
import type { WorkItem } from '../engine/workItem.ts'
import { ignoreFileErrors } from '../files/fileErrors.ts'
import type { ItemIndex, ItemOrigin } from '../journal/itemIndex.ts'
import {
  categorizedLine,
  itemLineEnd,
  itemLineStart,
  noteLine,
  type PaidCategorization,
} from '../journal/journalLines.ts'
import { JournalWriter } from '../journal/journalWriter.ts'
import { inputMark, readJournal } from '../journal/readJournal.ts'
import { readExactly } from '../journal/readResults.ts'
import type { RunContext } from './runContext.ts'

/** What a run has come to: its journal, and what is known of each item from it. */
export class RunRecord {
  readonly #context: RunContext
  readonly #runId: string
  readonly #spending: JournaledSpending
  readonly #journal: JournalWriter
  #index: ItemIndex
  #tally: Tally
  #reader: Promise<FileHandle> | null = null
  #hasFailed = false
  #usedNoted: JournaledSpending['used']
  #usedNotedAt: number

  constructor(
    context: RunContext,
    run: {
      runId: string
      journal: { handle: FileHandle; position: number }
      index: ItemIndex
      spending: JournaledSpending
    },
    on: { mayWrite(): Promise<Reason | null>; failure(reason: Reason): void },
  ) {
    const { journalBatch, journalDelayMs } = context.limits
    this.#context = context
    this.#runId = run.runId
    this.#spending = run.spending
    this.#index = run.index
    this.#tally = tallyOf(run.index)
    this.#usedNoted = run.spending.used
    this.#usedNotedAt = context.clock.monotonic()
    this.#journal = new JournalWriter({
      handle: run.journal.handle,
      position: run.journal.position,
      clock: context.clock,
      journalBatch,
      journalDelayMs,
      mayWrite: on.mayWrite,
      onFailure: (failure) => {
        this.#hasFailed = true
        on.failure(failure)
      },
    })
    run.spending.openJournal((usd) => this.#noteSpent(usd))
  }

  index(): ItemIndex {
    return this.#index
  }

  tally(): Tally {
    return this.#tally
  }

  /** How many items have their result. */
  done(): number {
    const { ok, failed, skipped } = this.#tally
    return ok + failed + skipped
  }

  /** An item's final result, as JSON. */
  add(item: WorkItem, status: FinalState, resultJson: string, origin: ItemOrigin): void {
    const [, offset = 0, end = 0] = this.#journal.append(itemLineStart(item.key, item.at), resultJson, itemLineEnd)
    this.#index.setFinal(item.item, status, inputMark(item.inputHash), { offset, length: end - offset }, origin)
    countResult(this.#tally, status, origin, 1)
    if (this.#context.clock.monotonic() - this.#usedNotedAt >= this.#context.limits.usedNoteEveryMs) this.#noteUsed()
  }

  /** The categorization of an item that waits for its scoring. */
  addCategorized(item: WorkItem, categorized: PaidCategorization): void {
    this.#journal.append(categorizedLine(item, categorized))
  }

  /** The item stands elsewhere in its source now. */
  move(item: number, at: number): void {
    if (this.#index.position(item) !== at) this.#note({ kind: 'moved', key: this.#index.key(item), at })
  }

  /** A result that the item has does not count any more. */
  reopen(item: number): void {
    const before = this.#index.state(item)
    if (isFinal(before)) countResult(this.#tally, before, this.#index.origin(item), -1)
  }

  /** What the reading of the source, which has come to its end, has not met: it is no result of it any more. */
  dropVanished(): void {
    const index = this.#index
    for (let item = 0; item < index.size; item++) {
      const was = index.state(item)
      if (index.isSeen(item) || !isFinal(was)) continue
      this.#note({ kind: 'gone', key: index.key(item) })
      index.setGone(item)
      countResult(this.#tally, was, index.origin(item), -1)
    }
  }

  /** The result of an item as the journal has it. The journal itself is only written to. */
  async read(item: number): Promise<string> {
    await this.#journal.whenWritten()
    this.#reader ??= this.#context.files.open(this.#context.journalPath(this.#runId), 'r')
    const { offset, length } = this.#index.place(item)
    const bytes = Buffer.allocUnsafe(length)
    await readExactly(await this.#reader, offset, bytes)
    return bytes.toString()
  }

  noteCascade(counts: CascadeCounts): void {
    this.#note({ kind: 'cascade', counts })
  }

  whenWritten(): Promise<void> {
    return this.#journal.whenWritten()
  }

  flush(): Promise<Outcome<null>> {
    return this.#journal.flush()
  }

  /** A call that nobody waits for any more may end after this: what it spends is counted, but no longer noted. */
  stopSpending(): void {
    this.#spending.closeJournal()
    this.#noteUsed()
  }

  async close(): Promise<Outcome<null>> {
    await this.#reader?.then((opened) => opened.close()).catch(ignoreFileErrors)
    const closed = await this.#journal.close()
    if (this.#hasFailed) await this.#readAgain()
    return closed
  }

  #note(line: Parameters<typeof noteLine>[0]): void {
    this.#journal.append(noteLine(line))
  }

  /** Not with each of thousands of calls; a process that is killed loses what was used within so short a time at most. */
  #noteUsed(): void {
    if (this.#spending.used === this.#usedNoted) return
    this.#usedNoted = this.#spending.used
    this.#usedNotedAt = this.#context.clock.monotonic()
    this.#note({ kind: 'used', used: this.#usedNoted })
  }

  #noteSpent(usd: number): Promise<void> {
    this.#note({ kind: 'spent', usd })
    return this.#journal.whenWritten()
  }

  /** What was not written does not count. */
  async #readAgain(): Promise<void> {
    const read = await readJournal(this.#context.files, this.#context.journalPath(this.#runId), this.#runId)
    if (!read.ok) return
    this.#index = read.value.index
    this.#tally = tallyOf(this.#index)
  }
}
