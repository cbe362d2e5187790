import type { Delimiter, SourceFields } from '../../protocol/sources.ts'
import { usualIdNames, usualTextNames } from './fieldNames.ts'

const delimiters: readonly Delimiter[] = [',', ';', '\t', '|']

/** The one that divides the first lines most evenly; quoted ones do not count. */
export function sniffDelimiter(head: string): Delimiter {
  const sample = sampleOf(head)
  const counts = delimiters.map((delimiter) => {
    const [first = 0, ...rest] = sample.map((line) => line.split(delimiter).length - 1)
    return first * (1 + rest.filter((cells) => cells === first).length)
  })
  const best = Math.max(...counts)
  return best > 0 ? (delimiters[counts.indexOf(best)] ?? ',') : ','
}

function sampleOf(head: string): string[] {
  return head
    .split(/\r\n?|\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 10)
    .map((line) => line.replace(/"[^"]*"/g, ''))
}

/** Whether a text whose name says nothing is a table: its first line names a field that is wanted, and the next ones have as many cells. */
export function readCsvHead(head: string, fields: SourceFields | undefined): { delimiter: Delimiter } | null {
  const delimiter = sniffDelimiter(head)
  const [first = ''] = head.split(/\r\n?|\n/, 1)
  const names = first.split(delimiter).map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  )
  const named = [...(fields?.text ?? []), ...(fields?.id ? [fields.id] : [])].map((name) => name.toLowerCase())
  const wanted = named.length > 0 ? named : [...usualTextNames, ...usualIdNames]
  if (names.length < 2 || !names.some((name) => wanted.includes(name))) return null
  const counts = sampleOf(head).map((line) => line.split(delimiter).length)
  const even = counts.filter((count) => count === counts[0]).length
  return counts.length > 1 && even * 2 > counts.length ? { delimiter } : null
}
