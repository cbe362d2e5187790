import { sha256 } from '../items/hashes.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import type { JournalHeader } from '../journal/journalLines.ts'
import { inputMark } from '../journal/readJournal.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { ResultColumns } from './resultColumns.ts'
import type { ResultsContext } from './resultsContext.ts'

export interface TextSearch {
  /** Whether the item's text holds the words. */
  has(item: number): boolean
  /** Of the items, those whose text could not be looked into: the source has another one by now, or is gone. */
  unsearched: number
}

const [wanted, seen, found] = [1, 2, 3] as const

/**
 * Looks for words in the texts of items (which come in the order of the source), by reading the source once more, a piece at a time.
 * A text counts only if it is the one that was judged, by its hash: at the item's place, else wherever it has moved to. One byte an
 * item, and eight more once something has moved. Null: given up, since nobody waits any more.
 */
export async function searchTexts(
  { files, limits }: Pick<ResultsContext, 'files' | 'limits'>,
  { header, columns }: { header: JournalHeader; columns: ResultColumns },
  items: Uint32Array,
  search: string,
  signal?: AbortSignal,
): Promise<TextSearch | null> {
  const { index } = columns
  const words = search.toLowerCase()
  const states = new Uint8Array(index.size)
  for (const item of items) states[item] = wanted
  let missing = items.length
  const source = await openSource(header.request, files, limits)
  if (source.ok) {
    const toPlainText = await loadPlainText()
    const places = new ItemPlaces(columns, items)
    const stream = source.value.read()
    for (let position = 0; missing > 0; ) {
      if (signal?.aborted) break
      const next = await stream.next()
      // What comes before the place where a source has broken since is searched.
      if (next.done) break
      for (const entry of next.value) {
        const text = entry.kind === 'readable' ? toPlainText(entry.text) : entry.content
        const state = text.toLowerCase().includes(words) ? found : seen
        for (const item of places.withText(sha256(text), position++)) {
          if (states[item] === wanted) missing--
          states[item] = state
        }
      }
    }
    await stream.return({ ok: true, value: null })
  }
  return signal?.aborted ? null : { has: (item) => states[item] === found, unsearched: missing }
}

/** Finds items by their text: first where each stood, which is right as long as nothing has moved. */
class ItemPlaces {
  readonly #index: ItemIndex
  readonly #columns: ResultColumns
  readonly #items: Uint32Array
  #at = 0
  #byMark: Uint32Array | null = null
  /** By the place of a mark's first item: thousands of equal texts are found once. */
  #isSettled = new Uint8Array(0)

  constructor(columns: ResultColumns, items: Uint32Array) {
    this.#columns = columns
    this.#index = columns.index
    this.#items = items
  }

  /** Positions are asked for one after the other. */
  withText(hash: string, position: number): number[] {
    const atPlace: number[] = []
    for (; this.#at < this.#items.length; this.#at++) {
      const item = this.#items[this.#at] as number
      if (this.#index.position(item) > position) break
      if (this.#index.position(item) === position) atPlace.push(item)
    }
    const here = atPlace.filter((item) => this.#isOf(item, hash))
    return here.length > 0 ? here : this.#elsewhere(hash)
  }

  #isOf(item: number, hash: string): boolean {
    return this.#index.input(item) === inputMark(hash) && this.#columns.inputRest(item) === inputMark(hash.slice(8))
  }

  /** By halving among those sorted by their marks. */
  #elsewhere(hash: string): number[] {
    if (!this.#byMark) {
      this.#byMark = this.#items.slice().sort((one, other) => this.#index.input(one) - this.#index.input(other))
      this.#isSettled = new Uint8Array(this.#byMark.length)
    }
    const mark = inputMark(hash)
    let [low, high] = [0, this.#byMark.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#index.input(this.#byMark[middle] as number) < mark) low = middle + 1
      else high = middle
    }
    const first = low
    if (this.#isSettled[first] === 1) return []
    const items: number[] = []
    for (let at = first; at < this.#byMark.length; at++) {
      const item = this.#byMark[at] as number
      if (this.#index.input(item) !== mark) break
      if (this.#isOf(item, hash)) items.push(item)
    }
    if (items.length > 0) this.#isSettled[first] = 1
    return items
  }
}
