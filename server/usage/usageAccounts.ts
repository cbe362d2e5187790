import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import type { UsageTask } from '../../protocol/usage.ts'
import { addFigures } from '../../shared/usageSums.ts'
import type { Timers } from '../health/healthClock.ts'
import type { Database } from '../store/database.ts'
import { addUsage, type UsageSum } from '../store/usageTable.ts'
import { isCount } from './modelPrice.ts'

/** One call that was answered, or may have been. */
export interface UsedCall {
  /** UTC, `2026-11-21`: when it began. */
  day: string
  provider: string
  model: string
  task: UsageTask
  items: number
  /** Null: nothing was told, as by a call that was given up. */
  usage: Usage | null
  costUsd: number | null
}

/** Something that is written in the same change as the sums; `undo` when that was not saved. */
export interface Companion {
  write(database: Database): void
  undo(): void
}

export interface AccountsParts {
  change(mutation: (database: Database) => Outcome<null>): Promise<Outcome<null>>
  timers: Timers
  /** Asked whenever sums are written. */
  companions(): Companion[]
  /** Sums were written. */
  onWritten(): void
  log(line: string): void
}

/** Adds calls up in memory and writes the sums now and then: a change for each call would push every older snapshot out. */
export interface UsageAccounts {
  add(call: UsedCall): void
  /** Writes what came together. What could not be saved is tried again with the next writing. */
  flush(): Promise<void>
  dispose(): void
}

/** As much is lost at most when the process is killed; receipts in the journal are not. */
export const flushEveryMs = 30_000

export function createUsageAccounts(parts: AccountsParts): UsageAccounts {
  let sums = new Map<string, UsageSum>()
  let timer: { dispose(): void } | null = null
  let writing: Promise<void> = Promise.resolve()

  function plan(): void {
    timer ??= parts.timers.after(flushEveryMs, () => void flush())
  }

  function merge(sum: UsageSum): void {
    const key = `${sum.day} ${sum.task} ${sum.provider} ${sum.model}`
    const known = sums.get(key)
    sums.set(key, known ? addFigures(known, sum) : sum)
    plan()
  }

  async function write(): Promise<void> {
    timer?.dispose()
    timer = null
    const written = [...sums.values()]
    sums = new Map()
    const companions = parts.companions()
    if (written.length === 0 && companions.length === 0) return
    const saved = await parts.change((database) => {
      for (const sum of written) addUsage(database, sum)
      for (const companion of companions) companion.write(database)
      return succeed(null)
    })
    if (saved.ok) return parts.onWritten()
    for (const sum of written) merge(sum)
    for (const companion of companions) companion.undo()
    parts.log(`Usage was not saved: ${saved.reason.message}`)
  }

  function flush(): Promise<void> {
    writing = writing.then(write)
    return writing
  }

  return {
    add: (call) => merge(sumOf(call)),
    flush,
    dispose() {
      timer?.dispose()
      timer = null
    },
  }
}

function sumOf({ usage, items, costUsd, day, provider, model, task }: UsedCall): UsageSum {
  return {
    ...{ day, provider, model, task, items },
    calls: 1,
    input: known(usage?.input),
    output: known(usage?.output),
    cached: known(usage?.cached),
    reasoning: known(usage?.reasoning),
    costUsd: costUsd ?? 0,
    unpricedCalls: costUsd === null ? 1 : 0,
  }
}

function known(tokens: number | null | undefined): number {
  return isCount(tokens) ? tokens : 0
}
