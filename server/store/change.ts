import type { DataKind } from '../../protocol/contract.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Database } from './database.ts'
import type { Store } from './store.ts'

/** Makes a change and, once it is durable, says what is to be read again. A failed Outcome takes it back. */
export type Change = <Value>(
  kinds: readonly DataKind[],
  mutation: (database: Database) => Outcome<Value>,
) => Promise<Outcome<Value>>

/** What reads stored data and changes it. */
export interface StoredData {
  store: Pick<Store, 'read'>
  change: Change
  /** The present as ISO 8601, for what is written. */
  now(): string
}

export function createChange(
  store: Pick<Store, 'change'>,
  changes: { emit(...kinds: readonly DataKind[]): void },
): Change {
  return async (kinds, mutation) => {
    const outcome = await store.change(mutation)
    if (outcome.ok) changes.emit(...kinds)
    return outcome
  }
}
