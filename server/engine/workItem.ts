import type { PaidCategorization } from '../journal/journalLines.ts'

/** An item under way. */
export interface WorkItem {
  /** Its number in the index. */
  item: number
  key: string
  at: number
  id: string
  /** The file that it is from, where the run reads several; absent: there is one. */
  source?: string | undefined
  inputHash: string
  /** Prepared and cut to the larger of the two limits. */
  text: string
  /** Absent: it is still to be asked for. */
  categorized?: PaidCategorization | undefined
}

export interface ReusedResult {
  status: 'ok' | 'skipped'
  /** A whole result of this run and this item. */
  resultJson: string
}

/** All of an item's result, or the part of it that was paid for when a run ended early. */
export type Reused = ReusedResult | { status: 'open'; categorized: PaidCategorization }

/** Results of earlier runs over the same source, or of this one before it was interrupted. */
export interface Reuse {
  /** Asked for some items at a time, before they are judged; those without a result are not in the answer. */
  find(items: readonly WorkItem[]): Promise<ReadonlyMap<WorkItem, Reused>>
  close(): Promise<void>
}
