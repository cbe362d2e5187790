import type { OpenedFile } from './openedFile.ts'

export type FileFormat = 'json_lines' | 'json_array' | 'csv' | 'text'

/** By the file's name, and for JSON also by how it begins. Everything else is one text. */
export function recogniseFormat(file: OpenedFile): FileFormat {
  if (/\.(csv|tsv|tab)$/i.test(file.path)) return 'csv'
  const isLines = /\.(jsonl|ndjson)$/i.test(file.path)
  if (!isLines && !/\.json$/i.test(file.path)) return 'text'
  const head = file.head.toString().trimStart()
  if (head.startsWith('[')) return 'json_array'
  return isLines || holdsObjectOnEachLine(head) ? 'json_lines' : 'text'
}

/** Exports named `.json` are often one object a line. */
function holdsObjectOnEachLine(head: string): boolean {
  const [first = '', second = ''] = head.split('\n', 2)
  if (!second.startsWith('{')) return false
  try {
    return typeof JSON.parse(first) === 'object'
  } catch {
    return false
  }
}
