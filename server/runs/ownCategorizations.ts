import type { Reuse } from '../engine/workItem.ts'
import type { JournalCategorization } from '../journal/journalLines.ts'

/**
 * What a run takes over when it goes on: results of earlier runs, and where there is none what it has itself paid for of an item that it
 * did not finish.
 */
export function withOwnCategorizations(
  earlier: Reuse | null,
  own: ReadonlyMap<string, JournalCategorization>,
): Reuse | null {
  if (own.size === 0) return earlier
  return {
    async find(items) {
      const found = new Map(await earlier?.find(items))
      for (const item of items) {
        const categorized = own.get(item.key)
        // Its text may have changed since.
        if (categorized?.inputHash !== item.inputHash || found.has(item)) continue
        found.set(item, { status: 'open', categorized })
      }
      return found
    },
    close: async () => await earlier?.close(),
  }
}
