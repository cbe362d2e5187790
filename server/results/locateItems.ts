import type { RunFiles } from '../files/diskFiles.ts'
import { sha256 } from '../items/hashes.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { inputMark } from '../journal/readJournal.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { FindingParts } from '../sources/row.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'

export interface ItemPlace {
  file: string
  /** Null: the item is the whole file. */
  line: number | null
  /** Of a finding of a SARIF log, where it is wanted: what a log of the results keeps of it. */
  finding?: FindingParts
}

/**
 * Where items stand in their source now, in the order of `items`. The source is read once more, so lines are right also for results
 * that were taken over from an earlier run; what it no longer has at an item's place has no place. About 8 bytes an item.
 */
export async function locateItems(
  files: RunFiles,
  header: JournalHeader,
  index: ItemIndex,
  items: Uint32Array,
  { keepsFindings = false }: { keepsFindings?: boolean } = {},
): Promise<(nth: number) => ItemPlace | null> {
  const source = await openSource(header.request, files, defaultSourceLimits)
  if (!source.ok) return () => null
  const { nthAt, end } = orderByPosition(index, items)
  const lines = new Int32Array(items.length).fill(nowhere)
  const fileOf = new Uint32Array(items.length)
  const paths: string[] = []
  const toPlainText = await loadPlainText()
  const findings = new Map<number, FindingParts>()
  const stream = keepsFindings ? source.value.readWithFields() : source.value.read()
  let position = 0
  while (position < end) {
    const next = await stream.next()
    // A source that has broken since: what came before it has its place.
    if (next.done) break
    for (const entry of next.value) {
      const nth = (nthAt[position++] ?? 0) - 1
      if (nth < 0 || entry.file === null) continue
      const text = entry.kind === 'readable' ? toPlainText(entry.text) : entry.content
      if (inputMark(sha256(text)) !== index.input(items[nth] as number)) continue
      if (paths.at(-1) !== entry.file) paths.push(entry.file)
      lines[nth] = entry.line ?? 0
      fileOf[nth] = paths.length - 1
      if (entry.fields?.finding) findings.set(nth, entry.fields.finding)
    }
  }
  await stream.return({ ok: true, value: null })
  return (nth) => {
    const line = lines[nth] ?? nowhere
    const file = paths[fileOf[nth] ?? 0]
    if (line === nowhere || file === undefined) return null
    const finding = findings.get(nth)
    return { file, line: line === 0 ? null : line, ...(finding ? { finding } : {}) }
  }
}

const nowhere = -1

/** Which of the items stands at each position of the source, counted from 1; 0: none. */
function orderByPosition(index: ItemIndex, items: Uint32Array): { nthAt: Uint32Array; end: number } {
  const end = items.reduce((most, item) => Math.max(most, index.position(item) + 1), 0)
  const nthAt = new Uint32Array(end)
  items.forEach((item, nth) => {
    nthAt[index.position(item)] = nth + 1
  })
  return { nthAt, end }
}
