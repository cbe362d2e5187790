import type { Disposable } from 'vscode'
import type { RunView } from '../../protocol/runs.ts'
import { createDisposableStore } from './disposables.ts'
import type { ServerLifetime } from './serverLifetime.ts'
import { createSignal } from './signal.ts'

/** News of a run may come before the answer that names it, so all news is kept, as long as the server lives that sent it. */
export class RunWatch implements Disposable {
  readonly #lifetime: Pick<ServerLifetime, 'state' | 'changes'>
  readonly #news = createSignal<RunView | null>()
  readonly #latest = new Map<string, RunView>()
  readonly #store = createDisposableStore()

  constructor(lifetime: Pick<ServerLifetime, 'state' | 'changes'>) {
    this.#lifetime = lifetime
    this.#store.add(
      lifetime.changes.listen(() => {
        this.#latest.clear()
        this.#news.fire(null)
      }),
    )
  }

  /** The server sent how a run goes. */
  heard(run: RunView): void {
    this.#latest.set(run.runId, run)
    this.#news.fire(run)
  }

  /** A run begins anew: what was heard of it before no longer counts. */
  forget(runId: string): void {
    this.#latest.delete(runId)
  }

  /** Those that this window's own server works on now. */
  live(): RunView[] {
    return [...this.#latest.values()].filter(({ state }) => state === 'running')
  }

  /** Something was heard, or what was heard no longer counts. */
  listen(listener: () => void): Disposable {
    return this.#news.listen(listener)
  }

  /** Resolves with the run's end, or null when the server went before it. `onProgress` gets every step, the present one first. */
  untilEnd(first: RunView, onProgress: (run: RunView) => void): Promise<RunView | null> {
    const store = createDisposableStore()
    const { state: process, changes } = this.#lifetime
    return new Promise<RunView | null>((resolve) => {
      const look = (run: RunView | null) => {
        if (run?.runId !== first.runId) return
        onProgress(run)
        if (run.state !== 'running') resolve(run)
      }
      store.add(this.#news.listen(look))
      store.add(changes.listen((state) => state !== process && resolve(null)))
      look(this.#latest.get(first.runId) ?? first)
    }).finally(() => store.dispose())
  }

  get listenerCount(): number {
    return this.#news.listenerCount
  }

  dispose(): void {
    this.#store.dispose()
    this.#latest.clear()
  }
}
