import { type DataKind, dataKinds } from '../protocol/contract.ts'
import type { Store } from './store/store.ts'

export interface Subscription {
  dispose(): void
}

/** Calls its listeners at once, in the order in which they came. */
export class Emitter<Value> {
  readonly #listeners = new Set<(value: Value) => void>()

  on(listener: (value: Value) => void): Subscription {
    this.#listeners.add(listener)
    return { dispose: () => void this.#listeners.delete(listener) }
  }

  emit(value: Value): void {
    for (const listener of this.#listeners) listener(value)
  }
}

/** `keys`: what is known of the keys in memory, which is no data that a client reads; whether tasks are ready depends on it. */
export type ChangeKind = DataKind | 'keys'

type ChangesState = 'idle' | 'planned' | 'closed'

/** What has changed, here or in another process: announced once for all that changes in one turn. */
export class Changes {
  readonly #emitter = new Emitter<readonly ChangeKind[]>()
  readonly #waiting = new Set<ChangeKind>()
  readonly #foreign: Subscription
  #state: ChangesState = 'idle'

  constructor(store: Pick<Store, 'onChanged'>) {
    this.#foreign = store.onChanged(({ own }) => {
      // Which of the data another process has changed, nobody says.
      if (!own) this.emit(...dataKinds)
    })
  }

  emit(...kinds: ChangeKind[]): void {
    for (const kind of kinds) this.#waiting.add(kind)
    if (this.#state !== 'idle') return
    this.#state = 'planned'
    setImmediate(() => this.#flush())
  }

  on(listener: (kinds: readonly ChangeKind[]) => void): Subscription {
    return this.#emitter.on(listener)
  }

  dispose(): void {
    this.#state = 'closed'
    this.#foreign.dispose()
  }

  #flush(): void {
    if (this.#state === 'closed') return
    this.#state = 'idle'
    const kinds = [...this.#waiting]
    this.#waiting.clear()
    this.#emitter.emit(kinds)
  }
}
