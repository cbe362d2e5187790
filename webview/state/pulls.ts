import * as z from 'zod'
import type { PullProgress } from '../../protocol/models.ts'
import { ModelId, ProviderId } from '../../protocol/names.ts'
import type { PageEvent } from '../../protocol/page.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Host } from '../host/host.ts'
import type { PageStorage } from '../host/pageStorage.ts'

/** How far a pull is. `stopped`: by the person or because the page went away; what has arrived is kept, and it can go on. */
export type PullState =
  | { kind: 'running'; progress: PullProgress | null }
  | { kind: 'stopped' }
  | { kind: 'failed'; reason: Reason }
  | { kind: 'done' }

export interface Pull {
  provider: string
  model: string
  state: PullState
}

type Named = Pick<Pull, 'provider' | 'model'>

const storedName = 'models.pulls'
const StoredPulls = z.array(z.object({ provider: ProviderId, model: ModelId })).max(100)

/** Models on their way to their providers' machines. They go on while another page of the panel is shown. */
export class Pulls {
  readonly #host: Host
  readonly #storage: PageStorage
  readonly #running = new Map<string, AbortController>()
  readonly #listeners = new Set<() => void>()
  #all: readonly Pull[]

  constructor(host: Host, storage: PageStorage) {
    this.#host = host
    this.#storage = storage
    this.#all = (storage.read(storedName, StoredPulls) ?? []).map((pull) => ({ ...pull, state: { kind: 'stopped' } }))
  }

  get all(): readonly Pull[] {
    return this.#all
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Also resumes one that was stopped. Answers when it has ended, whatever became of it. */
  async start({ provider, model }: Named): Promise<PullState> {
    const key = keyOf({ provider, model })
    const controller = new AbortController()
    this.#running.set(key, controller)
    this.#put({ provider, model, state: { kind: 'running', progress: null } })
    this.#store()
    const pulled = await this.#host.request('model/pull', { provider, model }, controller.signal)
    const state: PullState = pulled.ok
      ? { kind: 'done' }
      : pulled.reason.code === 'cancelled'
        ? { kind: 'stopped' }
        : { kind: 'failed', reason: pulled.reason }
    if (this.#running.get(key) !== controller) return state
    this.#running.delete(key)
    this.#put({ provider, model, state })
    this.#store()
    return state
  }

  cancel(pull: Named): void {
    this.#running.get(keyOf(pull))?.abort()
  }

  dismiss(pull: Named): void {
    this.#show(this.#all.filter((each) => keyOf(each) !== keyOf(pull)))
    this.#store()
  }

  onEvent(event: PageEvent): void {
    if (event.name !== 'model/pullProgress') return
    const known = this.#all.find((each) => keyOf(each) === keyOf(event.params))
    // A pull that a command of the editor started is shown by the editor.
    if (known?.state.kind === 'running') this.#put({ ...known, state: { kind: 'running', progress: event.params } })
  }

  #put(pull: Pull): void {
    const isPull = (each: Pull) => keyOf(each) === keyOf(pull)
    this.#show(this.#all.some(isPull) ? this.#all.map((each) => (isPull(each) ? pull : each)) : [...this.#all, pull])
  }

  #show(pulls: readonly Pull[]): void {
    this.#all = pulls
    for (const listener of this.#listeners) listener()
  }

  /** What is done need not be stored; what is not can go on after the page was reloaded. */
  #store(): void {
    const open = this.#all.filter(({ state }) => state.kind !== 'done')
    const stored = open.map(({ provider, model }) => ({ provider, model }))
    this.#storage.write(storedName, stored.length === 0 ? undefined : stored)
  }
}

const keyOf = ({ provider, model }: Named) => `${provider} ${model}`
