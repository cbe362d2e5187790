import type { ReasonFacts } from '../../protocol/reasons.ts'

/**
 * Stored data that this version cannot make sense of: written by a newer version, by another program or by hand. No bug of ours, so
 * that a request which needs it fails with `facts`.
 */
export class UnreadableData extends Error {
  readonly facts: ReasonFacts

  constructor(message: string, facts: ReasonFacts = { code: 'store_invalid', detail: message }) {
    super(message)
    this.facts = facts
  }
}

/** For work that no request waits for: where the data is unreadable it ends there, and `onUnreadable` hears of it. */
export function readIfReadable(work: () => void, onUnreadable: (facts: ReasonFacts) => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof UnreadableData)) throw error
    onUnreadable(error.facts)
  }
}

/** A statement that SQLite refused. Of our own data that is a bug; of a newer version's it is to be expected. */
export class SqlError extends Error {}
