import type { ModelLatency } from '../../protocol/providers.ts'
import { firstLatencyDay, latencyKey, readLatencies } from '../store/latencyTable.ts'
import type { Store } from '../store/store.ts'

/** How long calls of models took lately, read when somebody looks at them: a status read does not. */
export class ModelLatencies {
  readonly #store: Pick<Store, 'read' | 'generation'>
  readonly #now: () => number
  #known: { generation: number; day: string; latencies: ReadonlyMap<string, ModelLatency> } | null = null

  constructor(store: Pick<Store, 'read' | 'generation'>, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** Null: it answered no call in the last 30 days. */
  of(provider: string, model: string): ModelLatency | null {
    const { generation } = this.#store
    const day = new Date(this.#now()).toISOString().slice(0, 10)
    if (this.#known?.generation !== generation || this.#known.day !== day) {
      const latencies = this.#store.read((database) => readLatencies(database, firstLatencyDay(day)))
      this.#known = { generation, day, latencies }
    }
    return this.#known.latencies.get(latencyKey(provider, model)) ?? null
  }
}
