import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Usage } from '../../protocol/results.ts'
import type { UsageTask } from '../../protocol/usage.ts'
import { addFigures } from '../../shared/usageSums.ts'
import type { Timers } from '../health/healthClock.ts'
import type { Database } from '../store/database.ts'
import { addCounts, addLatency, type LatencyCounts, type LatencyDay, latencyClass } from '../store/latencyTable.ts'
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
  /** Null: nothing was reported, as for a call that was given up. */
  usage: Usage | null
  costUsd: number | null
  /** Absent: there was no answer that could be used. */
  latencyMs?: number | undefined
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

/** As much is lost at most when the process is killed; receipts in the journal are not. */
export const flushEveryMs = 30_000

/** Adds calls up in memory and writes the sums now and then: a change for each call would push every older snapshot out. */
export class UsageAccounts {
  readonly #parts: AccountsParts
  #sums = new Map<string, UsageSum>()
  #latencies = new Map<string, LatencyDay>()
  #timer: { dispose(): void } | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(parts: AccountsParts) {
    this.#parts = parts
  }

  add(call: UsedCall): void {
    this.#merge(sumOf(call))
    const { day, provider, model, latencyMs } = call
    if (latencyMs !== undefined) this.#mergeLatency({ day, provider, model, counts: { [latencyClass(latencyMs)]: 1 } })
  }

  /** Writes what came together. What could not be saved is tried again with the next writing. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  dispose(): void {
    this.#timer?.dispose()
    this.#timer = null
  }

  #plan(): void {
    this.#timer ??= this.#parts.timers.after(flushEveryMs, () => void this.flush())
  }

  #merge(sum: UsageSum): void {
    const key = `${sum.day} ${sum.task} ${sum.provider} ${sum.model}`
    const known = this.#sums.get(key)
    this.#sums.set(key, known ? addFigures(known, sum) : sum)
    this.#plan()
  }

  #mergeLatency({ counts, ...of }: LatencyDay): void {
    const key = `${of.day} ${of.provider} ${of.model}`
    const known: LatencyCounts = this.#latencies.get(key)?.counts ?? {}
    this.#latencies.set(key, { ...of, counts: addCounts(known, counts) })
  }

  async #write(): Promise<void> {
    this.#timer?.dispose()
    this.#timer = null
    const written = [...this.#sums.values()]
    const latencies = [...this.#latencies.values()]
    this.#sums = new Map()
    this.#latencies = new Map()
    const companions = this.#parts.companions()
    if (written.length === 0 && companions.length === 0) return
    const saved = await this.#parts.change((database) => {
      for (const sum of written) addUsage(database, sum)
      for (const latency of latencies) addLatency(database, latency)
      for (const companion of companions) companion.write(database)
      return succeed(null)
    })
    if (saved.ok) return this.#parts.onWritten()
    for (const sum of written) this.#merge(sum)
    for (const latency of latencies) this.#mergeLatency(latency)
    for (const companion of companions) companion.undo()
    this.#parts.log(`Usage was not saved: ${saved.reason.message}`)
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
