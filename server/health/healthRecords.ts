import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ConnectionReport, Health, ModelInfo, ModelList } from '../../protocol/providers.ts'
import type { OpenProvider } from '../openProvider.ts'
import type { Database } from '../store/database.ts'
import { listHealth, removeHealth, saveHealth } from '../store/healthTable.ts'
import type { Store } from '../store/store.ts'

export interface HealthRecord {
  health: Health
  models: ModelList
}

/** What the last check of each provider found: the newer of what this process saw and what any process stored. */
export interface HealthRecords {
  of(provider: string): HealthRecord
  /** The same for many providers, at the price of one look at the store, or none where its generation is known. */
  lookUp(generation?: number): (provider: string) => HealthRecord
  /** Keeps what a check found; resolves when it is stored, where it is worth storing: never for what calls nobody. */
  keep(open: OpenProvider, outcome: Outcome<ConnectionReport>): Promise<void>
  /** What was known is out of date: the endpoint or the key is another one. Call it in the change that made it so. */
  forget(database: Database, provider: string): void
  /** Changes whenever an answer of `of` may have changed without a change of the store. */
  readonly version: number
}

/** An unchanged finding is stored this rarely: every store pushes an older snapshot, a backup, out. */
const storeEveryMs = 60 * 60_000

const neverChecked: HealthRecord = {
  health: { state: 'unknown', reason: null, latencyMs: null, version: null, checkedAt: null },
  models: { state: 'never', models: [], listedAt: null },
}

export function createHealthRecords(store: Store, now: () => number): HealthRecords {
  const seen = new Map<string, HealthRecord>()
  let stored: { generation: number; byProvider: Map<string, HealthRecord> } | null = null
  let version = 0

  function storedRecords(generation = store.generation): Map<string, HealthRecord> {
    if (stored?.generation !== generation) {
      const rows = store.read(listHealth)
      stored = { generation, byProvider: new Map(rows.map((row) => [row.provider, row])) }
    }
    return stored.byProvider
  }

  function lookUp(generation?: number): (provider: string) => HealthRecord {
    const records = storedRecords(generation)
    return (provider) => {
      const fromStore = records.get(provider) ?? neverChecked
      const own = seen.get(provider) ?? neverChecked
      return (own.health.checkedAt ?? '') > (fromStore.health.checkedAt ?? '') ? own : fromStore
    }
  }
  const of = (provider: string) => lookUp()(provider)

  return {
    of,
    lookUp,
    async keep({ provider, endpoint }, outcome) {
      const before = of(provider)
      const record = recordOf(before, outcome, new Date(now()).toISOString())
      seen.set(provider, record)
      version++
      if (endpoint === null || !isWorthStoring(storedRecords().get(provider), record)) return
      await store.change((database) => {
        saveHealth(database, { provider, ...record, updatedAt: record.health.checkedAt ?? '' })
        return succeed(null)
      })
    },
    forget(database, provider) {
      seen.delete(provider)
      version++
      removeHealth(database, provider)
    },
    get version() {
      return version
    },
  }
}

/** A check that failed keeps the last good list, now stale: a network failure never changes what was chosen. */
function recordOf(before: HealthRecord, outcome: Outcome<ConnectionReport>, at: string): HealthRecord {
  if (outcome.ok) {
    const { latencyMs, version, models } = outcome.value
    return {
      health: { state: 'ok', reason: null, latencyMs, version, checkedAt: at },
      models: { state: 'fresh', models, listedAt: at },
    }
  }
  const state = before.models.state === 'never' ? 'never' : 'stale'
  return {
    health: { state: 'failed', reason: outcome.reason, latencyMs: null, version: before.health.version, checkedAt: at },
    models: { ...before.models, state },
  }
}

function isWorthStoring(before: HealthRecord | undefined, record: HealthRecord): boolean {
  if (!before || describe(before) !== describe(record)) return true
  return Date.parse(record.health.checkedAt ?? '') - Date.parse(before.health.checkedAt ?? '') >= storeEveryMs
}

function describe({ health, models }: HealthRecord): string {
  const names = models.models.map((model: ModelInfo) => model.model)
  return JSON.stringify([health.state, health.reason?.code, health.version, models.state, names])
}
