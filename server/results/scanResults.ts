import type { FileHandle } from 'node:fs/promises'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ItemIndex } from '../journal/itemIndex.ts'
import { readResultTexts } from '../journal/readResults.ts'
import { createIdKeys } from './idKeys.ts'
import { rankKeys } from './rankKeys.ts'

/** Raised where a long reading was given up because nobody waits for it any more. */
export interface Scan {
  handle: FileHandle
  index: ItemIndex
  signal?: AbortSignal | undefined
}

/** Those of the items whose texts hold the words. Null: given up. */
export async function searchItems(scan: Scan, items: Uint32Array, search: string): Promise<Uint32Array | null> {
  const words = search.toLowerCase()
  // As it stands in JSON: most results are passed over without being parsed.
  const wordsInJson = JSON.stringify(search).slice(1, -1).toLowerCase()
  const found = new Uint32Array(items.length)
  let count = 0
  let at = 0
  for await (const group of readResultTexts(scan.handle, scan.index, items)) {
    if (scan.signal?.aborted) return null
    for (const bytes of group) {
      const text = bytes.toString()
      const item = items[at++] as number
      if (text.toLowerCase().includes(wordsInJson) && holdsWords(JSON.parse(text), words)) found[count++] = item
    }
  }
  return found.slice(0, count)
}

function holdsWords(result: ResultRecord, words: string): boolean {
  const { id, categories, suggested, reasoning, error } = result
  const texts = [id, ...(categories ?? []), ...(suggested?.names ?? []), reasoning ?? '', error?.message ?? '']
  return texts.some((text) => text.toLowerCase().includes(words))
}

/** For each item the rank of its id among all. Null: given up. */
export async function rankIds(scan: Scan): Promise<Uint32Array | null> {
  const items = scan.index.inOrder()
  const keys = createIdKeys(items.length)
  for await (const group of readResultTexts(scan.handle, scan.index, items)) {
    if (scan.signal?.aborted) return null
    for (const bytes of group) keys.add(bytes)
  }
  const ranks = await rankKeys(keys.finish(), () => new Promise((resolve) => setImmediate(resolve)))
  const byItem = new Uint32Array(scan.index.size)
  items.forEach((item, place) => {
    byItem[item] = ranks[place] as number
  })
  return byItem
}
