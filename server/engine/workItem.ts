/** An item under way. */
export interface WorkItem {
  /** Its number in the index. */
  item: number
  key: string
  at: number
  id: string
  inputHash: string
  /** Prepared and cut to the larger of the two limits. */
  text: string
}

export interface ReusedResult {
  status: 'ok' | 'skipped'
  /** A whole result of this run and this item. */
  resultJson: string
}

/** Results of an earlier run over the same source. */
export interface Reuse {
  /** Asked for some items at a time, before they are judged; those without a result are not in the answer. */
  find(items: readonly WorkItem[]): Promise<ReadonlyMap<WorkItem, ReusedResult>>
  close(): Promise<void>
}
