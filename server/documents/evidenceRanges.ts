import type { ResultRecord } from '../../protocol/results.ts'
import type { DocumentRecord } from './readRecords.ts'

/** A stretch of a document, in UTF-16 units. */
interface Stretch {
  start: number
  end: number
}

/**
 * Where the passages that were quoted of a record stand in the text of its document. A passage is of the prepared text: in a file its line
 * ends and quotation marks may be escaped, as JSON and CSV do it. One that is not found so, such as one that was marked up, is left out.
 */
export function evidenceRanges(
  text: string,
  record: Pick<DocumentRecord, 'start' | 'end'>,
  result: ResultRecord,
): Stretch[] {
  const { categories, criteria = {} } = result.evidence ?? {}
  const passages = new Set([categories, ...Object.values(criteria)].filter((passage) => typeof passage === 'string'))
  const written = text.slice(record.start, record.end)
  return [...passages].flatMap((passage) => {
    const place = findWritten(written, passage)
    return place ? [{ start: record.start + place.start, end: record.start + place.end }] : []
  })
}

function findWritten(text: string, passage: string): Stretch | null {
  const ways = [passage, JSON.stringify(passage).slice(1, -1), passage.replaceAll('"', '""')]
  for (const way of ways) {
    const start = text.indexOf(way)
    if (start >= 0) return { start, end: start + way.length }
  }
  return null
}
