import { addressesJudge } from '../domain/addressesJudge.ts'
import type { ScoreVerdict } from '../domain/work.ts'
import type { PaidCategorization } from '../journal/journalLines.ts'
import type { SourceEntry } from '../sources/sourceEntry.ts'

/** An item under way. */
export interface WorkItem {
  /** Its number in the index. */
  item: number
  key: string
  at: number
  id: string
  inputHash: string
  /** Shown with the result: where it is from, and how its text begins. */
  shown?: ShownItem
  /** Prepared and cut to the larger of the two limits. */
  text: string
  /** Absent: it is still to be asked for. */
  categorized?: PaidCategorization | undefined
  /** The same. */
  scored?: PaidScore | undefined
}

/** A score of an item that has no result of this run yet. */
export interface PaidScore {
  verdict: ScoreVerdict
  receiptJson: string
}

export interface ShownItem {
  /** Absent where the run reads one file. */
  source?: string
  preview?: string
  /** Its text speaks to whoever judges it. */
  addressesJudge?: true
}

/** A folder or several files are read, where an id says nothing without its file. */
export function shownItem({ id, place, scope }: SourceEntry, text: string): ShownItem {
  const isOneOfSeveral = place.startsWith(`${scope}:`) || (place === scope && id !== null && id !== scope)
  const preview = previewOf(text)
  return {
    ...(isOneOfSeveral ? { source: scope } : {}),
    ...(preview === '' ? {} : { preview }),
    ...(addressesJudge(text) ? { addressesJudge: true } : {}),
  }
}

const previewCharacters = 100

/** The first words of a text on one line, never half a character. */
function previewOf(text: string): string {
  const head = text.slice(0, previewCharacters * 4)
  // Most texts have one blank at a time, and looking is cheaper than writing anew.
  const line = (/\s\s|[^\S ]/.test(head) ? head.replaceAll(/\s+/g, ' ') : head).trim()
  return line.slice(0, previewCharacters).toWellFormed()
}

export interface ReusedResult {
  status: 'ok' | 'skipped'
  /** A whole result of this run and this item. */
  resultJson: string
  /** It was judged for this run, before it began. Absent: it is that of an earlier one. */
  origin?: 'judged'
}

/** All of an item's result, or the part of it that was paid for before: when a run ended early, or was of one task. */
export type Reused = ReusedResult | ({ status: 'open' } & Pick<WorkItem, 'categorized' | 'scored'>)

/** Results of earlier runs over the same source, or of this one before it was interrupted. */
export interface Reuse {
  /** Asked for some items at a time, before they are judged; those without a result are not in the answer. */
  find(items: readonly WorkItem[]): Promise<ReadonlyMap<WorkItem, Reused>>
  close(): Promise<void>
}
