import { createHash } from 'node:crypto'
import { succeed } from '../../protocol/outcome.ts'
import type { LineRange } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { EntryBefore, EntryStream, SourceEntry } from './sourceEntry.ts'

/**
 * The entries of a file of which a part stands in the lines: an entry ends where the next one begins. What comes before is read for
 * who is who, what comes after is not read at all.
 */
export async function* selectLines(entries: EntryStream, lines: readonly LineRange[], path: string): EntryStream {
  const last = Math.max(...lines.map(({ to }) => to))
  const count = countBefore()
  let waiting: SourceEntry | null = null
  let isFound = false
  const isWithin = (entry: SourceEntry, nextLine: number): boolean => {
    const from = entry.line ?? 1
    return lines.some(
      (range) => range.from <= range.to && from <= range.to && range.from <= Math.max(from, nextLine - 1),
    )
  }
  try {
    for (;;) {
      const next = await entries.next()
      const read: readonly SourceEntry[] = next.done ? [] : next.value
      const found: SourceEntry[] = []
      for (const entry of read) {
        if (entry.line === null) {
          found.push(...cutEntry(entry, lines))
          continue
        }
        if (waiting && isWithin(waiting, entry.line)) found.push(waiting)
        waiting = { ...entry, before: count(entry) }
      }
      const isEnd = next.done || (waiting?.line ?? 0) > last
      if (isEnd && waiting && isWithin(waiting, Number.POSITIVE_INFINITY)) found.push(waiting)
      isFound ||= found.length > 0
      if (found.length > 0) yield found
      if (next.done && !next.value.ok) return next.value
      if (isEnd) return isFound ? succeed(null) : nothingThere(path)
    }
  } finally {
    await entries.return(succeed(null))
  }
}

function nothingThere(path: string) {
  const detail = withMessage('detail', localizable('no row is in these lines'))
  return fail({ code: 'source_invalid', source: path, problem: 'no_items', ...detail })
}

/** Of a file that is one item, the lines themselves; none: there is nothing but blanks in them. */
function cutEntry(entry: SourceEntry, lines: readonly LineRange[]): SourceEntry[] {
  if (entry.kind === 'broken') return [entry]
  const all = entry.text.split(/\r\n|\n/)
  const text = lines.map(({ from, to }) => all.slice(from - 1, Math.max(from - 1, to)).join('\n')).join('\n')
  return text.trim() === '' ? [] : [{ ...entry, text }]
}

/** Called for every entry in turn. */
function countBefore(): (entry: SourceEntry) => EntryBefore {
  const ids = new Set<string>()
  const contents = new Map<string, number>()
  return (entry) => {
    const hasId = entry.id !== null && ids.has(entry.id)
    if (entry.id !== null && !hasId) {
      ids.add(entry.id)
      return { hasId, equal: 0 }
    }
    const text = entry.kind === 'readable' ? entry.text : entry.content
    const content = createHash('sha256').update(`${entry.kind}\0${hasId}\0${text}`).digest('base64')
    const equal = contents.get(content) ?? 0
    contents.set(content, equal + 1)
    return { hasId, equal }
  }
}
