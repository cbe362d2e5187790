import type { DocumentRecord } from './readRecords.ts'

/** A stretch of the text, in UTF-16 units, that was replaced by so many others. */
export interface TextEdit {
  start: number
  end: number
  length: number
}

/**
 * Records at their places after an edit, until the text is read anew: what stands behind it moves, and what it touched is left out,
 * since nobody knows yet what that is now.
 */
export function moveRecords(records: readonly DocumentRecord[], edit: TextEdit): DocumentRecord[] {
  const by = edit.length - (edit.end - edit.start)
  return records.flatMap((record) => {
    if (record.end < edit.start || (record.end === edit.start && edit.length === 0)) return [record]
    if (record.start >= edit.end) return [{ ...record, start: record.start + by, end: record.end + by }]
    return []
  })
}
