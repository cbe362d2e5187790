import { createHash } from 'node:crypto'
import type { Shard } from '../../protocol/sources.ts'
import { loadPlainText, type ToPlainText } from './plainText.ts'
import type { EntryStream, SourceEntry } from './sourceEntry.ts'

/** The entries of one part of a source. */
export async function* selectShard(entries: EntryStream, { number, of }: Shard): EntryStream {
  const toPlainText = await loadPlainText()
  for (;;) {
    const next = await entries.next()
    if (next.done) return next.value
    const own = next.value.filter((entry) => shardOf(whoIs(entry, toPlainText), of) === number)
    if (own.length > 0) yield own
  }
}

/**
 * Reads the whole source for what the shards of one source have in common, and for how many items this one has. Whatever ends the
 * reading early ends the run's own reading, too.
 */
export async function surveyShard(entries: EntryStream, { number, of }: Shard): Promise<Shard> {
  const toPlainText = await loadPlainText()
  const hash = createHash('sha256')
  let items = 0
  let sourceItems = 0
  for (;;) {
    const next = await entries.next()
    if (next.done) return { number, of, items, sourceItems, source: hash.digest('hex').slice(0, 32) }
    for (const entry of next.value) {
      const who = whoIs(entry, toPlainText)
      hash.update(who).update(textOf(entry))
      sourceItems++
      if (shardOf(who, of) === number) items++
    }
  }
}

/**
 * What an item is known by, wherever the file lies: its own id, else its content. All that share one are in one shard, so that which of
 * them came first is the same there as in the whole.
 */
function whoIs(entry: SourceEntry, toPlainText: ToPlainText): string {
  if (entry.id !== null) return `id\0${entry.id}`
  return `content\0${entry.kind === 'readable' ? toPlainText(entry.text) : entry.content}`
}

function textOf(entry: SourceEntry): string {
  return `\0${entry.kind === 'readable' ? entry.text : entry.content}\0`
}

/** From 1. Stable: the shards of two machines, and of two versions, are the same. */
function shardOf(who: string, of: number): number {
  const hash = createHash('sha256').update('shard\0').update(who).digest()
  return (hash.readUIntBE(0, 6) % of) + 1
}
