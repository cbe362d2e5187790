import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import type { Database } from './database.ts'
import type { Connection } from './sqlite.ts'

/** A change that waits to be made. It may be applied several times, each time to another state; only the last one counts. */
export interface QueuedChange {
  /** Applies it; true when it is to be kept. */
  apply(database: Database): boolean
  /** Answers the caller with what the last application gave. */
  settle(): void
  /** Answers that it was not saved; a change that threw still throws. */
  refuse(failure: Outcome<never>): void
  /** Answers with a bug of ours. */
  reject(error: unknown): void
}

export function queueChange<Value>(
  mutation: (database: Database) => Outcome<Value>,
  answer: { resolve(outcome: Outcome<Value>): void; reject(error: unknown): void },
): QueuedChange {
  let result: { outcome: Outcome<Value> } | { thrown: unknown } | null = null
  const settle = () => {
    if (!result) throw new Error('A change was answered before it was applied')
    if ('thrown' in result) answer.reject(result.thrown)
    else answer.resolve(result.outcome)
  }
  return {
    apply(database) {
      try {
        result = { outcome: mutation(database) }
        return result.outcome.ok
      } catch (thrown) {
        result = { thrown }
        return false
      }
    },
    settle,
    refuse: (failure) => (result && 'thrown' in result ? settle() : answer.resolve(failure)),
    reject: answer.reject,
  }
}

/**
 * Applies the changes one after the other in one transaction, each behind a savepoint, so that one that fails takes nothing with it.
 * The value says whether anything is to be saved.
 */
export function applyGroup(connection: Connection, changes: readonly QueuedChange[]): Outcome<boolean> {
  let hasChanged = false
  connection.script('BEGIN')
  for (const change of changes) {
    const before = connection.totalChanges()
    connection.script('SAVEPOINT one_change')
    const isApplied = change.apply(connection)
    connection.script(isApplied ? 'RELEASE one_change' : 'ROLLBACK TO one_change; RELEASE one_change')
    if (isApplied && connection.totalChanges() > before) hasChanged = true
  }
  connection.script('COMMIT')
  return succeed(hasChanged)
}

export function notSaved(detail: string): Outcome<never> {
  return fail({ code: 'store_failed', detail })
}
